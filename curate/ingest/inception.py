"""Project exports of INCEpTION: which file in the archive is whose, and what state it is in.

=====================================  =========================================================
in the archive                         what it is
=====================================  =========================================================
``exportedproject.json``               documents, who annotates what and how far, roles, comments
``annotation/<document>/<user>.<ext>``  what a user annotated, in the format chosen at the export
``curation/<document>/CURATION_USER.…``  what curators decided, in the same format
``annotation_ser``, ``curation_ser``   the same as serialised Java objects, which are not read
``event.log``                          one event per line: who did what in which document, and when
=====================================  =========================================================

The file ``INITIAL_CAS`` of a document is its text before anybody annotated it.

References: https://inception-project.github.io/releases/32.0/docs/user-guide.html
#sect_projects_export, and the exporters for documents, curation and events of INCEpTION 32.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import msgspec

from curate.errors import InputError
from curate.formats.archive import Archive
from curate.formats.streams import shown
from curate.model import Comment, Record
from curate.util.clock import utc_seconds, utc_timestamp

CURATION_USER = "CURATION_USER"
INITIAL_CAS = "INITIAL_CAS"
_PROJECT = "exportedproject"
_LOG = "event.log"
_FOLDERS = ("annotation/", "curation/")
_SERIALISED = ("annotation_ser/", "curation_ser/")
HINT = "export the project again with the secondary format UIMA CAS JSON"


class InceptionFile(Record, frozen=True, kw_only=True):
    """One version of a document in the export.

    Args:
        member: name of the file in the archive.
        document: name of the document in the project.
        user: who annotated it; who curated it, empty if that is not known; empty for the text
            before anybody did.
        is_curation: whether it is what curators decided.
        is_finished: whether the annotator or curator has marked it as finished.
        at: when it was last changed, empty if unknown.
        comment: what the annotator wrote about it.
    """

    member: str
    document: str
    user: str = ""
    is_curation: bool = False
    is_finished: bool = True
    at: str = ""
    comment: Comment | None = None


class _AnnotationDocument(msgspec.Struct, frozen=True):
    name: str
    user: str = ""
    state: str | None = None
    updated: Any = None
    timestamp: Any = None
    comment: str | None = msgspec.field(default=None, name="annotatorComment")


class _SourceDocument(msgspec.Struct, frozen=True):
    name: str
    state: str | None = None


class _Permission(msgspec.Struct, frozen=True):
    user: str = ""
    level: str = ""


class _Project(msgspec.Struct, frozen=True):
    source_documents: list[_SourceDocument] | None = None
    annotation_documents: list[_AnnotationDocument] | None = None
    project_permissions: list[_Permission] | None = None


class _Event(msgspec.Struct, frozen=True):
    user: str = ""
    annotator: str | None = None
    created: Any = None
    document: str = msgspec.field(default="", name="document_name")


def is_project(archive: Archive) -> bool:
    """Whether an archive is the export of a project."""
    return any(is_project_file(name) for name in archive.names)


def project_files(archive: Archive) -> Iterator[InceptionFile]:
    """The versions of the documents of a project, sorted by document and user.

    Raises:
        InputError: the description of the project is damaged, or no version is in a format that
            can be read.
    """
    name = next(filter(is_project_file, archive.names))
    where = f"{shown(archive.path)}/{name}"
    try:
        project = msgspec.json.decode(archive.read(name), type=_Project)
    except msgspec.MsgspecError as error:
        raise InputError(f"not a project of INCEpTION ({error})", HINT, where) from error
    members = [name for name in archive.names if name.startswith(_FOLDERS) and name.count("/") > 1]
    if not members:
        only = any(name.startswith(_SERIALISED) for name in archive.names)
        what = "only as serialised Java objects" if only else "for no document"
        raise InputError(f"the export holds annotations {what}", HINT, shown(archive.path))
    states = {it.name: it.state or "" for it in project.source_documents or ()}
    versions = {(it.name, it.user): it for it in project.annotation_documents or ()}
    curators = _curators(archive, project)
    for member in members:
        path = PurePosixPath(member)
        document, user = str(path.parent).partition("/")[2], path.stem
        if user == INITIAL_CAS:
            yield InceptionFile(member=member, document=document)
        elif member.startswith("curation/"):
            curator, at = curators.get(document) or curators.get("", ("", ""))
            finished = states.get(document, "") in ("", "CURATION_FINISHED")
            yield InceptionFile(
                member=member,
                document=document,
                user=curator,
                is_curation=True,
                is_finished=finished,
                at=at,
            )
        else:
            yield _annotation(member, document, user, versions.get((document, user)))


def unreadable_versions(archive: Archive) -> list[str]:
    """Names of versions that are there as serialised Java objects only."""
    kept = {str(PurePosixPath(name).with_suffix("")) for name in archive.names}
    return [
        name
        for name in archive.names
        if name.startswith(_SERIALISED)
        and str(PurePosixPath(name.replace("_ser/", "/", 1)).with_suffix("")) not in kept
        and PurePosixPath(name).stem != INITIAL_CAS
    ]


def is_project_file(name: str) -> bool:
    """Whether a file of this name describes a project."""
    return name.startswith(_PROJECT) and name.endswith(".json")


def _annotation(
    member: str, document: str, user: str, version: _AnnotationDocument | None
) -> InceptionFile:
    at = _time(version.updated or version.timestamp) if version else ""
    comment = None
    if version and version.comment:
        comment = Comment(text=version.comment, by=user, at=at)
    return InceptionFile(
        member=member,
        document=document,
        user=user,
        is_finished=version is None or version.state != "IN_PROGRESS",
        at=at,
        comment=comment,
    )


def _curators(archive: Archive, project: _Project) -> dict[str, tuple[str, str]]:
    """Who curated each document last, and when; under no name, whoever curates all of them.

    The event log says who. Without it, the project tells if only one person may curate.
    """
    curators: dict[str, tuple[str, str]] = {}
    for level in ("MANAGER", "CURATOR"):
        people = {it.user for it in project.project_permissions or () if it.level == level}
        if len(people) == 1:
            curators[""] = (people.pop(), "")
        elif people:
            curators.pop("", None)
    for line in archive.read(_LOG).splitlines() if _LOG in archive else ():
        try:
            event = msgspec.json.decode(line, type=_Event)
        except msgspec.MsgspecError:
            continue  # an event of another kind
        if event.annotator == CURATION_USER and event.user and event.document:
            curators[event.document] = (event.user, _time(event.created))
    return curators


def _time(value: Any) -> str:
    """A time, which is a number of milliseconds or a text, in the form of curate."""
    if isinstance(value, int | float):
        return utc_seconds(value / 1000)
    return utc_timestamp(value or "")
