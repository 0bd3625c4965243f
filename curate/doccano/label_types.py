"""The label types of a Doccano project, of all kinds: made and mended to match the label schema.

Nothing is ever deleted here: deleting a label type deletes every label that has it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from doccano_client.models.label_type import LabelType
from doccano_client.repositories.label_type import (
    CategoryTypeRepository,
    LabelTypeRepository,
    RelationTypeRepository,
    SpanTypeRepository,
)

from curate.doccano.changes import ProjectChange
from curate.doccano.session import Session
from curate.schema import Label, RelationType, Schema, text_colour
from curate.schema.migrations import MigrationReader

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
    project: int | None
    types: LabelTypeRepository
    marks: tuple[Mark, ...]
    have: dict[str, LabelType]

    def put(self, row: LabelType, verbs: tuple[str, str], what: str) -> ProjectChange:
        """The step that makes or sets a label type; the steps after it count with it."""
        self.have[row.text] = row
        send = self.types.create if row.id is None else self.types.update
        return ProjectChange(
            f"{verbs[0]} {what}", f"{verbs[1]} {what}", partial(send, self.project, row)
        )


def label_type_changes(
    session: Session, project: int | None, schema: Schema, reading: MigrationReader | None = None
) -> Iterator[ProjectChange]:
    """What makes the label types that are missing, and sets those that differ.

    Args:
        project: number of the project, None if it is still to be made.
        reading: what became of earlier labels. One that was renamed is renamed here, with all that
            has it; one that is no more is drawn in grey and loses its key.
    """
    parts = list(_parts(session, project, schema))
    for part in parts:
        yield from _renamed(part, reading)
    for part in parts:
        yield from _retired(part, reading)
    for part in parts:
        yield from _free_keys(part, schema)
    for part in parts:
        yield from _set(part)


def _parts(session: Session, project: int | None, schema: Schema) -> Iterator[_Part]:
    for kind, marks in schema.marks.items():
        if marks:
            types = _REPOSITORIES[kind](session)
            rows = types.list(project) if project is not None else []
            yield _Part(kind, project, types, marks, {row.text: row for row in rows})


def _renamed(part: _Part, reading: MigrationReader | None) -> Iterator[ProjectChange]:
    wanted = {mark.name for mark in part.marks}
    for old, new in reading.renames.items() if reading else ():
        if old in part.have and old not in wanted and new in wanted and new not in part.have:
            row = part.have.pop(old).copy(update={"text": new})
            yield part.put(row, ("rename", "renamed"), f"{part.kind} {old} to {new}")


def _retired(part: _Part, reading: MigrationReader | None) -> Iterator[ProjectChange]:
    for name in sorted(part.have.keys() & (reading.old if reading else set())):
        look = {"suffix_key": None, "background_color": _GREY, "text_color": text_colour(_GREY)}
        row = part.have[name].copy(update=look)
        if row != part.have[name]:
            yield part.put(row, ("retire", "retired"), f"{part.kind} {name}")


def _free_keys(part: _Part, schema: Schema) -> Iterator[ProjectChange]:
    """Take shortcuts from label types for which the schema does not mean them.

    Doccano refuses a shortcut that another label of the kind still has.
    """
    owners = {
        mark.key: (kind, mark.name)
        for kind, marks in schema.marks.items()
        for mark in marks
        if mark.key
    }
    for name, row in list(part.have.items()):
        mine = (part.kind, name)
        if row.suffix_key and owners.get(row.suffix_key, mine) != mine:
            what = f"the shortcut from {part.kind} {name}"
            yield part.put(row.copy(update={"suffix_key": None}), ("take", "took"), what)


def _set(part: _Part) -> Iterator[ProjectChange]:
    for mark in part.marks:
        current = part.have.get(mark.name)
        if not _alike(current, mark):
            verbs = ("set", "set") if current else ("make", "made")
            row = _label_type(mark, current.id if current else None)
            yield part.put(row, verbs, f"{part.kind} {mark.name}")


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
