"""Format ``parquet``: a document a row, with the columns of ``jsonl``; nothing is lost.

``meta`` is a struct with a field for every name that a document of the corpus has, null where a
document lacks it; ``spans``, ``relations`` and ``categories`` are lists of structs. The names are
known only at the end, so that the rows go through a ``jsonl`` file first: memory holds one group
of rows, however many there are.
Reference: https://parquet.apache.org/docs/file-format/
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from curate.formats.writers import json_lines
from curate.formats.writers.common import Exported, Job, Pair
from curate.formats.writers.files import replacing
from curate.formats.writers.json_lines import Row
from curate.util import jsonl

if TYPE_CHECKING:
    import pyarrow as pa

GROUP = 1000  # documents in a row group


def write(pairs: Iterable[Pair], target: Path, job: Job) -> Exported:
    """Write the file; see ``curate.formats.writers.write``."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with tempfile.TemporaryDirectory() as folder:
        spool = Path(folder) / "rows.jsonl"
        exported = json_lines.write(pairs, spool, job)
        columns = _columns(sorted({name for row in jsonl.read(spool, Row) for name in row.meta}))
        with replacing(target) as file, pq.ParquetWriter(file, columns) as writer:
            for group in _groups(spool):
                writer.write_batch(pa.RecordBatch.from_pylist(group, columns))
    return msgspec.structs.replace(exported, path=str(target), format="parquet")


def _groups(spool: Path) -> Iterator[list[dict[str, Any]]]:
    rows = jsonl.read(spool, Row)
    while group := [plain(row) for row in islice(rows, GROUP)]:
        yield group


def plain(row: Row) -> dict[str, Any]:
    """A row as dictionaries in which every field is there, also where it has its default."""
    made: dict[str, Any] = msgspec.to_builtins(row)
    for item in (*made["spans"], *made["relations"], *made["categories"]):
        item.setdefault("by", "")
        item.setdefault("at", "")
    return made


def _columns(names: list[str]) -> pa.Schema:
    """The types of the columns; a corpus without any metadata has no column for it."""
    import pyarrow as pa

    text, number = pa.string(), pa.int64()
    end = [("start", number), ("end", number), ("label", text)]
    said = [("by", text), ("at", text)]
    span = pa.struct([*end, *said, ("score", pa.float64())])
    arrow = pa.struct([("head", pa.struct(end)), ("tail", pa.struct(end)), ("label", text), *said])
    category = pa.struct([("label", text), *said])
    meta = [("meta", pa.struct([(name, text) for name in names]))] if names else []
    return pa.schema(
        [
            ("id", text),
            ("text", text),
            ("lang", text),
            *meta,
            ("spans", pa.list_(span)),
            ("relations", pa.list_(arrow)),
            ("categories", pa.list_(category)),
            ("revision", number),
            ("confirmed_by", text),
        ]
    )
