"""Span boundaries by the guidelines: what a model includes too much is cut off. Pure.

Some rules hold in every language; French and English have their own. Each rule
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
# Names that include their capital article, also at the beginning of a sentence.
_OWN_THE = re.compile(
    rf"(?:Hague|Gambia|Bronx|Times|Sun|Guardian|Economist|Independent|Telegraph|Atlantic|Lancet"
    rf"|Intercept|Verge|Onion|New{_GAP}York(?:{_GAP}Times|er)|Wall{_GAP}Street{_GAP}Journal"
    rf"|\w+{_GAP}Post|Daily{_GAP}\w+|Sunday{_GAP}\w+|Beatles|Rolling{_GAP}Stones|Home{_GAP}Depot"
    rf"|Walt{_GAP}Disney)\b"
)
_CAPITAL_THE = re.compile(rf"The{_GAP}(?=[A-Z0-9])")
# What may stand before a title; nationalities by their endings, since a title has to follow.
_QUALIFIER = (
    r"(?:Former|Then|Acting|Interim|Outgoing|Deputy|Vice|Assistant|Associate|Under|Prime|First|Foreign"
    r"|Finance|Defen[cs]e|Interior|Justice|Health|Education|Treasury|Energy|Trade|Transport|Home"
    r"|Labou?r|Commerce|Agriculture|Environment|Culture|Attorney|Lieutenant|Major|Brigadier|Crown"
    r"|Chief|Managing|Executive|Head|House|Senate|Majority|Minority|Opposition|Party|Special|State"
    r"|National|Detective|Police|Republican|Democratic|[UE]\.?[SKUN]\.?"
    r"|[A-Z][a-z]+(?:ian|ean|ese|ish|can|ani|aqi|eli)|French|Dutch|Greek|Swiss|Czech|Thai|German"
    r"|Afghan|Saudi|Kuwaiti|Omani|Qatari|Yemeni|Bangladeshi|Filipino|Uzbek|Kazakh|Slovak|Welsh"
    r"|(?:North|South|New)(?= [A-Z]))"
)
_TITLE = (
    r"(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Sir|Dame|Lord|Lady|President|Premier|Minister"
    r"|Chancellor|Senator|Sen|Representative|Rep|Congressman|Congresswoman|Governor|Gov|Mayor"
    r"|Judge|Justice|General|Gen|Lieutenant|Lt|Colonel|Col|Captain|Capt|Sergeant|Sgt|Corporal"
    r"|Commander|Admiral|Officer|Detective|Inspector|Constable|Sheriff|Superintendent|King|Queen"
    r"|Prince|Princess|Emperor|Empress|Sultan|Emir|Sheikh|Ayatollah|Imam|Rabbi|Pope|Cardinal"
    r"|Archbishop|Bishop|Reverend|Rev|Pastor|Secretary(?: of State| of Defen[cs]e|[ -]General)?"
    r"|Ambassador|Envoy|Commissioner|Director(?:[ -]General)?|Chairman|Chairwoman|Chairperson"
    r"|Chair|Executive|CEO|CFO|COO|Coach|Manager|Speaker|Councillor|Baroness|Baron|Viscount"
    r"|Leader|Spokesman|Spokeswoman|Spokesperson)"
)
_ENGLISH_TITLE = re.compile(
    rf"(?:{_QUALIFIER}[ \u00a0-])*{_TITLE}(?:[ -][Ee]lect)?\b\.?{_GAP}(?=[A-ZÀ-Þ])"
)
_ENGLISH_PARTICLE = frozenset(
    (
        *("the", "of", "and", "de", "del", "della", "der", "den", "di", "da", "dos", "du", "la"),
        *("le", "van", "von", "zu", "ter", "ten", "bin", "ibn", "al", "el", "ben", "abu", "y", "e"),
    )
)
_LOWER_WORD = re.compile(rf"(?<=[ \u00a0])[a-z][a-z-]{{2,}}{_GAP}(?=[A-ZÀ-Þ])")
_OWNER = re.compile(rf"[^'\u2019\n]{{2,40}}['\u2019]s{_GAP}(?=[A-Z0-9])")
# Whose possessive stands before a name that is not theirs: [Germany]'s [Lufthansa].
_OWNERS = re.compile(
    r"(?:Afghanistan|Algeria|Argentina|Australia|Austria|Bangladesh|Belgium|Brazil|Britain|Bulgaria"
    r"|Canada|Chile|China|Colombia|Croatia|Cuba|Denmark|Egypt|England|Ethiopia|Europe|Finland|France"
    r"|Germany|Ghana|Greece|Hong Kong|Hungary|India|Indonesia|Iran|Iraq|Ireland|Israel|Italy|Japan"
    r"|Jordan|Kenya|Kuwait|Lebanon|Libya|Malaysia|Mexico|Morocco|Myanmar|New Zealand|Nigeria"
    r"|North Korea|Norway|Pakistan|Peru|Poland|Portugal|Qatar|Romania|Russia|Saudi Arabia|Scotland"
    r"|Serbia|Singapore|South Africa|South Korea|Spain|Sudan|Sweden|Switzerland|Syria|Taiwan"
    r"|Thailand|Tunisia|Turkey|Ukraine|Vietnam|Wales|Washington|Beijing|Moscow|London|Paris|Berlin"
    r"|Tokyo)['\u2019]"
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
    if label not in ("LOC", "ORG"):
        return start, end
    return _skip_at_head(_CAPITAL_ARTICLE, _OWN_ARTICLE, text, start, end)


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


def english_owner(text: str, label: str, start: int, end: int) -> Boundaries:
    """Exclude whose somebody or something is: Germany's [Angela Merkel]; but [Moody's Analytics].

    Before an organisation or a place only countries and some capitals are excluded, since many have
    a possessive in their names: [King's College].
    """
    if label == "PER" or (label in ("ORG", "LOC") and _OWNERS.match(text, start, end)):
        return _skip(_OWNER, text, start, end)
    return start, end


def english_article(text: str, label: str, start: int, end: int) -> Boundaries:
    """Exclude English articles and prepositions: the [United Nations], of [Kenya]."""
    return _skip(_ENGLISH_ARTICLE, text, start, end)


def english_capital_article(text: str, label: str, start: int, end: int) -> Boundaries:
    """Exclude a capital article that merely begins a sentence: The [Kremlin]; but [The Hague]."""
    if label not in ("LOC", "ORG", "NORP"):
        return start, end
    return _skip_at_head(_CAPITAL_THE, _OWN_THE, text, start, end)


def english_title(text: str, label: str, start: int, end: int) -> Boundaries:
    """Exclude English civilities and titles from persons: Mr. [Obama], Vice President [Biden]."""
    return _skip(_ENGLISH_TITLE, text, start, end) if label == "PER" else (start, end)


def english_common_words(text: str, label: str, start: int, end: int) -> Boundaries:
    """Exclude what somebody is from persons: Apple chief executive [Tim Cook]; but [van Gogh]."""
    if label != "PER":
        return start, end
    words = _LOWER_WORD.finditer(text, start, end)
    common = [match for match in words if match[0].strip() not in _ENGLISH_PARTICLE]
    if common:
        return common[-1].end(), end
    first = _WORD.match(text, start, end)
    lower = first is not None and text[start].islower()
    if first and lower and first[0].strip() not in _ENGLISH_PARTICLE and first.end() < end:
        return first.end(), end
    return start, end


def _is_description(text: str, start: int, end: int) -> bool:
    return text[start].islower() and not _TITLED.match(text, start, end)


def _skip(pattern: re.Pattern[str], text: str, start: int, end: int) -> Boundaries:
    match = pattern.match(text, start, end)
    return (match.end(), end) if match and match.end() < end else (start, end)


def _skip_at_head(
    pattern: re.Pattern[str], own: re.Pattern[str], text: str, start: int, end: int
) -> Boundaries:
    """Skip an article at the beginning of a sentence, unless a name with its own one follows."""
    name, _ = _skip(pattern, text, start, end)
    if own.match(text, name) or not _SENTENCE_HEAD.search(text[max(0, start - 20) : start]):
        return start, end
    return name, end


COMMON: tuple[BoundaryRule, ...] = (paragraph, colon, outer_marks)
RULES: dict[str, tuple[BoundaryRule, ...]] = {
    "fr": (*COMMON, article, capital_article, civility_title, common_words),
    "en": (
        *(*COMMON, possessive, english_owner, english_article, english_capital_article),
        *(english_title, english_common_words),
    ),
}
DOUBTFUL: frozenset[BoundaryRule] = frozenset((civility_title, common_words, english_title))
"""Rules that are left out in garbled texts: of two corpora of old newspapers, one annotates titles
as part of the name and the other does not, so that only a corpus's own gold can tell."""
