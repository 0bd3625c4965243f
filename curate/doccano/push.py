"""Pushing documents to Doccano: files of JSON Lines, each of them one import task.

A file that is refused is halved until the documents that it is refused for stand alone, so that
each of them stops only itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from curate.doccano import answers
from curate.doccano.client import DataUploadRepository
from curate.doccano.codec import ID_FIELD, encode
from curate.doccano.project_types import SPANS, ProjectKind
from curate.doccano.session import Refused, Session, TaskPending
from curate.errors import DocumentRefused, RemoteError, TaskFailed
from curate.model import Annotation, Document
from curate.util import jsonl

# SQLite takes 32,766 values in one query, unless it was built to take more.
MAX_SPANS_PER_FILE = 30_000

# With so many documents refused and none accepted, it is the server that is at fault, unless one
# of some others is accepted.
_SUSPICIOUS = 3
_PROBES = 5

# What an upload is refused with for its content: by its size, or by a filter before the server.
_OF_CONTENT = (400, 403, 406, 413, 415, 422)
_TOO_LARGE = 413
_UPLOAD_ID = re.compile(r"\w{22}")  # django-drf-filepond: a shortuuid

Batch = list[tuple[Document, Annotation]]


class FileSize:
    """What size of file the way to a server takes, in bytes, as far as it is known.

    Attributes:
        accepted: the largest file that was taken.
        limit: the largest that is tried; None as long as none was refused for its size.
    """

    def __init__(self) -> None:
        self.accepted = 0
        self.limit: int | None = None


class PushResult(NamedTuple):
    """What became of a batch, apart from what arrived.

    Args:
        refused: why, for each document that the server refused, by its id.
        unsent: ids of documents that were not tried, because the server refuses all.
    """

    refused: dict[str, RemoteError]
    unsent: tuple[str, ...] = ()


class _Line(NamedTuple):
    """The line of a file that one document is."""

    document: str
    content: bytes


_Lines = list[_Line]


def push(
    session: Session,
    project: int,
    marker: str,
    batch: Batch,
    tick: Callable[[], None] = lambda: None,
    extra: tuple[str, ...] = (),
    kind: ProjectKind = SPANS,
    size: FileSize | None = None,
) -> PushResult:
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
        size: what is known of the size of files; updated.

    Raises:
        RemoteError: the server failed, or refuses for a reason that is no document; some documents
            may have arrived.
    """
    refused: dict[str, RemoteError] = {}
    files: list[_Lines] = []
    for part in split_by_spans(batch) if kind.numbered else [batch]:
        lines: _Lines = []
        for document, annotation in part:
            try:
                row = encode(document, annotation, marker, kind)
            except DocumentRefused as error:
                refused[document.id] = error
            else:
                row |= {name: document.meta.get(name, "") for name in extra}
                lines.append(_Line(document.id, jsonl.canonical(row) + b"\n"))
        files.append(lines)
    result = _Importer(session, project, kind, tick, size or FileSize()).run(files)
    return PushResult({**refused, **result.refused}, result.unsent)


class _Importer:
    """Imports files, and halves those that are refused."""

    def __init__(
        self,
        session: Session,
        project: int,
        kind: ProjectKind,
        tick: Callable[[], None],
        size: FileSize,
    ) -> None:
        self._session = session
        self._project = project
        self._kind = kind
        self._tick = tick
        self._size = size
        self._accepted = 0
        self._refused: dict[str, RemoteError] = {}
        self._repeated: set[str] = set()
        self._suspects = 0
        self._probed = False

    def run(self, files: list[_Lines]) -> PushResult:
        pending = [lines for lines in reversed(files) if lines]
        while pending:
            lines = pending.pop()
            limit = self._size.limit
            if limit is not None and len(lines) > 1 and _bytes(lines) > limit:
                pending += reversed(list(_packed(lines, limit)))
                continue
            pending += self._try(lines)
            if self._is_hopeless(pending):
                unsent = tuple(line.document for lines in pending for line in lines)
                return PushResult(self._refused, unsent)
        return PushResult(self._refused)

    def _try(self, lines: _Lines) -> list[_Lines]:
        """Import a file; returns what to try instead if it was refused, the last one first."""
        try:
            self._import(lines)
        except Refused as error:
            if error.status not in _OF_CONTENT:
                raise
            if error.status == _TOO_LARGE and len(lines) > 1:
                self._size.limit = min(self._size.limit or _bytes(lines), _bytes(lines)) // 2
                return [lines]
            return self._divide(lines, error)
        except TaskPending:
            raise
        except TaskFailed as error:
            # The documents may be there nevertheless: labels are inserted after them, and an
            # earlier import whose answer was lost may have brought them.
            missing = self._missing(lines)
            self._accepted += len(lines) - len(missing)
            if len(missing) == 1 and missing[0].document not in self._repeated:
                # A task also fails because the server was busy, which is no fault of a document.
                self._repeated.add(missing[0].document)
                return [missing]
            return self._divide(missing, error)
        self._accepted += len(lines)
        return []

    def _divide(self, lines: _Lines, error: RemoteError) -> list[_Lines]:
        if len(lines) > 1:
            middle = len(lines) // 2
            return [lines[middle:], lines[:middle]]
        for line in lines:
            self._refused[line.document] = self._reason(line, error)
            self._suspects += not isinstance(self._refused[line.document], DocumentRefused)
        return []

    def _reason(self, line: _Line, error: RemoteError) -> RemoteError:
        if not isinstance(error, Refused) or error.status != _TOO_LARGE:
            return error
        taken = f"; it took {self._size.accepted:,} bytes" if self._size.accepted else ""
        return DocumentRefused(
            f"{self._session.url} does not take a file of {len(line.content):,} bytes, which this "
            f"document alone is{taken} (413)",
            f"raise the limit for request bodies on the proxy to {2 * len(line.content):,} bytes "
            "(nginx: client_max_body_size)",
        )

    def _is_hopeless(self, pending: list[_Lines]) -> bool:
        """Whether the server refuses everything, as far as some documents can tell."""
        if self._accepted or self._probed or self._suspects < _SUSPICIOUS:
            return False
        self._probed = True
        rest = [line for lines in reversed(pending) for line in lines]
        for line in rest[:: max(1, len(rest) // _PROBES)]:
            _remove(pending, line)
            pending += self._try([line])
            if self._accepted:
                return False
        return True

    def _missing(self, lines: _Lines) -> _Lines:
        """Those of the documents of a refused file that are not in the project."""
        resource = f"projects/{self._project}/examples"
        if len(lines) == 1:
            rows = self._session.pages(resource, q=lines[0].document)
        else:
            # Others may have added some since, but hardly as many.
            query = {"ordering": "-created_at", "limit": 2 * len(lines)}
            rows = self._session.get(resource, params=query).json()["results"]
        there = {str((row["meta"] or {}).get(ID_FIELD)) for row in rows}
        return [line for line in lines if line.document not in there]

    def _import(self, lines: _Lines) -> None:
        content = b"".join(line.content for line in lines)
        upload = self._upload(f"curate-{lines[0].document}-{len(lines)}.jsonl", content)
        self._size.accepted = max(self._size.accepted, len(content))
        task = DataUploadRepository(self._session).ingest(
            self._project,
            [upload],
            self._kind.task,
            "JSONL",
            column_data="text",
            column_label=self._kind.spans or self._kind.categories,
            encoding="utf_8",
            delimiter="",
        )
        result = self._session.wait(task, f"import of {len(lines)} documents", tick=self._tick)
        errors: list[Any] = (result or {}).get("error") or []
        if errors:
            raise TaskFailed(
                f"Doccano refused {len(errors)} rows ({errors[0]})",
                "run the command again; what arrived is not sent twice, and if a row is refused "
                "again, look at the log of Doccano's worker",
            )

    def _upload(self, name: str, content: bytes) -> str:
        """Upload a file; returns the server's id of it.

        The client's own method sends a stream, which cannot be sent a second time.
        """
        headers = {"Content-Type": None, "Accept": "*/*"}  # None: that of a form with a file
        files = {"filepond": (name, content)}
        response = self._session.post("fp/process/", files=files, headers=headers)
        upload = str(response.text)
        if not _UPLOAD_ID.fullmatch(upload):  # a proxy can answer 200 with a page of its own
            raise RemoteError(
                "the answer to the upload is not an upload id", answers.check_address()
            )
        return upload


def _bytes(lines: _Lines) -> int:
    return sum(len(line.content) for line in lines)


def _packed(lines: _Lines, limit: int) -> Iterator[_Lines]:
    """Files of at most so many bytes, or of one document."""
    part: _Lines = []
    total = 0
    for line in lines:
        if part and total + len(line.content) > limit:
            yield part
            part, total = [], 0
        part.append(line)
        total += len(line.content)
    yield part


def _remove(pending: list[_Lines], line: _Line) -> None:
    """Take a document out of the files that are still to be sent."""
    for lines in pending:
        if line in lines:
            lines.remove(line)
    pending[:] = [lines for lines in pending if lines]


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
