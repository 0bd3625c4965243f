"""What Doccano holds: one export and one listing for all of it, REST for who changed an example."""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import requests
from doccano_client.models.data_download import Option
from doccano_client.repositories.data_download import DataDownloadRepository

from curate.annotations.diff import followed, moves
from curate.doccano import comment_marker, example_ids
from curate.doccano.codec import decode, to_span
from curate.doccano.names import ProjectNames
from curate.doccano.project_types import SPANS, ProjectKind
from curate.doccano.session import Session
from curate.errors import RemoteError
from curate.layers import REMOTE, annotator_layer
from curate.model import (
    Annotation,
    Attribution,
    Category,
    Comment,
    Example,
    ExampleQuery,
    Relation,
    Span,
    SpanKey,
)
from curate.schema.migrations import MigrationReader
from curate.text.offsets import Utf16

Row = dict[str, Any]


def snapshot(
    session: Session,
    project: int,
    tick: Callable[[], None] = lambda: None,
    kind: ProjectKind = SPANS,
    reading: MigrationReader | None = None,
) -> Iterator[Example]:
    """Every example of a project, streamed: labels from an export, confirmations from the listing.

    The listing is read after the export. An example that is confirmed in between is seen as
    confirmed with the spans of a moment before; the next sync sees the rest, because what is
    compared is always the content. Of the confirmed and the others the fewer are listed, for a
    row of the listing costs the server more than one of the export; an example that went away in
    between can so be seen as confirmed, which ``gather`` finds out when it asks by whom. The
    numbers are the server's own, see ``curate.doccano.example_ids``.

    Raises:
        RemoteError: the export failed, or is not the file it should be.
    """
    with tempfile.TemporaryDirectory(prefix="curate-") as folder:
        archive = _export(session, project, Path(folder), tick)
        for row, confirmed in _numbered(session, project, archive):
            example = decode(row, confirmed, kind)
            yield example if reading is None else _reread(example, reading, row["text"])


def _numbered(session: Session, project: int, archive: Path) -> Iterator[tuple[Row, bool]]:
    """The rows of an export with the server's own numbers, and whether each is confirmed."""
    counts = session.get(f"projects/{project}/metrics/progress").json()
    few = counts["complete"] <= counts["remaining"]
    asked = {"confirmed": "true" if few else "false"}
    listed: set[int] = set()
    hidden = False
    for row in session.pages(f"projects/{project}/examples", **asked):
        listed.add(int(row["id"]))
        hidden = hidden or "id" in (row["meta"] or {})
    if hidden or example_ids.ids_hidden(
        _lines(archive), example_ids.newest_example(session, project)
    ):
        yield from example_ids.match_listing(session, project, _rows(archive))
    else:
        yield from ((row, (int(row["id"]) in listed) is few) for row in _rows(archive))


def _reread(example: Example, reading: MigrationReader, text: str) -> Example:
    """An example in the names of the schema; it is stale if it stands there under others."""
    found = reading.read(example.annotation, text)
    stale = found.content != example.annotation.content
    return msgspec.structs.replace(example, annotation=found, stale=stale)


def _export(session: Session, project: int, folder: Path, tick: Callable[[], None]) -> Path:
    downloads = DataDownloadRepository(session)
    option = Option(name="JSONL", example="")
    task = downloads.schedule_download(project, option)
    session.wait(task, f"export of project {project}", tick=tick)
    archive = folder / "export.zip"
    try:
        download_export(session, project, task, archive)
    except requests.RequestException as error:
        raise RemoteError(
            f"the export of project {project} broke off ({error})", "run the command again"
        ) from error
    return archive


def download_export(session: Session, project: int, task: str, to: Path) -> None:
    """Write the file of an export; the client's own way leaves the connection open if it breaks."""
    where, which = f"projects/{project}/download", {"taskId": task}
    with session.get(where, params=which, stream=True) as answer, to.open("wb") as file:
        for chunk in answer.iter_content(1 << 16):
            file.write(chunk)


def _rows(archive: Path) -> Iterator[Row]:
    try:
        yield from map(json.loads, _lines(archive))
    except ValueError as error:
        raise _unread(error) from error


def _lines(archive: Path) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(archive) as file, file.open("all.jsonl") as lines:
            yield from (line for line in lines if line.strip())
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise _unread(error) from error


def _unread(error: Exception) -> RemoteError:
    return RemoteError(f"the export of Doccano cannot be read ({error})", "run the command again")


def read_attribution(
    session: Session, project: int, names: ProjectNames, asked: ExampleQuery, remarks: CommentReader
) -> Attribution:
    """Who did what in one example; what it is annotated with is asked for if it changed.

    What is in ``base`` keeps the provenance it has there, a relation also where its spans changed.
    Anything else was made or changed by a person. Doccano keeps the user who made a label and not
    the one who changed it, and what curate imported belongs to its own account; so what is new or
    changed and belongs to that account is put down to the person who confirmed the document, and to
    the account only if nobody did. Parts that the project cannot hold are those of ``base``.
    """
    where = f"projects/{project}/examples/{asked.example}"
    states = list(session.pages(f"{where}/states"))
    state = max(states, key=lambda row: str(row["confirmed_at"]), default=None)
    confirmed_by = names.user(state["confirmed_by"]) if state else ""
    who = _Who(names, names.user(session.user_id), confirmed_by)
    return Attribution(
        annotation=_labels(session, where, who, asked).sorted(),
        confirmed_by=confirmed_by,
        confirmed_at=utc(state["confirmed_at"]) if state else "",
        comments=remarks(asked.example),
    )


class _Who(NamedTuple):
    """To whom things are put down."""

    names: ProjectNames
    own: str
    confirmed_by: str

    def made(self, row: dict[str, Any]) -> tuple[str, str]:
        """By whom and when a row of the server was made or changed."""
        user = self.names.user(row["user"])
        by = self.confirmed_by if self.confirmed_by and user == self.own else user
        return annotator_layer(by), utc(row["updated_at"])


def _labels(session: Session, where: str, who: _Who, asked: ExampleQuery) -> Annotation:
    kind, base = who.names.kind, asked.base
    if not asked.changed:
        return msgspec.structs.replace(base, layer=REMOTE)
    # Relations first: one whose span is gone a moment later is then gone with it.
    arrows = session.get(f"{where}/relations").json() if kind.relations else []
    numbered = _spans(session, where, who, asked) if kind.spans else {}
    spans = tuple(numbered.values()) if kind.spans else base.spans
    found = msgspec.structs.replace(base, layer=REMOTE, spans=spans)
    if kind.relations:
        relations = _relations(arrows, who, numbered, base, moves(base, found))
        found = msgspec.structs.replace(found, relations=tuple(relations))
    if kind.categories:
        filed = session.get(f"{where}/categories").json()
        categories = _categories(filed, who, base)
        found = msgspec.structs.replace(found, categories=tuple(categories))
    if who.names.reading is None:
        return found
    text = asked.text or str(session.get(where).json()["text"])
    return _known(who.names.reading.read(found, text), base)


def _known(found: Annotation, base: Annotation) -> Annotation:
    """An annotation in which what is in ``base`` too keeps the provenance it has there."""
    spans, relations, categories = (
        {item.key: item for item in part} for part in (base.spans, base.relations, base.categories)
    )
    return msgspec.structs.replace(
        found,
        spans=tuple(spans.get(each.key, each) for each in found.spans),
        relations=tuple(relations.get(each.key, each) for each in found.relations),
        categories=tuple(categories.get(each.key, each) for each in found.categories),
    )


def _spans(session: Session, where: str, who: _Who, asked: ExampleQuery) -> dict[int, Span]:
    """Spans by the server's number."""
    known = {span.key: span for span in asked.base.spans}
    units = Utf16(asked.text or session.get(where).json()["text"])
    result: dict[int, Span] = {}
    for row in session.get(f"{where}/spans").json():
        label = who.names.spans.name(row["label"])
        span = to_span(units, row["start_offset"], row["end_offset"], label)
        result[row["id"]] = known.get(span.key) or Span(*span.key, *who.made(row))
    return result


def _relations(
    rows: list[dict[str, Any]],
    who: _Who,
    spans: Mapping[int, Span],
    base: Annotation,
    moved: Mapping[SpanKey, SpanKey],
) -> Iterator[Relation]:
    known = {each.key: each for each in (followed(one, moved) for one in base.relations)}
    for row in rows:
        head, tail = spans.get(row["from_id"]), spans.get(row["to_id"])
        if head and tail:
            key = (head.key, tail.key, who.names.relations.name(row["type"]))
            yield known.get(key) or Relation(*key, *who.made(row))


def _categories(rows: list[dict[str, Any]], who: _Who, base: Annotation) -> Iterator[Category]:
    known = {category.key: category for category in base.categories}
    for row in rows:
        label = who.names.categories.name(row["label"])
        yield known.get(label) or Category(label, *who.made(row))


CommentReader = Callable[[int], tuple[Comment, ...]]
"""Gives the comments of an example."""


def comments_by_example(session: Session, project: int, names: ProjectNames) -> CommentReader:
    """Comments, asked for example by example."""
    where = f"projects/{project}/comments"
    return lambda example: _comments(session.pages(where, example=example), names)


def comments_of_project(session: Session, project: int, names: ProjectNames) -> CommentReader:
    """Comments of the whole project, asked for at once."""
    found: dict[int, list[dict[str, Any]]] = {}
    for row in session.pages(f"projects/{project}/comments"):
        found.setdefault(int(row["example"]), []).append(row)
    return lambda example: _comments(found.get(example, ()), names)


def _comments(rows: Iterable[dict[str, Any]], names: ProjectNames) -> tuple[Comment, ...]:
    found = sorted(rows, key=lambda row: (str(row["created_at"]), int(row["id"])))
    return tuple(
        Comment(text=str(row["text"]), by=names.user(row["user"]), at=utc(row["created_at"]))
        for row in found
        if not comment_marker.is_unchanged(str(row["text"]))
    )


def example_offsets(session: Session, project: int, example: int) -> Utf16:
    """Offsets of an example's text."""
    return Utf16(session.get(f"projects/{project}/examples/{example}").json()["text"])


def utc(time: str) -> str:
    """A time of the server in UTC to the second, with a final Z."""
    moment = datetime.fromisoformat(time).astimezone(UTC)
    return moment.replace(microsecond=0, tzinfo=None).isoformat() + "Z"
