"""Format ``parquet``: one row per document. As curate writes it, nothing is lost.

Reading: columns as described in ``rows``, in batches. Class labels of ``datasets`` are read as
their names.

Writing: the columns of ``jsonl``. ``meta`` is a struct with a field for every name that occurs in
the corpus, null where a document lacks it; ``spans``, ``relations`` and ``categories`` are lists of
structs. The names are known only at the end, so the rows go through a temporary ``jsonl`` file
first: memory holds one row group, however many documents there are.

Reference: https://parquet.apache.org/docs/file-format/
"""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from curate.formats import jsonl as jsonl_format
from curate.formats import rows
from curate.formats.atomic_files import replace_file
from curate.formats.jsonl import JsonlRow
from curate.formats.reading import ReadItem, ReadOptions, refuse
from curate.formats.source_file import SourceFile
from curate.formats.writing import ExportedFile, ExportJob, GoldDocument
from curate.util import jsonl

if TYPE_CHECKING:
    import pyarrow as pa


_BATCH = 1024


def read(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """Each row as a document; rows count from 1."""
    import pyarrow as pa

    try:
        for number, row in enumerate(read_rows(source), 1):
            yield from rows.read_row(row, source.at(number), rows.told(row), options)
    except pa.ArrowException as error:
        yield refuse("unreadable", f"not a Parquet file ({error})", str(source))


def read_rows(source: SourceFile) -> Iterator[dict[str, Any]]:
    """The rows of the file, with names for class labels.

    Raises:
        pyarrow.ArrowException: it is no Parquet file.
    """
    import pyarrow.parquet as pq

    plain = source.path.suffix.lower() == ".parquet" and not source.is_input
    with pq.ParquetFile(source.path if plain else io.BytesIO(source.data())) as file:
        features = _features(file.schema_arrow.metadata or {})
        for batch in file.iter_batches(batch_size=_BATCH):
            for row in batch.to_pylist():
                yield _named(row, features) if features else row


def _features(metadata: dict[bytes, bytes]) -> Any:
    """What ``datasets`` says of the columns, None where it does not say anything."""
    try:
        return json.loads(metadata[b"huggingface"])["info"]["features"]
    except (KeyError, TypeError, ValueError):
        return None


def _named(value: Any, feature: Any) -> Any:
    """A value with the names of its class labels in the place of their numbers."""
    if value is None or not isinstance(feature, dict | list):
        return value
    if isinstance(feature, list) or "feature" in feature:
        inner = feature[0] if isinstance(feature, list) else feature["feature"]
        return [_named(item, inner) for item in value] if isinstance(value, list) else value
    if feature.get("_type") == "ClassLabel":
        names = feature["names"]
        return names[value] if isinstance(value, int) and 0 <= value < len(names) else value
    if isinstance(value, dict):
        return {name: _named(item, feature.get(name)) for name, item in value.items()}
    return value


GROUP = 1000  # documents in a row group


def write(pairs: Iterable[GoldDocument], target: Path, job: ExportJob) -> ExportedFile:
    """Write the file; see ``curate.formats.export.write``."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with tempfile.TemporaryDirectory() as folder:
        spool = Path(folder) / "rows.jsonl"
        exported = jsonl_format.write(pairs, spool, job)
        columns = _columns(
            sorted({name for row in jsonl.read(spool, JsonlRow) for name in row.meta})
        )
        with replace_file(target) as file, pq.ParquetWriter(file, columns) as writer:
            for group in _groups(spool):
                writer.write_batch(pa.RecordBatch.from_pylist(group, columns))
    return msgspec.structs.replace(exported, path=str(target), format="parquet")


def _groups(spool: Path) -> Iterator[list[dict[str, Any]]]:
    rows = jsonl.read(spool, JsonlRow)
    while group := [row_dict(row) for row in islice(rows, GROUP)]:
        yield group


def row_dict(row: JsonlRow) -> dict[str, Any]:
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
