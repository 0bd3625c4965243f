"""The project of a clone: found on its server, and its label types read as a schema."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from curate.clone.records import FoundProject, SourceProject
from curate.doccano.names import GREY, AccountNames
from curate.doccano.project import read_marker
from curate.doccano.project_types import (
    CATEGORIES,
    RELATIONS,
    SPANS,
    SPANS_AND_CATEGORIES,
    ProjectKind,
)
from curate.doccano.session import Refused, Session
from curate.errors import InputError, RemoteError
from curate.model import Problem
from curate.schema import Label, RelationType, Schema
from curate.schema.schema import COLOUR

_TYPES = {
    "SequenceLabelingProject": SPANS,
    "TextClassificationProject": CATEGORIES,
    "IntentDetectionAndSlotFillingProject": SPANS_AND_CATEGORIES,
}
_ID = re.compile(r"\n*\*[^*\s]+@[\d.]+\*\s*\Z")

Row = Mapping[str, Any]


def list_projects(session: Session) -> Iterator[FoundProject]:
    """The projects that the account can see, with those that cannot be cloned."""
    for row in session.pages("projects"):
        progress = session.get(f"projects/{row['id']}/metrics/progress").json()
        kind = _TYPES.get(row["resourcetype"])
        yield FoundProject(
            id=int(row["id"]),
            name=str(row["name"]),
            type=str(row["project_type"]),
            documents=int(progress["total"]),
            shared=bool(row["collaborative_annotation"]),
            managed=bool(read_marker(row)),
            problem="" if kind else f"curate has no documents like those of {row['project_type']}",
        )


def find_source(session: Session, wanted: str) -> Row:
    """The project of a name or number; the only one there is if none is named.

    Raises:
        InputError: there is none, or several have the name.
    """
    rows = list(session.pages("projects"))
    named = [row for row in rows if row["name"].strip() == wanted.strip()] if wanted else rows
    if not named and wanted.isdecimal():
        named = [row for row in rows if row["id"] == int(wanted)]
    if len(named) == 1:
        return named[0]
    hint = f"see them with `curate clone --list {session.url}`"
    if not rows:
        account = session.get("me").json()["username"]
        raise InputError(
            f"{account} is a member of no project on {session.url}",
            "an administrator of the project can make it a member",
        )
    if not named:
        raise InputError(f"{session.url} has no project {wanted!r} that the account can see", hint)
    ids = ", ".join(str(row["id"]) for row in named)
    what = f"{len(named)} projects {wanted!r}" if wanted else f"{len(named)} projects"
    raise InputError(f"{session.url} has {what} (numbers {ids})", f"name one by its number; {hint}")


def read_source(
    session: Session, row: Row, language: str
) -> tuple[SourceProject, tuple[Problem, ...]]:
    """The project with its schema, and what in it could not be taken as it is.

    Raises:
        RemoteError: curate has no documents like those of the project, or the server refuses.
    """
    number = int(row["id"])
    kind = _TYPES.get(row["resourcetype"])
    if kind is None:
        raise RemoteError(
            f"project {number} ({row['name']}) is of the type {row['project_type']}",
            "curate clones projects of sequence labelling, of document classification, and of both",
        )
    if row.get("use_relation"):
        kind = RELATIONS
    kind = msgspec.structs.replace(
        kind,
        overlap=bool(row.get("allow_overlapping")),
        exclusive=bool(row.get("single_class_classification")),
    )
    types = {
        each: session.get(f"projects/{number}/{each}-types").json()
        for each, held in (
            ("span", kind.spans),
            ("relation", kind.relations),
            ("category", kind.categories),
        )
        if held
    }
    schema, problems = read_schema(row, kind, types, f"{session.url}#{row['name']}", language)
    source = SourceProject(
        url=session.url,
        id=number,
        name=str(row["name"]),
        marker=read_marker(row),
        kind=kind,
        schema=schema,
        label_types={
            each: {int(item["id"]): str(item["text"]) for item in items}
            for each, items in types.items()
        },
        shared=bool(row["collaborative_annotation"]),
        graphemes=bool(row.get("grapheme_mode")),
        accounts=AccountNames(session).all(),
        members=_members(session, number),
        account=session.user_id,
        role=_role(session, number),
    )
    return source, problems


def _members(session: Session, project: int) -> dict[str, str]:
    try:
        rows = session.get(f"projects/{project}/members").json()
    except Refused as error:
        if error.status != 403:
            raise
        return {}
    return {str(row["username"]): str(row["rolename"]) for row in rows}


def _role(session: Session, project: int) -> str:
    try:
        return str(session.get(f"projects/{project}/my-role").json()["rolename"])
    except Refused as error:
        if error.status not in (403, 404):
            raise
        return ""


def slug(name: str) -> str:
    """A name for files, from that of a project."""
    return re.sub(r"[^\w.-]+", "-", name.strip()).strip("-.").lower() or "corpus"


def read_schema(
    row: Row, kind: ProjectKind, types: Mapping[str, Sequence[Row]], origin: str, language: str
) -> tuple[Schema, tuple[Problem, ...]]:
    """The label schema of a project, and what Doccano has and a schema cannot have.

    Args:
        row: the project, as the server describes it.
        kind: what it holds.
        types: its label types, by ``span``, ``relation`` and ``category``.
        origin: where the project is.
        language: ISO 639-1 code of its documents.
    """
    problems: list[Problem] = []
    keys: set[str] = set()

    def label(item: Row) -> Label:
        key = item["suffix_key"] or ""
        if key in keys:
            problems.append(_shared_key(str(item["text"]), key))
            key = ""
        keys.update({key} - {""})
        return Label(**_definition(item, problems), key=key)

    schema = Schema(
        name=slug(str(row["name"])),
        version="1.0.0",
        language=language,
        title=str(row["name"]),
        introduction="",
        labels=tuple(label(item) for item in types.get("span", ())),
        relations=tuple(
            RelationType(**_definition(item, problems)) for item in types.get("relation", ())
        ),
        categories=tuple(label(item) for item in types.get("category", ())),
        overlap=kind.overlap,
        exclusive=kind.exclusive,
        page=_ID.sub("", str(row.get("guideline") or "")),
        cloned=origin,
    )
    return schema, (*problems, *_lacking(schema, kind), *_alike(schema))


def _lacking(schema: Schema, kind: ProjectKind) -> Iterator[Problem]:
    """Kinds of labels that the project's type has and of which it has none."""
    if kind.spans and not schema.labels:
        lacking = "labels of spans"
    elif kind.categories and not schema.categories:
        lacking = "labels of documents"
    else:
        return
    yield Problem(
        code="clone.no-labels",
        severity="warning",
        message=f"the project has no {lacking}; a sync needs them, since its type has them",
        hint="add one to the schema before the first sync, which makes it in Doccano",
    )


def _definition(item: Row, problems: list[Problem]) -> dict[str, Any]:
    name, colour = str(item["text"]), str(item["background_color"])
    if not COLOUR.fullmatch(colour):
        problems.append(
            Problem(
                code="clone.colour",
                severity="info",
                message=f"the colour {colour!r} of label {name!r} is not of the form #rrggbb; "
                "it is grey in the schema",
            )
        )
        colour = GREY
    return {"name": name, "title": name.strip(), "description": "", "colour": colour}


def _shared_key(name: str, key: str) -> Problem:
    return Problem(
        code="clone.key",
        severity="info",
        message=f"the shortcut {key} of {name!r} is that of another label too; the schema gives it "
        "to the first",
    )


def _alike(schema: Schema) -> Iterator[Problem]:
    """Labels that differ only in case or in blanks at their edges: most likely one is a slip."""
    for definitions in schema.definitions.values():
        alike: dict[str, list[str]] = {}
        for definition in definitions:
            alike.setdefault(definition.name.strip().casefold(), []).append(definition.name)
        for names in alike.values():
            if len(names) > 1:
                yield Problem(
                    code="clone.labels",
                    severity="warning",
                    message=f"labels {', '.join(map(repr, names))} differ only in case or blanks; "
                    "each is kept as it is",
                    hint="merge them with a migration of the schema, see docs/schema.md",
                )
