"""Documents to Doccano: files of at most 1,000 rows, each one import task."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from doccano_client.repositories.data_upload import DataUploadRepository

from curate import jsonl
from curate.doccano.codec import encode
from curate.doccano.session import Session
from curate.errors import RemoteError, TaskFailed
from curate.model import Annotation, Document

# One file of at most this many rows is one insert on the server (its IMPORT_BATCH_SIZE), so that
# a unique key that is there already refuses the whole file and adds nothing.
BATCH = 1000

Row = tuple[Document, Annotation]


def batches(rows: Iterable[Row], size: int = BATCH) -> Iterator[list[Row]]:
    """Cut a stream into lists of at most ``size``."""
    iterator = iter(rows)
    while batch := list(islice(iterator, size)):
        yield batch


def push(
    session: Session,
    project: int,
    marker: str,
    batch: list[Row],
    tick: Callable[[], None] = lambda: None,
    extra: tuple[str, ...] = (),
) -> None:
    """Import one batch. What arrived must be read back: labels are a second insert of the server.

    Args:
        extra: fields of the documents' metadata to show beside the usual ones.

    Raises:
        TaskFailed: the server refused a row or the task broke; some documents may have arrived.
    """
    with tempfile.TemporaryDirectory(prefix="curate-") as folder:
        path = Path(folder) / f"curate-{batch[0][0].id}-{len(batch)}.jsonl"
        path.write_bytes(b"".join(jsonl.lines(_row(row, marker, extra) for row in batch)))
        uploads = DataUploadRepository(session)
        upload = uploads.upload(str(path))
    if not _UPLOAD.fullmatch(upload):  # a proxy can answer 200 with a page of its own
        raise RemoteError("the upload was answered with something that is no upload id", _CURE)
    task = uploads.ingest(project, [upload], "SequenceLabeling", "JSONL", **_COLUMNS)
    result = session.wait(task, f"import of {len(batch)} documents", tick=tick)
    errors: list[Any] = (result or {}).get("error") or []
    if errors:
        raise TaskFailed(f"Doccano refused {len(errors)} rows ({errors[0]})", "run `curate doctor`")


_UPLOAD = re.compile(r"\w{22}")  # django-drf-filepond: a shortuuid
_CURE = "check that CURATE_DOCCANO_URL is the address of a Doccano server"
_COLUMNS = {"column_data": "text", "column_label": "label", "encoding": "utf_8", "delimiter": ""}


def _row(row: Row, marker: str, extra: tuple[str, ...]) -> dict[str, Any]:
    document, annotation = row
    more = {name: document.meta.get(name, "") for name in extra}
    return {**encode(document, annotation, marker), **more}
