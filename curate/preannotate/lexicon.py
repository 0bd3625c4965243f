"""The words of a language that the rules of the article look for."""

from __future__ import annotations

import re
from dataclasses import dataclass

GAP = r"[ \u00a0\u202f]"
NEVER = re.compile(r"(?!)")


@dataclass(frozen=True)
class Lexicon:
    """Patterns of one language.

    Args:
        place_before: matches a text that ends with words that precede places but not persons.
        person_before: matches a text that ends with words that precede persons: civilities, titles.
        institution: matches the beginning of the name of an organisation.
        participle: matches a participle that begins a sentence, with the word after it.
        particle: matches a text that ends with a capital particle of a surname; where its group
            ``before`` matches, the particle does not merely begin the sentence.
    """

    place_before: re.Pattern[str] = NEVER
    person_before: re.Pattern[str] = NEVER
    institution: re.Pattern[str] = NEVER
    participle: re.Pattern[str] = NEVER
    particle: re.Pattern[str] = NEVER


FRENCH = Lexicon(
    place_before=re.compile(rf"(?<!\w)(?:à|en|vers|près d[e'\u2019]|villes? d[e'\u2019]){GAP}?$"),
    person_before=re.compile(
        rf"(?<!\w)(?:MM?\.|Mme|Mlle|Me|Mgr|Dr|Pr|Monsieur|Madame|docteur|maître|général|présidente?"
        rf"|ministre|sénat(?:eur|rice)|députée?|maire|juge|pape|roi|reine|princes?se?|avocate?"
        rf"|entraîneur|coureur|cycliste|acteur|actrice|chanteur|chanteuse){GAP}$"
    ),
    institution=re.compile(
        r"(?:Confédération|[Ff]édération|Chambre|Conseil|[Uu]niversité|Cour|[Tt]ribunal|Parquet"
        r"|[Mm]inistère|[Hh]ôpital|Gouvernement|Communauté d['\u2019 ]|Parti|Comité|Association"
        r"|Académie|Agence|Institut|[Oo]bservatoire|[Dd]iocèse|Syndicat|Société|Banque|Compagnie"
        r"|Ligue|Commission|Direction|Police|Préfecture de police|Collège|Lycée|CHU|Bureau|Office"
        r"|Centre hospitalier|Fondation|Musée)(?=\W)"
    ),
    participle=re.compile(
        r"[A-ZÀ-Þ]\w+(?:ée?s?|ie?s?|ise|ises|ue?s?) (?:de|du|des|d['\u2019]|dans|sur|par|à|en|avec"
        r"|pour|depuis|désormais|contre|face|entre)\b"
    ),
    particle=re.compile(
        rf"(?P<before>[\w,;:)]{GAP})?(?<!\w)"
        rf"(?P<particle>(?:De|Van|Van der|Van den|Von|Di|Ben|El|Al){GAP})$"
    ),
)
ENGLISH = Lexicon(
    place_before=re.compile(rf"(?<!\w)(?:in|near|city of|town of){GAP}$", re.IGNORECASE),
    person_before=re.compile(
        rf"(?<!\w)(?:Mr|Mrs|Ms|Dr|Prof|Sir|Dame|Lady|Lord|President|Premier|Chancellor|Senator|Sen"
        rf"|Rep|Gov|Governor|Mayor|Judge|Justice|King|Queen|Pope|Prince|Princess|Cardinal|Bishop"
        rf"|General|Gen|Colonel|Col|Captain|Sergeant|Minister|Secretary|Chair|Chairman|Chairwoman"
        rf"|Coach|[Ss]pokes(?:man|woman)|[Aa]ctor|[Aa]ctress|[Ss]inger|[Ss]triker)\.?{GAP}$"
    ),
    institution=re.compile(
        r"(?:University|College|Court|Ministry|Department|Board|Bank|Council|Committee|Commission"
        r"|Institute|Federation|Association|Office|Bureau|Church|Museum|Academy|Embassy|Chamber"
        r"|Society|House) (?:of|for)\b"
    ),
    particle=FRENCH.particle,
)
OTHER = Lexicon()


def lexicon_for(language: str) -> Lexicon:
    """The lexicon of a language by its ISO 639-1 code; that of other languages matches nothing."""
    return {"fr": FRENCH, "en": ENGLISH}.get(language, OTHER)
