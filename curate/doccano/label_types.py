"""The label types of a Doccano project, of all kinds: made and mended to match the label schema.

Nothing is ever deleted here: deleting a label type deletes every label that has it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from doccano_client.models.label_type import LabelType
from doccano_client.repositories.label_type import (
    CategoryTypeRepository,
    LabelTypeRepository,
    RelationTypeRepository,
    SpanTypeRepository,
)

from curate.doccano.session import Session
from curate.migrate import Reading
from curate.schema import Label, RelationType, Schema, text_colour

Mark = Label | RelationType
_GREY = "#9e9e9e"

_REPOSITORIES: dict[str, Callable[[Session], LabelTypeRepository]] = {
    "label": SpanTypeRepository,
    "category": CategoryTypeRepository,
    "relation": RelationTypeRepository,
}


class _Part(NamedTuple):
    """The label types of one kind: what is wanted, and what is there by name."""

    kind: str
    types: LabelTypeRepository
    marks: tuple[Mark, ...]
    have: dict[str, LabelType]


def changes(session: Session, project: int, schema: Schema) -> list[str]:
    """What ``mend`` would do, without doing it."""
    return [
        f"set {part.kind} {mark.name}"
        for part in _parts(session, project, schema)
        for mark in part.marks
        if not _alike(part.have.get(mark.name), mark)
    ]


def mend(
    session: Session, project: int, schema: Schema, reading: Reading | None = None
) -> list[str]:
    """Make the label types that are missing, and set those that differ; returns what was done.

    Args:
        reading: what became of earlier labels. One that was renamed is renamed here, with all that
            has it; one that is no more is drawn in grey and loses its key.
    """
    parts = list(_parts(session, project, schema))
    done = [said for part in parts for said in _renamed(part, project, reading)]
    done += [said for part in parts for said in _retired(part, project, reading)]
    done += [said for part in parts for said in _free_keys(part, project, schema)]
    for part in parts:
        for mark in part.marks:
            current = part.have.get(mark.name)
            if _alike(current, mark):
                continue
            wanted = _label_type(mark, current.id if current else None)
            part.types.update(project, wanted) if current else part.types.create(project, wanted)
            done.append(f"{'set' if current else 'made'} {part.kind} {mark.name}")
    return done


def _renamed(part: _Part, project: int, reading: Reading | None) -> Iterator[str]:
    wanted = {mark.name for mark in part.marks}
    for old, new in reading.renames.items() if reading else ():
        if old in part.have and old not in wanted and new in wanted and new not in part.have:
            row = part.have.pop(old).copy(update={"text": new})
            part.have[new] = part.types.update(project, row)
            yield f"renamed {part.kind} {old} to {new}"


def _retired(part: _Part, project: int, reading: Reading | None) -> Iterator[str]:
    for name in sorted(part.have.keys() & (reading.old if reading else set())):
        look = {"suffix_key": None, "background_color": _GREY, "text_color": text_colour(_GREY)}
        row = part.have[name].copy(update=look)
        if row != part.have[name]:
            part.have[name] = part.types.update(project, row)
            yield f"retired {part.kind} {name}"


def _parts(session: Session, project: int, schema: Schema) -> Iterator[_Part]:
    for kind, marks in schema.marks.items():
        if marks:
            types = _REPOSITORIES[kind](session)
            yield _Part(kind, types, marks, {row.text: row for row in types.list(project)})


def _free_keys(part: _Part, project: int, schema: Schema) -> Iterator[str]:
    """Take shortcuts from label types for which the schema does not mean them.

    Doccano refuses a shortcut that another label of the kind still has.
    """
    owners = {
        mark.key: (kind, mark.name)
        for kind, marks in schema.marks.items()
        for mark in marks
        if mark.key
    }
    for name, row in part.have.items():
        mine = (part.kind, name)
        if row.suffix_key and owners.get(row.suffix_key, mine) != mine:
            part.have[name] = part.types.update(project, row.copy(update={"suffix_key": None}))
            yield f"took the shortcut from {part.kind} {name}"


def _label_type(mark: Mark, number: int | None) -> LabelType:
    return LabelType(
        id=number,
        text=mark.name,
        suffix_key=mark.key or None,
        background_color=mark.colour,
        text_color=text_colour(mark.colour),
    )


def _alike(current: LabelType | None, mark: Mark) -> bool:
    return current is not None and current == _label_type(mark, current.id)
