"""A Doccano project that curate manages: found, made, and kept equal to the label schema."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec

from curate.doccano.changes import ProjectChange, apply_changes, describe_changes
from curate.doccano.client import ProjectRepository, ProjectSettings, ProjectType
from curate.doccano.label_identity import NO_NAMES, LabelNames
from curate.doccano.label_types import label_type_changes
from curate.doccano.names import LabelTypeLists
from curate.doccano.project_types import (
    CATEGORIES,
    RELATIONS,
    SPANS,
    SPANS_AND_CATEGORIES,
    ProjectKind,
    project_kind,
)
from curate.doccano.session import Session, exact_time
from curate.errors import RemoteError
from curate.model import Record
from curate.schema import Schema, guidelines
from curate.schema.migrations import MigrationReader

_MARKER = re.compile(r"curate:([0-9a-f]{32})")
_LINE = re.compile(r"[^\n]*curate:[0-9a-f]{32}[^\n]*")
_STAMPS = re.compile(r" sync:([0-9a-f,]*)")
_PUSHERS = re.compile(r" by:([0-9,]*)")
_KEPT_STAMPS = 12
_SCHEMA_ID = re.compile(r"\*([^*\s]+@[\d.]+)\*\s*\Z")
_TYPES = {
    "SequenceLabelingProject": SPANS.type,
    "TextClassificationProject": CATEGORIES.type,
    "IntentDetectionAndSlotFillingProject": SPANS_AND_CATEGORIES.type,
}
_MANAGED_FIELDS = (
    "name",
    "project_type",  # the field alone: what a project was made as never changes
    "guideline",
    "collaborative_annotation",
    "single_class_classification",
    "allow_overlapping",  # this and the next two: only in projects that hold nothing but spans
    "grapheme_mode",
    "use_relation",
    "random_order",  # or the order of work would be lost
)


class ManagedProject(Record, frozen=True, kw_only=True):
    """A project of the server that curate manages, and others that carry the same marker.

    Args:
        id: the server's id of it.
        marker: identifies the project across servers and clones of the corpus.
        duplicates: ids of the others.
        type: Doccano's project type, as which it was made.
        mistyped: whether its field for the type names another one, so that its export lacks what
            it holds. The field can be changed through the API; a sync sets it back.
        relations: whether spans can have relations in it.
        shared: whether everybody sees what others annotate. Somebody can switch that off.
        marked: whether its description has the marker; one that was cloned gets it when it is
            adopted.
        saved: when its settings were last saved, on the server's clock.
        schema: ``<name>@<version>`` of the schema that its guidelines were written from, empty if
            they do not say. The guidelines are set last, so that they show a migration that broke
            off.
        settings: its settings as they were found, if nothing was changed since.
        stamps: ids of the last syncs that changed something, the oldest first.
        pushers: ids of the accounts with which they pushed.
    """

    id: int
    marker: str
    duplicates: tuple[int, ...] = ()
    stamps: tuple[str, ...] = ()
    pushers: tuple[int, ...] = ()
    type: str = SPANS.type
    mistyped: bool = False
    relations: bool = False
    shared: bool = True
    marked: bool = True
    saved: str = ""
    schema: str = ""
    settings: dict[str, Any] = {}

    @property
    def kind(self) -> ProjectKind:
        """What the project holds at this moment, which decides the columns of its export."""
        if self.relations:
            return RELATIONS
        kinds = (SPANS, CATEGORIES, SPANS_AND_CATEGORIES)
        return next((kind for kind in kinds if kind.type == self.type), SPANS)


def description(marker: str, stamps: Sequence[str] = (), pushers: Iterable[int] = ()) -> str:
    """The project's description.

    Args:
        marker: ties the project to its corpus.
        stamps: ids of the last syncs that changed something, the oldest first. They show whether
            the server still holds what a sync has seen; the last dozen are kept.
        pushers: ids of the accounts with which they pushed.
    """
    line = f"Managed by curate; please keep this line. curate:{marker}"
    if stamps:
        line += f" sync:{','.join(stamps[-_KEPT_STAMPS:])} by:{','.join(map(str, pushers))}"
    return line


def read_stamps(text: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The stamps and the pushers in a project's description."""
    stamps, pushers = _STAMPS.search(text), _PUSHERS.search(text)
    return (
        tuple(filter(None, stamps[1].split(","))) if stamps else (),
        tuple(int(user) for user in pushers[1].split(",") if user) if pushers else (),
    )


def add_stamp(session: Session, project: int, marker: str, stamp: str) -> tuple[str, str]:
    """Add the stamp of a sync to the description, which may have got others meanwhile.

    Returns:
        When the project's settings had been saved before, and when they were now.
    """
    current = session.get(f"projects/{project}").json()
    stamps, pushers = read_stamps(current["description"])
    line = description(marker, (*stamps, stamp), sorted({*pushers, session.user_id}))
    saved = _set_line(session, project, current, line)
    return exact_time(current["updated_at"]), saved


def marking(session: Session, project: ManagedProject) -> list[ProjectChange]:
    """The change that adds the marker to the description of a project that was cloned."""
    if project.marked:
        return []

    def mark() -> None:
        current = session.get(f"projects/{project.id}").json()
        _set_line(session, project.id, current, description(project.marker))

    target = f"the marker {project.marker[:8]}… to the description of the project"
    return [ProjectChange(f"add {target}", f"added {target}", mark)]


def _set_line(session: Session, project: int, current: Mapping[str, Any], line: str) -> str:
    """Set the line of curate in a description; what people wrote there stays.

    Returns:
        When the settings of the project were saved by that, on the server's clock.
    """
    before = current["description"]
    if _LINE.search(before):
        text = _LINE.sub(lambda _: line, before, count=1)
    else:
        text = f"{before.rstrip()}\n\n{line}" if before.strip() else line
    body = {"resourcetype": current["resourcetype"], "description": text}
    saved = session.patch(f"projects/{project}", json=body).json()
    return exact_time(saved["updated_at"])


def saved_time(session: Session, project: int) -> str:
    """When the settings of a project were last saved, on the server's clock."""
    return exact_time(session.get(f"projects/{project}").json()["updated_at"])


def read_marker(row: Mapping[str, Any]) -> str:
    """The marker in the description of a project of the listing; empty if it has none."""
    match = _MARKER.search(row["description"])
    return match[1] if match else ""


def managed_project(
    row: Mapping[str, Any], marker: str, duplicates: tuple[int, ...] = ()
) -> ManagedProject:
    """A project of the listing as one that curate manages."""
    stamps, pushers = read_stamps(row["description"])
    schema_id = _SCHEMA_ID.search(row.get("guideline") or "")
    return ManagedProject(
        id=int(row["id"]),
        marker=marker,
        duplicates=duplicates,
        stamps=stamps,
        pushers=pushers,
        type=_TYPES.get(row["resourcetype"], row["project_type"]),
        mistyped=row["project_type"] != _TYPES.get(row["resourcetype"], row["project_type"]),
        shared=bool(row["collaborative_annotation"]),
        saved=exact_time(row["updated_at"]),
        relations=bool(row.get("use_relation")),
        marked=read_marker(row) == marker,
        schema=schema_id[1] if schema_id else "",
        settings={field: row[field] for field in _MANAGED_FIELDS if field in row},
    )


def refuse_other_type(project: ManagedProject | None, name: str, schema: Schema) -> None:
    """Refuse a project whose type cannot hold what the schema has; a project's type never changes.

    Raises:
        RemoteError: it is of another type.
        ConfigError: no project of Doccano can hold what the schema has.
    """
    kind = project_kind(schema)
    if project is not None and project.type != kind.type:
        raise RemoteError(
            f"project {name} in Doccano is of the type {project.type}, and schema {schema.id} "
            f"needs {kind.type}",
            "set another name in curate.toml under [doccano] project, and delete the old project "
            "once everything in it has been pulled",
        )


def ensure_project(
    session: Session,
    project: ManagedProject | None,
    name: str,
    marker: str,
    schema: Schema,
    reading: MigrationReader | None = None,
    lists: LabelTypeLists | None = None,
) -> tuple[ManagedProject, list[str]]:
    """Make the project if there is none, and change whatever differs from the schema.

    Nothing is ever deleted: deleting a label type deletes every span that has it.

    Args:
        session: a logged-in session.
        project: the project that was found.
        name: name of the project.
        marker: marker of a project that is to be made.
        schema: the label schema.
        reading: how labels of older versions are to be read. While migrations are pending, the
            guidelines are not touched; ``set_guidelines`` sets them at the end.
        lists: the label types of the project, requested anew if there are none here.

    Returns:
        The project, and what was done, one phrase each.
    """
    refuse_other_type(project, name, schema)
    wanted = _wanted_settings(name, marker, schema)
    if project is None:
        project = ManagedProject(
            id=int(ProjectRepository(session).create(wanted).id), marker=marker
        )
        applied = [f"made project {name}"]
    else:
        postponed = ("guideline",) if reading is not None and reading.pending else ()
        applied = apply_changes(_setting_changes(session, project, wanted, postponed))
    kind = project_kind(schema)
    project = msgspec.structs.replace(
        project,
        type=kind.type,
        mistyped=False,
        relations=kind.numbered,
        shared=True,
        marked=True,
        settings={},
    )
    types = label_type_changes(session, project.id, schema, reading, lists=lists)
    applied += apply_changes(types)
    return project, applied


def set_guidelines(
    session: Session, project: ManagedProject, name: str, schema: Schema
) -> list[str]:
    """Set the guidelines, which say that everything there is under the schema's version."""
    wanted = _wanted_settings(name, project.marker, schema)
    return apply_changes(_setting_changes(session, project, wanted))


def planned_changes(
    session: Session,
    project: ManagedProject | None,
    name: str,
    marker: str,
    schema: Schema,
    reading: MigrationReader | None = None,
    names: LabelNames = NO_NAMES,
    lists: LabelTypeLists | None = None,
) -> list[str]:
    """What :func:`ensure_project` and :func:`set_guidelines` would do.

    ``names`` are those that label types are given before, by kind and id.
    """
    number = project.id if project else None
    labels = describe_changes(label_type_changes(session, number, schema, reading, names, lists))
    if project is None:
        return [f"make project {name}", *labels]
    wanted = _wanted_settings(name, marker, schema)
    return describe_changes(_setting_changes(session, project, wanted)) + labels


def _wanted_settings(name: str, marker: str, schema: Schema) -> ProjectSettings:
    kind = project_kind(schema)
    return ProjectSettings(
        name=name,
        description=description(marker),
        guideline=guidelines(schema),
        project_type=ProjectType(kind.type),
        collaborative_annotation=True,
        allow_overlapping=kind.overlap,
        use_relation=kind.numbered,
        single_class_classification=kind.exclusive,
        grapheme_mode=False,
        random_order=False,
    )


def _setting_changes(
    session: Session,
    project: ManagedProject,
    wanted: ProjectSettings,
    postponed: tuple[str, ...] = (),
) -> list[ProjectChange]:
    """The changes that set every managed setting that differs, except those that are postponed."""
    current = project.settings or session.get(f"projects/{project.id}").json()
    changes: list[ProjectChange] = []
    for field in _MANAGED_FIELDS:
        value = getattr(wanted, field)
        value = value.value if isinstance(value, ProjectType) else value
        if field in current and field not in postponed and _differs(current[field], value):
            body = {"resourcetype": wanted.resource_type, field: value}
            change = f"set {field} of the project"
            patch = partial(session.patch, f"projects/{project.id}", json=body)
            changes.append(ProjectChange(change, change, patch))
    return changes


def _differs(current: Any, wanted: Any) -> bool:
    if isinstance(current, str) and isinstance(wanted, str):
        return current.strip() != wanted.strip()  # Doccano trims what it stores
    return bool(current != wanted)
