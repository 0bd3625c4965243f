"""Format ``parquet``: a document a row, with columns as in ``rows``, read in batches.

Reference: https://parquet.apache.org/docs/file-format/
"""

from __future__ import annotations

import io
from collections.abc import Iterator

from curate.ingest.readers import rows
from curate.ingest.readers.common import Format, Item, Options, refuse
from curate.ingest.readers.source import Source

_BATCH = 1024


def read(source: Source, options: Options) -> Iterator[Item]:
    """Each row as a document; rows count from 1."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    plain = source.path.suffix.lower() == ".parquet" and not source.is_input
    try:
        number = 0
        with pq.ParquetFile(source.path if plain else io.BytesIO(source.data())) as file:
            for batch in file.iter_batches(batch_size=_BATCH):
                for row in batch.to_pylist():
                    number += 1
                    yield from rows.items(row, source.at(number), rows.told(row), options)
    except pa.ArrowException as error:
        yield refuse("unreadable", f"not a Parquet file ({error})", str(source))


FORMAT = Format("parquet", "Parquet, a document a row", read, (".parquet",), False)
