"""Edges of spans as the French guidelines want them. Pure; each rule is a function of its own.

Every rule takes the text, a span's label and edges, and returns edges that are no wider.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from curate.model import Span
from curate.offsets import trim

Edges = tuple[int, int]
Edge = Callable[[str, str, int, int], Edges]

PUNCTUATION = "«»“”„\"‹›‘’'ʼ`´…,;:!?·•*|/\\–—-_=+~#"
PAIRS = {"(": ")", "[": "]", "{": "}"}

_GAP = r"[ \u00a0\u2009\u202f\n]+"
_ELISION = r"['\u2019\u02bc][ \u00a0]?"
# Articles, partitives and prepositions before a name; lower case, so never part of it.
_ARTICLE = re.compile(
    rf"(?:(?:l|d|qu|jusqu|lorsqu){_ELISION}|(?:le|la|les|un|une|du|des|de|au|aux|à|en|et){_GAP})"
)
_ARTICLE_OF_PERSON = re.compile(rf"(?:l{_ELISION}|(?:le|la|les|un|une|à|et){_GAP})")
_CAPITAL_ARTICLE = re.compile(rf"(?:L{_ELISION}|L(?:e|a|es){_GAP})")
_TRAILING = re.compile(
    rf"{_GAP}(?:(?:l|d|qu)['\u2019\u02bc]|le|la|les|du|des|de|au|aux|à|en|et|ou|par|pour|dans|sur)$"
)
# Names whose capital article is their own; at the head of a sentence nothing else tells.
_OWN_ARTICLE = re.compile(
    r"(?:Haye|Havre|Rochelle|Mans|Caire|Mecque|Paz|Havane|Valette|Réunion|Spezia|Ciotat|Seyne"
    r"|Baule|Courneuve|Bourget|Creusot|Cap|Touquet|Lavandou|Nouvelle-Orléans|Corogne|Plata|Barbade"
    r"|Monde|Figaro|Parisien|Point|Temps|Soir|Croix|Tribune|Échos|Dépêche|Devoir|Canard|Poste"
    r"|Républicains|Équipe|Express|Humanité|Obs|Opinion|Oréal|Orient|Usine|Aquila|Alpe)\b"
)
_SENTENCE_HEAD = re.compile(r"(?:^|[.!?…:»\n])[\s«“\"–—-]*$")
_CIVILITY = re.compile(
    rf"(?:MM?\.|(?:Mme|Mmes|Mlle|Mlles|Me|Mgr|Dr|Pr|Monsieur|Madame|Mademoiselle|Messieurs|Maître"
    rf"|Président|Présidente|Premier ministre|Première ministre|Ministre|Général|Colonel|Docteur"
    rf"|Professeur|Sénateur|Chancelier|Pape)\b\.?){_GAP}(?=\S)"
)
# A name begins with a capital or with one of these.
_PARTICLE = re.compile(
    r"(?:(?:de|du|des|van|von|vom|zu|der|den|ter|ten|da|di|dos|das|do|del|della|al|el|ben|bin|ibn"
    r"|bint|abou|abu|ould|y)\b|(?:d|o)['\u2019])",
)
_WORD = re.compile(rf"\S+?(?:{_GAP}|['\u2019])(?=\S)")
_BLANK_LINE = re.compile(r"\n\s*?\n")


def clean(text: str, span: Span) -> Span | None:
    """Move the edges of a span inwards to where the guidelines put them.

    Returns:
        The span, never wider than it was and never empty; or None if nothing usable is left
        (out of range, or no letter or digit in it).
    """
    if not 0 <= span.start < span.end <= len(text):
        return None
    start, end = span.start, span.end
    before = (-1, -1)
    while before != (start, end):  # ends, because edges only move inwards
        before = start, end
        for rule in RULES:
            start, end = rule(text, span.label, start, end)
    if not any(char.isalnum() for char in text[start:end]):
        return None
    return Span(start, end, span.label, by=span.by, at=span.at, score=span.score)


def paragraph(text: str, label: str, start: int, end: int) -> Edges:
    """A blank line and what follows it outside: [Accords de Minsk], end of a heading."""
    gap = _BLANK_LINE.search(text, trim(text, start, end)[0], end)
    return (start, gap.start()) if gap else (start, end)


def marks(text: str, label: str, start: int, end: int) -> Edges:
    """Blanks, invisible characters, quotes and punctuation outside: « [Le Monde] »."""
    return trim(text, start, end, also=PUNCTUATION)


def full_stop(text: str, label: str, start: int, end: int) -> Edges:
    """The full stop outside, unless it belongs to an initial or abbreviation: [J. R. R.]"""
    while end > start and text[end - 1] == ".":
        if re.search(r"(?:\b\w|\b(?:Jr|Sr|Inc|Corp|Ltd|St|Cie))\.$", text[start:end]):
            break
        end -= 1
    while start < end and text[start] == ".":
        start += 1
    return start, end


def brackets(text: str, label: str, start: int, end: int) -> Edges:
    """Brackets outside if they have no partner inside, or if they hold the whole span."""
    for left, right in PAIRS.items():
        inside = text[start:end]
        more = inside.count(right) - inside.count(left)
        whole = inside.startswith(left) and inside.find(right) == len(inside) - 1
        first = whole or inside.startswith(right) or (inside.startswith(left) and more < 0)
        last = whole or inside.endswith(left) or (inside.endswith(right) and more > 0)
        start, end = start + first, max(start + first, end - last)
    return start, end


def article(text: str, label: str, start: int, end: int) -> Edges:
    """Lower-case articles, elisions and prepositions outside: l’[Ukraine]; but [de Gaulle]."""
    pattern = _ARTICLE_OF_PERSON if label == "PER" else _ARTICLE
    return _skip(pattern, text, start, end)


def capital_article(text: str, label: str, start: int, end: int) -> Edges:
    """A capital article that only begins a sentence outside: L’[Ukraine]; but [La Haye]."""
    match = _CAPITAL_ARTICLE.match(text, start, end)
    if not match or label not in ("LOC", "ORG") or match.end() >= end:
        return start, end
    if _OWN_ARTICLE.match(text, match.end()) or not _SENTENCE_HEAD.search(text[:start][-20:]):
        return start, end
    return match.end(), end


def trailing_words(text: str, label: str, start: int, end: int) -> Edges:
    """Articles and prepositions at the end outside: [Conseil de sécurité] et la."""
    match = _TRAILING.search(text[start:end])
    return (start, start + match.start()) if match else (start, end)


def title(text: str, label: str, start: int, end: int) -> Edges:
    """Civilities and capital titles outside a person: M. [Barrot], Président [Macron]."""
    return _skip(_CIVILITY, text, start, end) if label == "PER" else (start, end)


def common_words(text: str, label: str, start: int, end: int) -> Edges:
    """Lower-case words before a person outside: chancelier [Olaf Scholz]; but [van der Leyen]."""
    if label != "PER" or not any(char.isupper() for char in text[start:end]):
        return start, end
    while text[start].islower() and not _PARTICLE.match(text, start, end):
        match = _WORD.match(text, start, end)
        if not match:
            break
        start = match.end()
    return start, end


def _skip(pattern: re.Pattern[str], text: str, start: int, end: int) -> Edges:
    match = pattern.match(text, start, end)
    return (match.end(), end) if match and match.end() < end else (start, end)


RULES: tuple[Edge, ...] = (
    paragraph,
    marks,
    brackets,
    full_stop,
    article,
    capital_article,
    trailing_words,
    title,
    common_words,
)
