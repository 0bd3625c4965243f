"""Format ``parquet``: a document a row, with columns as in ``rows``, read in batches.

Class labels of ``datasets`` are read as their names.

Reference: https://parquet.apache.org/docs/file-format/
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

from curate.formats.readers import rows
from curate.formats.readers.common import Format, Item, Options, refuse
from curate.formats.readers.source import Source

_BATCH = 1024


def read(source: Source, options: Options) -> Iterator[Item]:
    """Each row as a document; rows count from 1."""
    import pyarrow as pa

    try:
        for number, row in enumerate(table(source), 1):
            yield from rows.items(row, source.at(number), rows.told(row), options)
    except pa.ArrowException as error:
        yield refuse("unreadable", f"not a Parquet file ({error})", str(source))


def table(source: Source) -> Iterator[dict[str, Any]]:
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


FORMAT = Format("parquet", "Parquet, a document a row", read, (".parquet",), False)
