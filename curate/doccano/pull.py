"""Reading all that a project holds: one export for the labels, one listing for confirmations."""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec
import requests

from curate.doccano.client import DataDownloadRepository, ExportOption
from curate.doccano.codec import Row, decode
from curate.doccano.example_ids import ids_hidden, match_listing, newest_example
from curate.doccano.examples import empty_unreadable_metadata, pushed_as
from curate.doccano.label_identity import RenamedLabelType, read_as_before
from curate.doccano.project_types import SPANS, ProjectKind
from curate.doccano.session import Session
from curate.errors import RemoteError, TaskFailed
from curate.model import Example
from curate.schema.migrations import MigrationReader


def snapshot(
    session: Session,
    project: int,
    tick: Callable[[], None] = lambda: None,
    kind: ProjectKind = SPANS,
    reading: MigrationReader | None = None,
    renamed: Sequence[RenamedLabelType] = (),
    shared: bool = True,
    mend: bool = False,
    identify: bool = True,
) -> Iterator[Example]:
    """Every example of a project, streamed: labels from an export, confirmations from the listing.

    The listing is read after the export. An example that is confirmed in between is seen as
    confirmed with the spans of a moment before; the next sync sees the rest, because what is
    compared is always the content. Of the confirmed and the unconfirmed examples, whichever are
    fewer are listed, because a row of the listing costs the server more than one of the export. An
    example that is deleted in between can therefore be seen as confirmed; ``read_attributions``
    notices when it asks by whom. The ids are the server's own, see ``curate.doccano.example_ids``.

    Args:
        session: a logged-in session.
        project: id of the project.
        tick: called while the server works.
        kind: what the project holds.
        reading: how labels of older versions of the schema are to be read; None if there are none.
        renamed: label types that somebody renamed; they are read by their earlier names.
        shared: whether everybody sees what others annotate. If not, the export has a file for each
            member. The examples are then read with what all of them have marked, and none counts
            as confirmed.
        mend: empty metadata because of which Doccano cannot export the project.
        identify: ask as which documents examples were pushed whose metadata and text do not name
            the same one.

    Raises:
        RemoteError: the export failed or cannot be read.
    """
    with tempfile.TemporaryDirectory(prefix="curate-") as folder:
        try:
            archive = export_project(session, project, Path(folder), tick)
        except TaskFailed:
            if not empty_unreadable_metadata(session, project, mend):
                raise
            archive = export_project(session, project, Path(folder), tick)
        rows = _rows_with_state if shared else _rows_of_members
        for row, confirmed in rows(session, project, archive):
            example = decode(row, confirmed, kind)
            if renamed:
                annotation = read_as_before(example.annotation, renamed)
                example = msgspec.structs.replace(example, annotation=annotation)
            if reading is not None:
                annotation = reading.read(example.annotation, row["text"])
                stale = annotation.content != example.annotation.content
                example = msgspec.structs.replace(example, annotation=annotation, stale=stale)
            if identify and example.document != example.text_id:
                document = pushed_as(session, project, example.example)
                example = msgspec.structs.replace(example, pushed_as=document)
            yield example


def export_project(
    session: Session,
    project: int,
    folder: Path,
    tick: Callable[[], None],
    confirmed: bool = False,
) -> Path:
    """Export a project as JSONL and download the archive into a folder; returns its path.

    ``confirmed`` exports only confirmed examples.

    Raises:
        TaskFailed: the export failed on the server.
        RemoteError: the connection broke during the download.
    """
    option = ExportOption(name="JSONL", example="")
    task = DataDownloadRepository(session).schedule_download(project, option, confirmed)
    session.wait(task, f"export of project {project}", tick=tick)
    archive = folder / "export.zip"
    try:
        download_export(session, project, task, archive)
    except requests.RequestException as error:
        raise RemoteError(
            f"the export of project {project} was interrupted ({error})", "run the command again"
        ) from error
    return archive


def export_members(
    session: Session,
    project: int,
    folder: Path,
    tick: Callable[[], None],
    confirmed: bool = False,
) -> dict[str, Iterator[Row]]:
    """The rows of each member of a project in which people do not see what others annotate.

    Args:
        session: a logged-in session.
        project: id of the project.
        folder: where the archive is kept while the rows are read.
        tick: called while the server works.
        confirmed: only the examples that the member confirmed.

    Raises:
        TaskFailed: the export failed on the server.
        RemoteError: it cannot be downloaded or read.
    """
    folder.mkdir()
    archive = export_project(session, project, folder, tick, confirmed)
    return {name.removesuffix(".jsonl"): _rows(archive, name) for name in _files(archive)}


def download_export(session: Session, project: int, task: str, path: Path) -> None:
    """Write the archive of an export; the client's own method leaks the connection if it breaks."""
    resource, params = f"projects/{project}/download", {"taskId": task}
    with session.get(resource, params=params, stream=True) as response, path.open("wb") as file:
        for chunk in response.iter_content(1 << 16):
            file.write(chunk)


def _rows_with_state(session: Session, project: int, archive: Path) -> Iterator[tuple[Row, bool]]:
    """The rows of an export with the server's own ids, and whether each is confirmed."""
    progress = session.get(f"projects/{project}/metrics/progress").json()
    list_confirmed = progress["complete"] <= progress["remaining"]
    listed: set[int] = set()
    hidden = False
    examples = session.pages(
        f"projects/{project}/examples", confirmed="true" if list_confirmed else "false"
    )
    for row in examples:
        # A server that does not know the filter lists all: Doccano up to 1.8.0 beside a newer
        # django-filter than its own.
        if bool(row["is_confirmed"]) is list_confirmed:
            listed.add(int(row["id"]))
        hidden = hidden or "id" in (row["meta"] or {})
    if hidden or ids_hidden(_lines(archive), newest_example(session, project)):
        yield from match_listing(session, project, _rows(archive))
    else:
        for row in _rows(archive):
            yield row, (int(row["id"]) in listed) is list_confirmed


def _rows_of_members(session: Session, project: int, archive: Path) -> Iterator[tuple[Row, bool]]:
    """The rows of an export with one file for each member, put together, as unconfirmed.

    Every file has all examples, in the same order, each with the labels of its member.
    """
    for rows in zip(*(_rows(archive, name) for name in _files(archive)), strict=True):
        together = dict(rows[0])
        for column in ("label", "entities", "relations", "cats"):
            if column in together:
                together[column] = [item for row in rows for item in row[column]]
        yield together, False


def _files(archive: Path) -> list[str]:
    """The files of an export with one for each member."""
    try:
        with zipfile.ZipFile(archive) as file:
            names = sorted(name for name in file.namelist() if name.endswith(".jsonl"))
    except zipfile.BadZipFile as error:
        raise _unreadable(error) from error
    if not names:
        raise _unreadable(ValueError("it has no file"))
    return names


def _rows(archive: Path, name: str = "all.jsonl") -> Iterator[Row]:
    try:
        yield from map(json.loads, _lines(archive, name))
    except ValueError as error:
        raise _unreadable(error) from error


def _lines(archive: Path, name: str = "all.jsonl") -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(archive) as file, file.open(name) as lines:
            yield from (line for line in lines if line.strip())
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise _unreadable(error) from error


def _unreadable(error: Exception) -> RemoteError:
    return RemoteError(f"the export of Doccano cannot be read ({error})", "run the command again")
