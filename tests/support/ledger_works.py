"""A document with a proposal and the result of a person's work on it."""

from __future__ import annotations

from collections.abc import Iterable

from curate.ledger import ACTIONS, Work
from curate.model import Annotation, Span
from curate.util import jsonl

TEXT = "Marie Dupont arrive à Rabat avec Ali et Omar."
KEY = jsonl.document_id(TEXT)
MODEL, RULES = "model:m@1", "rules:r@2"
AT = "2026-03-02T09:00:00Z"
FINISH = ACTIONS["finish"].actions


def span(surface: str, label: str, by: str = "", at: str = "") -> Span:
    """The first occurrence of a surface."""
    start = TEXT.index(surface)
    return Span(start, start + len(surface), label, by=by, at=at)


def layer(name: str, *spans: Span) -> Annotation:
    """What a layer says about the document."""
    return Annotation(document=KEY, layer=name, spans=spans).sorted()


def work(
    proposed: Iterable[Span],
    result: Iterable[Span],
    layers: Iterable[Annotation] = (),
    person: str = "anna",
    control: bool = False,
    document: str = KEY,
) -> Work:
    """A work on the document."""
    return Work(
        document=document,
        person=person,
        proposal=layer("proposal", *proposed),
        result=layer("gold", *result),
        layers=tuple(layers),
        control=control,
    )


PROPOSED = (
    span("Marie Dupont", "PER", by=f"{MODEL}+article:surnames"),
    span("Rabat", "ORG", by=MODEL),
    span("arrive", "PER", by=f"{RULES}/verbs"),
    span("avec Ali", "PER", by=f"{MODEL}+{RULES}/names"),
)
RESULT = (
    span("Marie Dupont", "PER"),
    span("Rabat", "LOC"),
    span("Ali", "PER"),
    span("Omar", "PER"),
)
