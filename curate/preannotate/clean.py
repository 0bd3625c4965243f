"""Edges of spans as the guidelines want them. Pure; each rule is a function of its own.

The rules are for French; some of them hold in every language, and English has three of its own.
Every rule takes the text, a span's label and edges, and returns edges that are no wider.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from curate.model import Span
from curate.text.offsets import trim

Edges = tuple[int, int]
Edge = Callable[[str, str, int, int], Edges]

PUNCTUATION = "«»“”„\"‹›‘’'ʼ`´…,;:!?·•*|/\\–—-_=+~#"

_GAP = r"[ \u00a0\u2009\u202f\n]+"
_ELISION = r"['\u2019\u02bc][ \u00a0]?"
# Articles, partitives and prepositions before a name; lower case, so never part of it.
_ARTICLE = re.compile(
    rf"(?:(?:l|d|qu|jusqu|lorsqu){_ELISION}|(?:le|la|les|un|une|du|des|de|au|aux|à|en|et){_GAP})"
)
_ARTICLE_OF_PERSON = re.compile(rf"(?:l{_ELISION}|(?:le|la|les|un|une|à|et){_GAP})")
_CAPITAL_ARTICLE = re.compile(rf"(?:L{_ELISION}|L(?:e|a|es){_GAP})")
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
# What may begin a name of its own in lower case: « accord de Paris ».
_TITLED = re.compile(
    r"(?:accords?|traité|convention|protocole|loi|plan|opération|pacte|prix|missile|fusée|sonde"
    r"|projet|programme|charte|déclaration|résolution|directive|iPhone|iPad)\b"
)
_POSSESSIVE = re.compile(r"['\u2019\u02bc]s?")
_ENGLISH_ARTICLE = re.compile(rf"(?:the|an?|of|in|at|to|from|and|by){_GAP}")
_ENGLISH_TITLE = re.compile(
    rf"(?:Mr|Mrs|Ms|Miss|Dr|Prof|Sir|Dame|Lord|Lady|President|Vice[ -]President|Prime Minister"
    rf"|Minister|Chancellor|Senator|Representative|Governor|Judge|General|Colonel|Captain|King|Queen"
    rf"|Prince|Princess|Pope)\b\.?{_GAP}(?=\S)"
)
_WORD = re.compile(rf"\S+?(?:{_GAP}|['\u2019])(?=\S)")
_BLANK_LINE = re.compile(r"\n\s*?\n")


def clean(
    text: str, span: Span, language: str = "fr", rules: Sequence[Edge] | None = None
) -> Span | None:
    """Move the edges of a span inwards to where the guidelines put them.

    Args:
        text: the text.
        span: a span of it, as a model gives it.
        language: ISO 639-1 code; of a language other than French and English, only what holds in
            every language is cleaned.
        rules: instead of those of the language.

    Returns:
        The span, never wider than it was and never empty; or None if nothing usable is left: it is
        out of range, or has no letter or digit, or is a French MISC that is no name (a description
        in lower case, such as « attentats de Bruxelles »).
    """
    if not 0 <= span.start < span.end <= len(text):
        return None
    rules = RULES.get(language, COMMON) if rules is None else rules
    start, end = span.start, span.end
    before = (-1, -1)
    while before != (start, end):  # ends, because edges only move inwards
        before = start, end
        for rule in rules:
            start, end = rule(text, span.label, start, end)
    if not any(char.isalnum() for char in text[start:end]):
        return None
    if language == "fr" and span.label == "MISC" and _described(text, start, end):
        return None
    return Span(start, end, span.label, by=span.by, at=span.at, score=span.score)


def paragraph(text: str, label: str, start: int, end: int) -> Edges:
    """A blank line and what follows it outside: [Accords de Minsk], end of a heading."""
    gap = _BLANK_LINE.search(text, trim(text, start, end)[0], end)
    return (start, gap.start()) if gap else (start, end)


def colon(text: str, label: str, start: int, end: int) -> Edges:
    """A colon between blanks ends the name: [Jeux olympiques de Rio] : Park en or."""
    gap = text.find(" : ", start, end)
    return (start, gap) if gap > start else (start, end)


def marks(text: str, label: str, start: int, end: int) -> Edges:
    """Blanks, invisible characters, quotes and punctuation outside: « [Le Monde] »."""
    return trim(text, start, end, also=PUNCTUATION)


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


def possessive(text: str, label: str, start: int, end: int) -> Edges:
    """The English possessive outside: [Obama]'s."""
    match = _POSSESSIVE.search(text, start, end)
    return (start, match.start()) if match and match.end() == end else (start, end)


def english_article(text: str, label: str, start: int, end: int) -> Edges:
    """English articles and prepositions outside: the [United Nations], of [Kenya]."""
    return _skip(_ENGLISH_ARTICLE, text, start, end)


def english_title(text: str, label: str, start: int, end: int) -> Edges:
    """English civilities and titles outside a person: Mr. [Obama], President [Obama]."""
    return _skip(_ENGLISH_TITLE, text, start, end) if label == "PER" else (start, end)


def _described(text: str, start: int, end: int) -> bool:
    return text[start].islower() and not _TITLED.match(text, start, end)


def _skip(pattern: re.Pattern[str], text: str, start: int, end: int) -> Edges:
    match = pattern.match(text, start, end)
    return (match.end(), end) if match and match.end() < end else (start, end)


COMMON: tuple[Edge, ...] = (paragraph, colon, marks)
RULES: dict[str, tuple[Edge, ...]] = {
    "fr": (*COMMON, article, capital_article, title, common_words),
    "en": (*COMMON, possessive, english_article, english_title),
}
