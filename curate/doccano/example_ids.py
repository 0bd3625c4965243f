"""The server's own ids of examples, where the metadata of some hide them in the export.

An export writes an example's metadata over its own fields. A file that Doccano exported contains
the ids of its examples; imported again by hand, they become metadata, and from then on the export
shows the old ids. To take one of them for the server's own is to read, change or delete another
example. So where there is any sign of it, the ids are taken from the listing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import Any

import msgspec

from curate.doccano.codec import ID_FIELD, Row
from curate.doccano.session import Session
from curate.errors import RemoteError


class _RowIds(msgspec.Struct):
    """The ids in a row of an export: of its example and of its document."""

    id: Any
    document: Any = msgspec.field(name=ID_FIELD, default=None)


def newest_example(session: Session, project: int) -> int | None:
    """Id of the example that was made last; None if there is none."""
    query = {"limit": 1, "ordering": "-created_at"}
    rows = session.get(f"projects/{project}/examples", params=query).json()["results"]
    return int(rows[0]["id"]) if rows else None


def ids_hidden(lines: Iterable[bytes], newest: int | None) -> bool:
    """Whether the rows of an export may have other ids than the server's own.

    Rows come in the order in which their examples were made, and so do ids: if they do not ascend,
    or do not end with the newest one, they are others. A document that is there twice counts as a
    sign in any case, since a copy is what will be deleted.

    Args:
        lines: the rows, not decoded.
        newest: id of the newest example.
    """
    documents: set[str] = set()
    last = 0
    try:
        for row in map(msgspec.json.Decoder(_RowIds).decode, lines):
            copy = bool(row.document) and row.document in documents
            if copy or not isinstance(row.id, int) or row.id <= last:
                return True
            documents.add(str(row.document))
            last = row.id
    except msgspec.DecodeError:
        return True  # metadata can hold what JSON lacks, such as NaN, which json.loads accepts
    return newest is not None and last != newest


def match_listing(
    session: Session, project: int, rows: Iterable[Row]
) -> Iterator[tuple[Row, bool]]:
    """Rows of an export with the server's own ids, and whether each is confirmed.

    Raises:
        RemoteError: export and listing do not match.
    """
    listing = session.pages(f"projects/{project}/examples", ordering="created_at")
    for row, listed in zip_longest(rows, listing):
        if row is None:
            return  # this example and the rest were made after the export
        if listed is None or not _is_same(row, listed):
            raise RemoteError(
                f"examples of project {project} were added or deleted while they were read",
                "run the command again",
            )
        yield {**row, "id": int(listed["id"])}, bool(listed["is_confirmed"])


def _is_same(row: Row, listed: Row) -> bool:
    exported_id = (listed["meta"] or {}).get("id", listed["id"])
    return bool(row.get("id") == exported_id and row.get("text") == listed["text"])
