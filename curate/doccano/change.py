"""Changes of single examples in Doccano, span by span."""

from __future__ import annotations

from typing import Any

from curate.diff import compare
from curate.doccano.codec import to_span
from curate.doccano.pull import Names, text_units
from curate.doccano.session import Refused, Session
from curate.model import Annotation, Span
from curate.offsets import Utf16


def change(session: Session, project: int, example: int, names: Names, wanted: Annotation) -> None:
    """Make the spans of an example the wanted ones; spans that stand twice are made one.

    A span that changes is changed and not made anew, so that it keeps its number, and the relations
    that hang on it. What may overlap for a moment is ordered so that it does not: deletions come
    first, and a change that is refused for an overlap is tried again after the others.
    """
    base = f"projects/{project}/examples/{example}/spans"
    where = text_units(session, project, example)
    numbers: dict[tuple[int, int, str], int] = {}
    for row in sorted(session.get(base).json(), key=lambda row: int(row["id"])):
        label = names.label(row["label"])
        key = to_span(where, row["start_offset"], row["end_offset"], label).key
        if numbers.setdefault(key, row["id"]) != row["id"]:
            _delete(session, f"{base}/{row['id']}")
    now = Annotation(
        document=wanted.document, layer="remote", spans=tuple(Span(*key) for key in numbers)
    )
    changes = compare(now, wanted)
    for span in changes.removed:
        _delete(session, f"{base}/{numbers[span.key]}")
    pairs = (*changes.relabelled, *changes.moved, *changes.replaced)
    waiting = [(f"{base}/{numbers[old.key]}", _body(new, where, names)) for old, new in pairs]
    while waiting:
        left = [(where, body) for where, body in waiting if not _patched(session, where, body)]
        if len(left) == len(waiting):
            session.patch(left[0][0], json=left[0][1])  # raises what the server says
        waiting = left
    for span in changes.added:
        session.post(base, json=_body(span, where, names))


def remove(session: Session, project: int, example: int) -> None:
    """Delete an example; one that is gone already is no error."""
    _delete(session, f"projects/{project}/examples/{example}")


def _body(span: Span, where: Utf16, names: Names) -> dict[str, Any]:
    return {
        "start_offset": where.units(span.start),
        "end_offset": where.units(span.end),
        "label": names.label_number(span.label),
    }


def _patched(session: Session, where: str, body: dict[str, Any]) -> bool:
    try:
        session.patch(where, json=body)
    except Refused as error:
        if error.status not in (400, 500):  # Doccano 1.8.4 answers an overlap with either
            raise
        return False
    return True


def _delete(session: Session, where: str) -> None:
    try:
        session.delete(where)
    except Refused as error:
        if error.status != 404:
            raise
