"""Documents to Doccano: files of at most 1,000 rows, each one import task."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from doccano_client.repositories.data_upload import DataUploadRepository

from curate.doccano.codec import ID_FIELD, encode
from curate.doccano.project_types import SPANS, ProjectKind
from curate.doccano.session import Session
from curate.errors import RemoteError, TaskFailed
from curate.model import Annotation, Document
from curate.util import jsonl

# SQLite takes 32,766 values in one query, unless it was built to take more.
MAX_SPANS_PER_FILE = 30_000

Row = tuple[Document, Annotation]


def push(
    session: Session,
    project: int,
    marker: str,
    batch: list[Row],
    tick: Callable[[], None] = lambda: None,
    extra: tuple[str, ...] = (),
    kind: ProjectKind = SPANS,
) -> None:
    """Import one batch. What arrived must be read back: labels are a second insert of the server.

    A batch with relations goes in several files if it has very many spans, because the server looks
    up all spans of a file in one query.

    Args:
        extra: fields of the documents' metadata to show beside the usual ones.
        kind: what the project holds.

    Raises:
        TaskFailed: the server refused a row or the task broke; some documents may have arrived.
    """
    for part in split_by_spans(batch) if kind.numbered else [batch]:
        rows = [_row(row, marker, extra, kind) for row in part]
        _import(session, project, rows, tick, kind)


def _import(
    session: Session,
    project: int,
    rows: list[dict[str, Any]],
    tick: Callable[[], None],
    kind: ProjectKind,
) -> None:
    with tempfile.TemporaryDirectory(prefix="curate-") as folder:
        path = Path(folder) / f"curate-{rows[0][ID_FIELD]}-{len(rows)}.jsonl"
        path.write_bytes(b"".join(jsonl.lines(rows)))
        uploads = DataUploadRepository(session)
        upload = uploads.upload(str(path))
    if not _UPLOAD.fullmatch(upload):  # a proxy can answer 200 with a page of its own
        raise RemoteError("the upload was answered with something that is no upload id", _HINT)
    columns = {**_COLUMNS, "column_label": kind.spans or kind.categories}
    task = uploads.ingest(project, [upload], kind.task, "JSONL", **columns)
    result = session.wait(task, f"import of {len(rows)} documents", tick=tick)
    errors: list[Any] = (result or {}).get("error") or []
    if errors:
        raise TaskFailed(f"Doccano refused {len(errors)} rows ({errors[0]})", "run `curate doctor`")


_UPLOAD = re.compile(r"\w{22}")  # django-drf-filepond: a shortuuid
_HINT = "check that CURATE_DOCCANO_URL is the address of a Doccano server"
_COLUMNS = {"column_data": "text", "encoding": "utf_8", "delimiter": ""}


def split_by_spans(batch: list[Row], most: int = MAX_SPANS_PER_FILE) -> Iterator[list[Row]]:
    """Cut a batch so that no part has too many spans; a document is never cut."""
    part: list[Row] = []
    spans = 0
    for row in batch:
        here = len(row[1].spans)
        if part and spans + here > most:
            yield part
            part, spans = [], 0
        part.append(row)
        spans += here
    yield part


def _row(row: Row, marker: str, extra: tuple[str, ...], kind: ProjectKind) -> dict[str, Any]:
    document, annotation = row
    more = {name: document.meta.get(name, "") for name in extra}
    return {**encode(document, annotation, marker, kind), **more}
