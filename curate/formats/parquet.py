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

import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from curate.formats.atomic_files import replace_file
from curate.formats.content import Evidence
from curate.formats.json_objects import JsonObject
from curate.formats.jsonl import JsonlRow
from curate.formats.jsonl import write as write_jsonl
from curate.formats.reading import ReadItem, ReadOptions, as_text, refuse
from curate.formats.rows import read_row
from curate.formats.source_file import SourceFile
from curate.formats.streams import check_bound, regular_file, shown, unpack_bound
from curate.formats.tagged_rows import is_tagged
from curate.formats.tagged_rows import read_rows as read_tagged_rows
from curate.formats.writing import ExportedFile, ExportJob, GoldDocument
from curate.util import jsonl
from curate.util.batches import batched

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

_MAGIC = b"PAR1"
_READ_BATCH = 1024  # rows that are read at a time
_BYTES = ("string", "binary")
_AT_ONCE = 1 << 26  # bytes of them that are in memory as Python's objects
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


def sniff(source: SourceFile) -> Evidence:
    """Whether it begins as a Parquet file does."""
    return Evidence.SHAPE if source.head.startswith(_MAGIC) else Evidence.ENDING


def read_rows(source: SourceFile) -> Iterator[dict[str, Any]]:
    """The rows of a file, with the names of class labels instead of their numbers.

    A few bytes may stand for a value that is repeated often, so each batch is decoded only after
    its size is known to be within the bound of compressed files.

    Raises:
        pyarrow.ArrowException: it is not a Parquet file.
        UnpackError: it unpacks to more than its bound.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    is_plain = source.path.suffix.lower() == ".parquet" and not source.is_stdin
    if is_plain:
        content = pa.OSFile(os.fsencode(regular_file(source.path)))
    else:
        content = pa.BufferReader(source.data())
    bound = unpack_bound(content.size(), source.unpack_limit)
    with pq.ParquetFile(content) as file:
        strings = _string_columns(file.metadata, bound)
        features = _features(file.schema_arrow.metadata or {})
        with pq.ParquetFile(content, read_dictionary=strings) as packed:
            sizes = _checked_sizes(packed, bound)
            for size, batch in zip(sizes, _batches(file), strict=True):
                step = max(1, batch.num_rows * _AT_ONCE // max(size, _AT_ONCE))
                for start in range(0, batch.num_rows, step):
                    for row in batch.slice(start, step).to_pylist():
                        yield _with_label_names(row, features) if features else row


def _batches(file: pq.ParquetFile) -> Iterator[pa.RecordBatch]:
    """The rows in batches, none of which is of two row groups: nested dictionaries do not join."""
    for number in range(file.metadata.num_row_groups):
        yield from file.iter_batches(_READ_BATCH, [number])


def _checked_sizes(packed: pq.ParquetFile, bound: int) -> Iterator[int]:
    """The unpacked bytes of each batch, as long as all together are within the bound."""
    unpacked = 0
    for batch in _batches(packed):
        size = sum(map(_unpacked_size, batch.columns))
        unpacked += size
        check_bound(unpacked, bound)
        yield size


def _string_columns(metadata: pq.FileMetaData, bound: int) -> list[str]:
    """The paths of the columns of strings; raises if the file says itself that it is too large."""
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    chunks = [group.column(number) for group in groups for number in range(group.num_columns)]
    # Every value takes a number at least, in an array or in a dictionary.
    widths = [4 if chunk.physical_type == "BYTE_ARRAY" else 8 for chunk in chunks]
    sizes = (
        max(chunk.total_uncompressed_size, chunk.num_values * width)
        for chunk, width in zip(chunks, widths, strict=True)
    )
    check_bound(sum(sizes), bound)
    columns = [metadata.schema.column(number) for number in range(metadata.num_columns)]
    of_bytes = [column for column in columns if column.physical_type == "BYTE_ARRAY"]
    return [column.path for column in of_bytes if column.logical_type.type != "DECIMAL"]


def _unpacked_size(array: pa.Array) -> int:
    """The bytes of an array, strings counted as often as they occur."""
    import pyarrow.compute as pc
    from pyarrow import types

    kind = array.type
    if types.is_dictionary(kind) and str(kind.value_type).removeprefix("large_") in _BYTES:
        lengths = pc.binary_length(array.dictionary)
        return int(pc.sum(lengths.take(array.indices)).as_py() or 0)
    if types.is_nested(kind) and not types.is_union(kind):
        inner = [array.keys, array.items] if types.is_map(kind) else array.flatten()
        return sum(map(_unpacked_size, inner if isinstance(inner, list) else [inner]))
    return int(array.nbytes)


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
    return msgspec.structs.replace(exported, path=shown(target), format="parquet")


def row_dict(row: JsonlRow) -> dict[str, Any]:
    """A row as dictionaries in which every field is present, including those with defaults."""
    columns: dict[str, Any] = msgspec.to_builtins(row)
    for annotation in (*(columns["spans"] or ()), *columns["relations"], *columns["categories"]):
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
