"""What Doccano holds: one export and one listing for all of it, REST for who changed an example."""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests
from doccano_client.models.data_download import Option
from doccano_client.repositories.data_download import DataDownloadRepository
from doccano_client.repositories.label_type import SpanTypeRepository
from doccano_client.repositories.user import UserRepository

from curate.doccano.codec import decode, to_span
from curate.doccano.session import Session
from curate.errors import RemoteError
from curate.model import Annotation, Attribution, Example, Span
from curate.offsets import Utf16


def snapshot(
    session: Session, project: int, tick: Callable[[], None] = lambda: None
) -> Iterator[Example]:
    """Every example of a project, streamed: spans from an export, confirmations from the listing.

    The listing is read after the export. An example that is confirmed in between is seen as
    confirmed with the spans of a moment before; the next sync sees the rest, because what is
    compared is always the content.

    Raises:
        RemoteError: the export failed, or is not the file it should be.
    """
    with tempfile.TemporaryDirectory(prefix="curate-") as folder:
        archive = _export(session, project, Path(folder), tick)
        confirmed = {
            int(row["id"])
            for row in session.pages(f"projects/{project}/examples", confirmed="true")
        }
        for row in _rows(archive):
            yield decode(row, int(row["id"]) in confirmed)


def _export(session: Session, project: int, folder: Path, tick: Callable[[], None]) -> Path:
    downloads = DataDownloadRepository(session)
    option = Option(name="JSONL", example="")
    task = downloads.schedule_download(project, option)
    session.wait(task, f"export of project {project}", tick=tick)
    try:
        return Path(downloads.download(project, task, str(folder)))
    except (requests.RequestException, KeyError) as error:
        raise RemoteError(
            f"the export of project {project} broke off ({error})", "run the command again"
        ) from error


def _rows(archive: Path) -> Iterator[dict[str, Any]]:
    try:
        with zipfile.ZipFile(archive) as file, file.open("all.jsonl") as lines:
            for line in lines:
                if line.strip():
                    yield json.loads(line)
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise RemoteError(
            f"the export of Doccano cannot be read ({error})", "run the command again"
        ) from error


class Names:
    """The names behind the numbers of users and labels, asked for once a project."""

    def __init__(self, session: Session, project: int) -> None:
        self._labels = {row.id: row.text for row in SpanTypeRepository(session).list(project)}
        self._users = {user.id: user.username for user in UserRepository(session).list()}

    def label(self, number: int) -> str:
        """Name of a span label."""
        return str(self._labels[number])

    def label_number(self, name: str) -> int:
        """Number of a span label."""
        return next(int(number) for number, text in self._labels.items() if text == name)

    def user(self, number: int | None) -> str:
        """Name of a user; the number where the account is gone."""
        return str(self._users.get(number, f"user-{number}"))


def attribute(
    session: Session, project: int, example: int, names: Names, base: Annotation
) -> Attribution:
    """Who did what in one example.

    A span that is in ``base`` keeps the provenance it has there. Any other one was made or changed
    by a person. Doccano keeps the user who made a span and not the one who changed it, and what
    curate imported belongs to its own account; so a span of that account which is new or changed is
    put down to the person who confirmed the document, and to the account only if nobody did.
    """
    spans = session.get(f"projects/{project}/examples/{example}/spans").json()
    states = list(session.pages(f"projects/{project}/examples/{example}/states"))
    state = max(states, key=lambda row: str(row["confirmed_at"]), default=None)
    confirmed_by = names.user(state["confirmed_by"]) if state else ""
    own = names.user(session.user_id)
    known = {span.key: span for span in base.spans}
    where = text_units(session, project, example)
    result: list[Span] = []
    for row in spans:
        label = names.label(row["label"])
        span = to_span(where, row["start_offset"], row["end_offset"], label)
        user = names.user(row["user"])
        by = confirmed_by if confirmed_by and user == own else user
        at = utc(row["updated_at"])
        found = known.get(span.key)
        result.append(found or Span(*span.key, by=f"annotator:{by}", at=at))
    annotation = Annotation(document=base.document, layer="remote", spans=tuple(result)).sorted()
    return Attribution(
        annotation=annotation,
        confirmed_by=confirmed_by,
        confirmed_at=utc(state["confirmed_at"]) if state else "",
    )


def text_units(session: Session, project: int, example: int) -> Utf16:
    """Offsets of an example's text."""
    return Utf16(session.get(f"projects/{project}/examples/{example}").json()["text"])


def utc(time: str) -> str:
    """A time of the server in UTC to the second, with a final Z."""
    moment = datetime.fromisoformat(time).astimezone(UTC)
    return moment.replace(microsecond=0, tzinfo=None).isoformat() + "Z"
