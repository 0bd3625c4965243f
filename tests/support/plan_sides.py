"""The two sides that a plan compares."""

from __future__ import annotations

from curate.model import Annotation, Example, Span
from curate.store.records import LocalState

BASE = Annotation(document="d", layer="remote", spans=(Span(0, 5, "PER"),))


CHANGED = Annotation(document="d", layer="remote", spans=(Span(0, 5, "LOC"),))


def example(annotation=BASE, confirmed=False, number=7, document="d", text_id="d") -> Example:
    return Example(
        example=number,
        document=document,
        text_id=text_id,
        annotation=annotation,
        confirmed=confirmed,
    )


def side(**values) -> LocalState:
    return LocalState(
        document="d", **{"proposal": BASE.content, "example": 7, "base": BASE.content, **values}
    )
