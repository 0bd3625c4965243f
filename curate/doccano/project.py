"""A Doccano project that curate manages: made and mended to match the label schema."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

import msgspec
from doccano_client.models.project import Project as ProjectSettings
from doccano_client.models.project import ProjectType
from doccano_client.repositories.project import ProjectRepository

from curate.doccano import duplicate_projects, label_types
from curate.doccano.changes import ProjectChange, apply_changes, describe_changes
from curate.doccano.project_types import (
    CATEGORIES,
    RELATIONS,
    SPANS,
    SPANS_AND_CATEGORIES,
    ProjectKind,
    project_kind,
)
from curate.doccano.session import Session
from curate.errors import RemoteError
from curate.model import Record
from curate.schema import Schema, guidelines
from curate.schema.migrations import MigrationReader


def description(marker: str) -> str:
    """The project's description; the marker in it ties the project to its corpus."""
    return f"Managed by curate; please keep this line. curate:{marker}"


class ManagedProject(Record, frozen=True, kw_only=True):
    """A project of the server that curate manages, and others that carry the same marker.

    Args:
        number: the server's number of it.
        marker: its identity.
        twins: numbers of the others.
        type: Doccano's project type.
        relations: whether spans can have relations in it.
        schema: ``<name>@<version>`` of the schema that its guidelines are of, empty if they do not
            say. They are set last, so that a migration that broke off is seen by them.
    """

    number: int
    marker: str
    twins: tuple[int, ...] = ()
    type: str = SPANS.type
    relations: bool = False
    schema: str = ""

    @property
    def kind(self) -> ProjectKind:
        """What its export looks like at this moment."""
        kinds = (SPANS, CATEGORIES, SPANS_AND_CATEGORIES)
        found = next((kind for kind in kinds if kind.type == self.type), SPANS)
        return RELATIONS if self.relations else found


_MARKER = re.compile(r"curate:([0-9a-f]{32})")
_SCHEMA = re.compile(r"\*([^*\s]+@[\d.]+)\*\s*\Z")


def find_project(session: Session, name: str, markers: Collection[str]) -> ManagedProject | None:
    """The project with one of these markers, or else one with this name that curate made.

    A fresh clone of a corpus finds the project that the first one made by its name, and takes
    over its marker. Of several with one marker, see ``curate.doccano.duplicate_projects``.

    Raises:
        RemoteError: a project has the name that curate did not make.
    """
    rows = [(row, _MARKER.search(row["description"])) for row in session.pages("projects")]
    named = [(row, match) for row, match in rows if row["name"] == name]
    mine = [match[1] for _, match in rows if match and match[1] in {*markers}]
    mine = mine or [match[1] for _, match in named if match]
    if mine:
        same = [int(row["id"]) for row, match in rows if match and match[1] == mine[0]]
        number, others = duplicate_projects.choose_project(session, same)
        row = next(row for row, _ in rows if int(row["id"]) == number)
        return ManagedProject(
            number=number,
            marker=mine[0],
            twins=others,
            type=row["project_type"],
            relations=bool(row.get("use_relation")),
            schema=_of_schema(row.get("guideline") or ""),
        )
    if named:
        raise RemoteError(
            f"Doccano has a project {name!r} (number {named[0][0]['id']}) that curate did not make",
            "rename it there, or set another name in curate.toml under [doccano] project",
        )
    return None


def _of_schema(guideline: str) -> str:
    found = _SCHEMA.search(guideline)
    return found[1] if found else ""


def refuse_other_type(found: ManagedProject | None, name: str, schema: Schema) -> None:
    """Refuse a project that cannot hold what the schema has; a project's type never changes.

    Raises:
        RemoteError: it is of another type.
        ConfigError: no project of Doccano can hold what the schema has.
    """
    kind = project_kind(schema)
    if found is not None and found.type != kind.type:
        raise RemoteError(
            f"project {name} in Doccano is of the type {found.type}, and schema {schema.id} needs "
            f"{kind.type}",
            "set another name in curate.toml under [doccano] project, and delete the old one when "
            "nothing in it is waiting to be pulled",
        )


def ensure_project(
    session: Session,
    found: ManagedProject | None,
    name: str,
    marker: str,
    schema: Schema,
    reading: MigrationReader | None = None,
) -> tuple[ManagedProject, list[str]]:
    """Make the project if it is not there, and mend it where it differs from the schema.

    Args:
        reading: how older names there are to be read. While migrations are pending, the guidelines
            stay those of before; ``finish`` sets them.

    Returns:
        The project and what was done, one sentence each. Nothing is ever deleted here: deleting a
        label type deletes every span that has it.
    """
    refuse_other_type(found, name, schema)
    wanted = _settings(name, marker, schema)
    if found is None:
        number = int(ProjectRepository(session).create(wanted).id)
        found = ManagedProject(number=number, marker=marker)
        done = [f"made project {name}"]
    else:
        pending = reading is not None and bool(reading.pending)
        later = ("guideline",) if pending else ()
        done = apply_changes(_mended(session, found.number, wanted, later))
    kind = project_kind(schema)
    found = msgspec.structs.replace(found, type=kind.type, relations=kind.numbered)
    return found, done + apply_changes(
        label_types.label_type_changes(session, found.number, schema, reading)
    )


def set_guidelines(session: Session, found: ManagedProject, name: str, schema: Schema) -> list[str]:
    """Set the guidelines, which say that everything there is under the schema's version."""
    return apply_changes(_mended(session, found.number, _settings(name, found.marker, schema)))


def planned_changes(
    session: Session,
    found: ManagedProject | None,
    name: str,
    marker: str,
    schema: Schema,
    reading: MigrationReader | None = None,
) -> list[str]:
    """What ``ensure`` and ``finish`` would do, without doing it."""
    number = found.number if found else None
    labels = describe_changes(label_types.label_type_changes(session, number, schema, reading))
    if found is None:
        return [f"make project {name}", *labels]
    return (
        describe_changes(_mended(session, found.number, _settings(name, marker, schema))) + labels
    )


def _settings(name: str, marker: str, schema: Schema) -> ProjectSettings:
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


_FIELDS = (
    "name",
    "guideline",
    "collaborative_annotation",
    "single_class_classification",
    "allow_overlapping",  # this and the next two: only where spans are all there is
    "grapheme_mode",
    "use_relation",
    "random_order",  # or the order of work would be lost
)


def _differences(current: Mapping[str, Any], wanted: ProjectSettings) -> list[str]:
    fields = [field for field in _FIELDS if field in current]
    return [field for field in fields if _clean(current[field]) != _clean(getattr(wanted, field))]


def _clean(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _mended(
    session: Session, project: int, wanted: ProjectSettings, later: tuple[str, ...] = ()
) -> list[ProjectChange]:
    """What sets the settings back that differ; ``later`` are those to leave alone for now."""
    current = session.get(f"projects/{project}").json()
    fields = [field for field in _differences(current, wanted) if field not in later]
    return [_set(session, project, wanted, field) for field in fields]


def _set(session: Session, project: int, wanted: ProjectSettings, field: str) -> ProjectChange:
    told = f"set {field} of the project"
    values = {"resourcetype": wanted.resource_type, field: getattr(wanted, field)}
    return ProjectChange(told, told, lambda: session.patch(f"projects/{project}", json=values))
