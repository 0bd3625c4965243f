"""Span boundaries by the guidelines: what a model includes too much is cut off. Pure.

Most rules are for French; some hold in every language, and English has three of its own. Each rule
is a function from text, label, start and end to a start and end that are no wider.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from curate.model import Span
from curate.preannotate.noise import is_garbled
from curate.text.offsets import trim

Boundaries = tuple[int, int]
BoundaryRule = Callable[[str, str, int, int], Boundaries]

PUNCTUATION = "«»“”„\"‹›‘’'ʼ`´…,;:!?·•*|/\\–—-_=+~#"

_GAP = r"[ \u00a0\u2009\u202f\n]+"
_ELISION = r"['\u2019\u02bc][ \u00a0]?"
# Articles, partitives and prepositions before a name; lower case, so never part of it.
_ARTICLE = re.compile(
    rf"(?:(?:l|d|qu|jusqu|lorsqu){_ELISION}|(?:le|la|les|un|une|du|des|de|au|aux|à|en|et){_GAP})"
)
_ARTICLE_OF_PERSON = re.compile(rf"(?:l{_ELISION}|(?:le|la|les|un|une|à|et){_GAP})")
_CAPITAL_ARTICLE = re.compile(rf"(?:L{_ELISION}|L(?:e|a|es){_GAP})")
# Names that include their capital article; at the beginning of a sentence only a list can tell.
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
# Lower-case words that may begin a name: « accord de Paris ».
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
    text: str, span: Span, language: str = "fr", rules: Sequence[BoundaryRule] | None = None
) -> Span | None:
    """Move the boundaries of a span inwards to where the guidelines put them.

    Args:
        text: the text.
        span: a span of it, as a model gives it.
        language: ISO 639-1 code; other languages than French and English get only the rules that
            hold in every language.
        rules: rules to apply instead of those of the language; a garbled text has fewer of them.

    Returns:
        The span, never wider than before and never empty; None if it is out of range, has no letter
        or digit, or is a French MISC that is a description (« attentats de Bruxelles »).
    """
    if not 0 <= span.start < span.end <= len(text):
        return None
    if rules is None:
        rules = RULES.get(language, COMMON)
        if is_garbled(text):
            rules = [rule for rule in rules if rule not in DOUBTFUL]
    start, end = span.start, span.end
    before = (-1, -1)
    while before != (start, end):  # terminates, because boundaries only move inwards
        before = start, end
        for rule in rules:
            start, end = rule(text, span.label, start, end)
    if not any(char.isalnum() for char in text[start:end]):
        return None
    if language == "fr" and span.label == "MISC" and _is_description(text, start, end):
        return None
    return Span(start, end, span.label, by=span.by, at=span.at, score=span.score)


def paragraph(text: str, label: str, start: int, end: int) -> Boundaries:
    """Cut at a blank line, which ends a heading: [Accords de Minsk]."""
    gap = _BLANK_LINE.search(text, trim(text, start, end)[0], end)
    return (start, gap.start()) if gap else (start, end)


def colon(text: str, label: str, start: int, end: int) -> Boundaries:
    """Cut at a colon between spaces: [Jeux olympiques de Rio] : Park en or."""
    gap = text.find(" : ", start, end)
    return (start, gap) if gap > start else (start, end)


def outer_marks(text: str, label: str, start: int, end: int) -> Boundaries:
    """Exclude spaces, invisible characters, quotes and punctuation: « [Le Monde] »."""
    return trim(text, start, end, also=PUNCTUATION)


def article(text: str, label: str, start: int, end: int) -> Boundaries:
    """Exclude lower-case articles, elisions and prepositions: l’[Ukraine]; but [de Gaulle]."""
    pattern = _ARTICLE_OF_PERSON if label == "PER" else _ARTICLE
    return _skip(pattern, text, start, end)


def capital_article(text: str, label: str, start: int, end: int) -> Boundaries:
    """Exclude a capital article that merely begins a sentence: L’[Ukraine]; but [La Haye]."""
    match = _CAPITAL_ARTICLE.match(text, start, end)
    if not match or label not in ("LOC", "ORG") or match.end() >= end:
        return start, end
    if _OWN_ARTICLE.match(text, match.end()) or not _SENTENCE_HEAD.search(text[:start][-20:]):
        return start, end
    return match.end(), end


def civility_title(text: str, label: str, start: int, end: int) -> Boundaries:
    """Exclude civilities and capital titles from persons: M. [Barrot], Président [Macron]."""
    return _skip(_CIVILITY, text, start, end) if label == "PER" else (start, end)


def common_words(text: str, label: str, start: int, end: int) -> Boundaries:
    """Exclude lower-case words before a person: chancelier [Olaf Scholz]; but [van der Leyen]."""
    if label != "PER" or not any(char.isupper() for char in text[start:end]):
        return start, end
    while text[start].islower() and not _PARTICLE.match(text, start, end):
        match = _WORD.match(text, start, end)
        if not match:
            break
        start = match.end()
    return start, end


def possessive(text: str, label: str, start: int, end: int) -> Boundaries:
    """Exclude the English possessive: [Obama]'s."""
    match = _POSSESSIVE.search(text, start, end)
    return (start, match.start()) if match and match.end() == end else (start, end)


def english_article(text: str, label: str, start: int, end: int) -> Boundaries:
    """Exclude English articles and prepositions: the [United Nations], of [Kenya]."""
    return _skip(_ENGLISH_ARTICLE, text, start, end)


def english_title(text: str, label: str, start: int, end: int) -> Boundaries:
    """Exclude English civilities and titles from persons: Mr. [Obama], President [Obama]."""
    return _skip(_ENGLISH_TITLE, text, start, end) if label == "PER" else (start, end)


def _is_description(text: str, start: int, end: int) -> bool:
    return text[start].islower() and not _TITLED.match(text, start, end)


def _skip(pattern: re.Pattern[str], text: str, start: int, end: int) -> Boundaries:
    match = pattern.match(text, start, end)
    return (match.end(), end) if match and match.end() < end else (start, end)


COMMON: tuple[BoundaryRule, ...] = (paragraph, colon, outer_marks)
RULES: dict[str, tuple[BoundaryRule, ...]] = {
    "fr": (*COMMON, article, capital_article, civility_title, common_words),
    "en": (*COMMON, possessive, english_article, english_title),
}
DOUBTFUL: frozenset[BoundaryRule] = frozenset((civility_title, common_words, english_title))
"""Rules that are left out in garbled texts: of two corpora of old newspapers, one annotates titles
as part of the name and the other does not, so that only a corpus's own gold can tell."""
