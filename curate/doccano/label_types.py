"""The label types of a Doccano project: made, renamed and updated to match the label schema.

Nothing is ever deleted here: deleting a label type deletes every label that has it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from curate.doccano.changes import ProjectChange
from curate.doccano.client import (
    CategoryTypeRepository,
    LabelType,
    LabelTypeRepository,
    RelationTypeRepository,
    SpanTypeRepository,
)
from curate.doccano.label_identity import NO_NAMES, LabelNames
from curate.doccano.names import LabelTypeLists
from curate.doccano.session import Session
from curate.schema import Label, RelationType, Schema, text_colour
from curate.schema.migrations import MigrationReader

LabelDefinition = Label | RelationType
_GREY = "#9e9e9e"

_REPOSITORIES: dict[str, Callable[[Session], LabelTypeRepository]] = {
    "label": SpanTypeRepository,
    "category": CategoryTypeRepository,
    "relation": RelationTypeRepository,
}


class _LabelTypes(NamedTuple):
    """The label types of one kind: those of the schema, and those of the project by name."""

    kind: str
    project: int | None
    repository: LabelTypeRepository
    wanted: tuple[LabelDefinition, ...]
    existing: dict[str, LabelType]

    def change(self, row: LabelType, verbs: tuple[str, str], target: str) -> ProjectChange:
        """The change that makes or updates a label type; the changes after it build on it."""
        self.existing[row.text] = row
        send = self.repository.create if row.id is None else self.repository.update
        apply = partial(send, self.project, row)
        return ProjectChange(f"{verbs[0]} {target}", f"{verbs[1]} {target}", apply)


def label_type_changes(
    session: Session,
    project: int | None,
    schema: Schema,
    reading: MigrationReader | None = None,
    names: LabelNames = NO_NAMES,
    lists: LabelTypeLists | None = None,
) -> Iterator[ProjectChange]:
    """The changes that make missing label types and update those that differ.

    Args:
        session: a logged-in session.
        project: id of the project, None if it is still to be made.
        schema: the label schema.
        reading: what became of labels of older versions. A renamed label is renamed in the project
            too, with everything that has it; one that no longer exists turns grey and loses its
            shortcut.
        names: names that label types are given before, by kind and id.
        lists: the label types of the project, requested anew if there are none here.
    """
    if lists is None and project is not None:
        lists = LabelTypeLists(session, project)
    kinds = [
        _label_types(session, project, lists, kind, definitions, names)
        for kind, definitions in schema.definitions.items()
        if definitions
    ]
    for types in kinds:
        yield from _renamed(types, reading)
    for types in kinds:
        yield from _retired(types, reading)
    for types in kinds:
        yield from _freed_shortcuts(types, schema)
    for types in kinds:
        yield from _made_or_updated(types)


def label_names(lists: LabelTypeLists, schema: Schema) -> dict[str, dict[int, str]]:
    """The names of a project's label types by their ids, for each kind that the schema has."""
    return {
        _kind(kind): {int(row.id or 0): str(row.text) for row in lists.rows(_kind(kind))}
        for kind, definitions in schema.definitions.items()
        if definitions
    }


def _kind(kind: str) -> str:
    """The kind of what has such labels: a label of the schema is one of spans."""
    return "span" if kind == "label" else kind


def _label_types(
    session: Session,
    project: int | None,
    lists: LabelTypeLists | None,
    kind: str,
    definitions: tuple[LabelDefinition, ...],
    names: LabelNames,
) -> _LabelTypes:
    repository = _REPOSITORIES[kind](session)
    rows = lists.rows(_kind(kind)) if lists is not None else []
    given = names.get(_kind(kind), {})
    rows = [row.copy(update={"text": given.get(row.id or 0, row.text)}) for row in rows]
    return _LabelTypes(kind, project, repository, definitions, {row.text: row for row in rows})


def _renamed(types: _LabelTypes, reading: MigrationReader | None) -> Iterator[ProjectChange]:
    wanted = {definition.name for definition in types.wanted}
    for old, new in reading.renames.items() if reading else ():
        renamed_here = new in wanted and old not in wanted
        if renamed_here and old in types.existing and new not in types.existing:
            row = types.existing.pop(old).copy(update={"text": new})
            yield types.change(row, ("rename", "renamed"), f"{types.kind} {old} to {new}")


def _retired(types: _LabelTypes, reading: MigrationReader | None) -> Iterator[ProjectChange]:
    look = {"suffix_key": None, "background_color": _GREY, "text_color": text_colour(_GREY)}
    for name in sorted(types.existing.keys() & (reading.old if reading else set())):
        row = types.existing[name].copy(update=look)
        if row != types.existing[name]:
            yield types.change(row, ("retire", "retired"), f"{types.kind} {name}")


def _freed_shortcuts(types: _LabelTypes, schema: Schema) -> Iterator[ProjectChange]:
    """Take shortcuts from label types that do not have them in the schema.

    Doccano refuses a shortcut that another label type of the kind still has.
    """
    owners = {
        definition.key: (kind, definition.name)
        for kind, definitions in schema.definitions.items()
        for definition in definitions
        if definition.key
    }
    for name, row in list(types.existing.items()):
        label = (types.kind, name)
        if row.suffix_key and owners.get(row.suffix_key, label) != label:
            row = row.copy(update={"suffix_key": None})
            yield types.change(row, ("take", "took"), f"the shortcut from {types.kind} {name}")


def _made_or_updated(types: _LabelTypes) -> Iterator[ProjectChange]:
    for definition in types.wanted:
        current = types.existing.get(definition.name)
        # The schema has no colour of the text: where the background is right, it stays.
        values = {
            "text": definition.name,
            "suffix_key": definition.key or None,
            "background_color": definition.colour,
            "text_color": text_colour(definition.colour),
        }
        if current and current.background_color == definition.colour:
            values["text_color"] = current.text_color
        if current and types.kind == "relation":
            values["suffix_key"] = current.suffix_key  # the schema has none, and the page no use
        row = current.copy(update=values) if current else LabelType(id=None, **values)
        if row != current:
            verbs = ("set", "set") if current else ("make", "made")
            yield types.change(row, verbs, f"{types.kind} {definition.name}")
