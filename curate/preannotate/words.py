"""The words of a language that the rules of the article and the cleaning of edges look for."""

from __future__ import annotations

import re
from dataclasses import dataclass

GAP = r"[ \u00a0\u202f]"
NEVER = re.compile(r"(?!)")


@dataclass(frozen=True)
class Words:
    """Patterns of one language.

    Args:
        place_before: ends with what stands before a place and not before a person.
        person_before: ends with what stands before a person: civilities, titles, roles.
        institution: begins the name of an organisation.
        participle: a participle that begins a sentence, and what follows it.
        particle: ends with a capital particle of a surname; the group ``before`` is what makes sure
            that it does not merely begin the sentence.
    """

    place_before: re.Pattern[str] = NEVER
    person_before: re.Pattern[str] = NEVER
    institution: re.Pattern[str] = NEVER
    participle: re.Pattern[str] = NEVER
    particle: re.Pattern[str] = NEVER


FRENCH = Words(
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
ENGLISH = Words(
    place_before=re.compile(rf"(?<!\w)(?:in|near|city of|town of){GAP}$", re.IGNORECASE),
    person_before=re.compile(
        rf"(?<!\w)(?:Mr|Mrs|Ms|Dr|Sir|Lady|Lord|President|Senator|Judge|King|Queen|Pope|Prince"
        rf"|Princess|General|Colonel|Minister)\.?{GAP}$"
    ),
    institution=re.compile(
        r"(?:University|Court|Ministry|Department|Board|Bank|Council|Committee|Commission|Institute"
        r"|Federation|Association|Office|Bureau|House) of\b"
    ),
    particle=FRENCH.particle,
)
OTHER = Words()


def of(language: str) -> Words:
    """The words of a language by its ISO 639-1 code; one that is not known has none."""
    return {"fr": FRENCH, "en": ENGLISH}.get(language, OTHER)
