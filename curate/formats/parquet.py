"""Format ``parquet``: one row per document. As curate writes it, nothing is lost.

Reading: columns as described in ``rows``, or rows of tokens as in ``tagged_rows``, in batches.
Class labels of ``datasets`` are read as their names.

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
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from curate.formats.atomic_files import replace_file
from curate.formats.json_objects import JsonObject
from curate.formats.jsonl import JsonlRow
from curate.formats.jsonl import write as write_jsonl
from curate.formats.reading import ReadItem, ReadOptions, as_text, refuse
from curate.formats.rows import read_row
from curate.formats.source_file import SourceFile
from curate.formats.tagged_rows import is_tagged
from curate.formats.tagged_rows import read_rows as read_tagged_rows
from curate.formats.writing import ExportedFile, ExportJob, GoldDocument
from curate.util import jsonl
from curate.util.batches import batched

if TYPE_CHECKING:
    import pyarrow as pa

_READ_BATCH = 1024  # rows that are read at a time
_ROW_GROUP = 1000  # documents in a row group


def read(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield the document of each row, or of each row of tokens; rows are numbered from 1."""
    import pyarrow as pa

    kept = list(read_rows(source)) if source.is_stdin else None  # it can be read only once

    def rows() -> Iterator[JsonObject]:
        values = read_rows(source) if kept is None else kept
        for number, row in enumerate(values, 1):
            yield JsonObject(row, source.location(number), as_text(row))

    try:
        first = next(rows(), None)
        if first is not None and is_tagged(first.value):
            yield from read_tagged_rows(rows, options, str(source))
            return
        for row in rows():
            yield from read_row(row.value, row.where, row.text, options)
    except pa.ArrowException as error:
        yield refuse("unreadable", f"not a Parquet file ({error})", str(source))


def read_rows(source: SourceFile) -> Iterator[dict[str, Any]]:
    """The rows of a file, with the names of class labels instead of their numbers.

    Raises:
        pyarrow.ArrowException: it is not a Parquet file.
    """
    import pyarrow.parquet as pq

    is_plain = source.path.suffix.lower() == ".parquet" and not source.is_stdin
    with pq.ParquetFile(source.path if is_plain else io.BytesIO(source.data())) as file:
        features = _features(file.schema_arrow.metadata or {})
        for batch in file.iter_batches(batch_size=_READ_BATCH):
            for row in batch.to_pylist():
                yield _with_label_names(row, features) if features else row


def _features(metadata: dict[bytes, bytes]) -> Any:
    """The types of the columns according to ``datasets``, None if it did not write the file."""
    try:
        return json.loads(metadata[b"huggingface"])["info"]["features"]
    except (KeyError, TypeError, ValueError):
        return None


def _with_label_names(value: Any, feature: Any) -> Any:
    """A value with the names of its class labels instead of their numbers."""
    if value is None or not isinstance(feature, dict | list):
        return value
    if isinstance(feature, list) or "feature" in feature:
        inner = feature[0] if isinstance(feature, list) else feature["feature"]
        if not isinstance(value, list):
            return value
        return [_with_label_names(item, inner) for item in value]
    if feature.get("_type") == "ClassLabel":
        names = feature["names"]
        return names[value] if isinstance(value, int) and 0 <= value < len(names) else value
    if isinstance(value, dict):
        return {name: _with_label_names(item, feature.get(name)) for name, item in value.items()}
    return value


def write(documents: Iterable[GoldDocument], target: Path, job: ExportJob) -> ExportedFile:
    """Write the file; see ``curate.formats.export.write``."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with tempfile.TemporaryDirectory() as folder:
        spool = Path(folder) / "rows.jsonl"
        exported = write_jsonl(documents, spool, job)
        columns = _columns(
            sorted({name for row in jsonl.read(spool, JsonlRow) for name in row.meta})
        )
        rows = (row_dict(row) for row in jsonl.read(spool, JsonlRow))
        with replace_file(target) as file, pq.ParquetWriter(file, columns) as writer:
            for group in batched(rows, _ROW_GROUP):
                writer.write_batch(pa.RecordBatch.from_pylist(group, columns))
    return msgspec.structs.replace(exported, path=str(target), format="parquet")


def row_dict(row: JsonlRow) -> dict[str, Any]:
    """A row as dictionaries in which every field is present, including those with defaults."""
    columns: dict[str, Any] = msgspec.to_builtins(row)
    for annotation in (*columns["spans"], *columns["relations"], *columns["categories"]):
        annotation.setdefault("by", "")
        annotation.setdefault("at", "")
    return columns


def _columns(meta: list[str]) -> pa.Schema:
    """The types of the columns; a corpus without any metadata has no column for it."""
    import pyarrow as pa

    text, number = pa.string(), pa.int64()
    key = [("start", number), ("end", number), ("label", text)]
    provenance = [("by", text), ("at", text)]
    span = pa.struct([*key, *provenance, ("score", pa.float64())])
    relation = pa.struct(
        [("head", pa.struct(key)), ("tail", pa.struct(key)), ("label", text), *provenance]
    )
    category = pa.struct([("label", text), *provenance])
    return pa.schema(
        [
            ("id", text),
            ("text", text),
            ("lang", text),
            *([("meta", pa.struct([(name, text) for name in meta]))] if meta else []),
            ("spans", pa.list_(span)),
            ("relations", pa.list_(relation)),
            ("categories", pa.list_(category)),
            ("revision", number),
            ("confirmed_by", text),
        ]
    )
