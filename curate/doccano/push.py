"""Pushing documents to Doccano: files of JSON Lines, each of them one import task."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from doccano_client.repositories.data_upload import DataUploadRepository

from curate.doccano.codec import ID_FIELD, Row, encode
from curate.doccano.project_types import SPANS, ProjectKind
from curate.doccano.session import Session
from curate.errors import RemoteError, TaskFailed
from curate.model import Annotation, Document
from curate.util import jsonl

# SQLite takes 32,766 values in one query, unless it was built to take more.
MAX_SPANS_PER_FILE = 30_000

_UPLOAD_ID = re.compile(r"\w{22}")  # django-drf-filepond: a shortuuid

Batch = list[tuple[Document, Annotation]]


def push(
    session: Session,
    project: int,
    marker: str,
    batch: Batch,
    tick: Callable[[], None] = lambda: None,
    extra: tuple[str, ...] = (),
    kind: ProjectKind = SPANS,
) -> None:
    """Import one batch of documents with their annotations.

    What arrived must be read back: the server inserts labels in a second step. A batch with
    relations and very many spans goes in several files, because the server looks up all spans of a
    file in one query.

    Args:
        session: a logged-in session.
        project: id of the project.
        marker: marker of the project.
        batch: the documents and their annotations.
        tick: called while the server works.
        extra: metadata fields to show beside the usual ones.
        kind: what the project holds.

    Raises:
        TaskFailed: the server refused a row or the task failed; some documents may have arrived.
    """
    for part in split_by_spans(batch) if kind.numbered else [batch]:
        rows = [
            {
                **encode(document, annotation, marker, kind),
                **{name: document.meta.get(name, "") for name in extra},
            }
            for document, annotation in part
        ]
        _import(session, project, rows, tick, kind)


def _import(
    session: Session,
    project: int,
    rows: list[Row],
    tick: Callable[[], None],
    kind: ProjectKind,
) -> None:
    uploads = DataUploadRepository(session)
    with tempfile.TemporaryDirectory(prefix="curate-") as folder:
        path = Path(folder) / f"curate-{rows[0][ID_FIELD]}-{len(rows)}.jsonl"
        path.write_bytes(b"".join(jsonl.lines(rows)))
        upload = uploads.upload(str(path))
    if not _UPLOAD_ID.fullmatch(upload):  # a proxy can answer 200 with a page of its own
        raise RemoteError(
            "the answer to the upload is not an upload id",
            "check that CURATE_DOCCANO_URL is the address of a Doccano server",
        )
    task = uploads.ingest(
        project,
        [upload],
        kind.task,
        "JSONL",
        column_data="text",
        column_label=kind.spans or kind.categories,
        encoding="utf_8",
        delimiter="",
    )
    result = session.wait(task, f"import of {len(rows)} documents", tick=tick)
    errors: list[Any] = (result or {}).get("error") or []
    if errors:
        raise TaskFailed(
            f"Doccano refused {len(errors)} rows ({errors[0]})",
            "run the command again; what arrived is not sent twice, and if a row is refused again, "
            "look at the log of Doccano's worker",
        )


def split_by_spans(batch: Batch, most: int = MAX_SPANS_PER_FILE) -> Iterator[Batch]:
    """Split a batch so that no part has too many spans; a document is never split."""
    part: Batch = []
    total = 0
    for document, annotation in batch:
        if part and total + len(annotation.spans) > most:
            yield part
            part, total = [], 0
        part.append((document, annotation))
        total += len(annotation.spans)
    yield part
