"""The server's own numbers of examples, where the metadata of some hide them in the export.

An export writes an example's metadata over its own fields. A file that Doccano exported has the
numbers of its examples in it; imported again by hand, they become metadata, and from then on the
export shows the old numbers. To take one for the server's own is to read, change or delete another
example, so where there is any sign of it the numbers are taken from the listing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import Any

import msgspec

from curate.doccano.codec import ID_FIELD
from curate.doccano.session import Session
from curate.errors import RemoteError

Row = dict[str, Any]


class _RowIds(msgspec.Struct):
    """What of an exported row tells about numbers."""

    id: Any
    document: Any = msgspec.field(name=ID_FIELD, default=None)


def newest_example(session: Session, project: int) -> int | None:
    """Number of the example that was made last."""
    query = {"limit": 1, "ordering": "-created_at"}
    rows = session.get(f"projects/{project}/examples", params=query).json()["results"]
    return int(rows[0]["id"]) if rows else None


def ids_hidden(lines: Iterable[bytes], last: int | None) -> bool:
    """Whether the rows of an export may have other numbers than the server's own.

    Rows come in the order in which their examples were made, and so do numbers: those that do not
    ascend, or do not end with the last one, are others. A document that is there twice is looked
    at in any case, since a copy is what will be deleted.

    Args:
        lines: the rows, undecoded.
        last: number of the newest example.
    """
    documents: set[str] = set()
    before = 0
    try:
        for head in map(msgspec.json.Decoder(_RowIds).decode, lines):
            again = bool(head.document) and head.document in documents
            if again or not isinstance(head.id, int) or head.id <= before:
                return True
            documents.add(str(head.document))
            before = head.id
    except msgspec.DecodeError:
        return True  # metadata can hold what is no JSON, such as NaN; only it is read otherwise
    return last is not None and before != last


def match_listing(
    session: Session, project: int, rows: Iterable[Row]
) -> Iterator[tuple[Row, bool]]:
    """Rows of an export with the server's own numbers, and whether each is confirmed.

    Raises:
        RemoteError: rows and listing do not go together.
    """
    listed = session.pages(f"projects/{project}/examples", ordering="created_at")
    for row, entry in zip_longest(rows, listed):
        if row is None:
            return  # made after the export
        if entry is None or not _is_same(row, entry):
            raise RemoteError(
                f"examples of project {project} came or went while they were read",
                "run the command again",
            )
        yield {**row, "id": int(entry["id"])}, bool(entry["is_confirmed"])


def _is_same(row: Row, entry: Row) -> bool:
    shown = (entry["meta"] or {}).get("id", entry["id"])
    return bool(row.get("id") == shown and row.get("text") == entry["text"])
