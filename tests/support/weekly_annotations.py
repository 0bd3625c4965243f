"""Two annotators' work over several weeks."""

from __future__ import annotations

from curate.model import Annotation
from support.annotated_texts import annotation

NAMES = ("Ali", "Oran", "Tunis", "Rabat")


def weekly(counts: list[int]) -> tuple[list[str], dict[str, list[Annotation]]]:
    """One text a week: Anna marks so many of the four names that Bela marks, who has no times."""
    texts, anna, bela = [], [], []
    for week, count in enumerate(counts):
        text = f"Semaine {week} : Ali, Oran, Tunis et Rabat."
        at = f"2026-03-{2 + 7 * week:02}T09:00:00Z"
        texts.append(text)
        anna.append(annotation("anna", text, *((name, "X") for name in NAMES[:count]), at=at))
        bela.append(annotation("bela", text, *((name, "X") for name in NAMES)))
    return texts, {"anna": anna, "bela": bela}
