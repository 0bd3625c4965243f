"""The partitions of a pool: row groups of Parquet files, and stretches of JSON Lines files."""

from __future__ import annotations

import glob
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curate.errors import InputError
from curate.model import Record

if TYPE_CHECKING:
    import pandas as pd

ROWS = 2000
"""Rows of a partition, about; a Parquet file is cut where its row groups are."""

BYTES = 8_000_000
"""Bytes of a partition of a JSON Lines file, about; it is cut at line ends."""


class Partition(Record, frozen=True, kw_only=True):
    """A part of a pool that is annotated and written in one piece.

    Args:
        path: the file.
        first: the first row group of a Parquet file, or the first byte of a JSON Lines file.
        last: one past the last row group or byte.
        name: name of the file it is written to; it changes when the part or the file does.
    """

    path: str
    first: int
    last: int
    name: str


def plan(pattern: str) -> list[Partition]:
    """The partitions of all files that a pattern names, sorted by file and place.

    Args:
        pattern: a path, or a pattern such as ``pool/*.parquet``.

    Raises:
        InputError: no file matches, or one is neither Parquet nor JSON Lines.
    """
    paths = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 (Path has no whole patterns)
    if not paths:
        raise InputError("no file matches", "check the pattern, and quote it", where=pattern)
    return [part for path in paths for part in _parts(Path(path))]


def read(partition: Partition) -> pd.DataFrame:
    """The rows of a partition.

    Raises:
        InputError: the file cannot be read; the message names it.
    """
    if partition.path.endswith(".parquet"):
        return _read_parquet(partition)
    return _read_lines(partition)


def _parts(path: Path) -> Iterator[Partition]:
    if path.suffix == ".parquet":
        bounds = _groups(path)
    elif path.suffix in (".jsonl", ".ndjson"):
        bounds = _stretches(path)
    else:
        raise InputError("not a file of a pool", "give .parquet or .jsonl", where=str(path))
    stamp = f"{path.resolve()}:{path.stat().st_size}:{path.stat().st_mtime_ns}"
    for number, (first, last) in enumerate(bounds):
        digest = hashlib.sha256(f"{stamp}:{first}:{last}".encode()).hexdigest()[:8]
        name = f"{path.stem}-{number:05}-{digest}.parquet"
        yield Partition(path=str(path), first=first, last=last, name=name)


def _groups(path: Path) -> Iterator[tuple[int, int]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            sizes = [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)]
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"not a Parquet file ({error})", "mend it", where=str(path)) from error
    first = rows = 0
    for number, size in enumerate(sizes):
        rows += size
        if rows >= ROWS or number == len(sizes) - 1:
            yield first, number + 1
            first, rows = number + 1, 0


def _stretches(path: Path) -> Iterator[tuple[int, int]]:
    size = path.stat().st_size
    first = 0
    with path.open("rb") as file:
        while first < size:
            file.seek(min(first + BYTES, size))
            file.readline()
            yield first, file.tell()
            first = file.tell()


def _read_parquet(partition: Partition) -> pd.DataFrame:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(partition.path) as file:
            table = file.read_row_groups(list(range(partition.first, partition.last)))
    except (pa.ArrowException, OSError) as error:
        cure = "mend the file, and run the command again"
        raise InputError(f"cannot be read ({error})", cure, where=partition.path) from error
    frame: pd.DataFrame = table.to_pandas()
    return frame


def _read_lines(partition: Partition) -> pd.DataFrame:
    import pandas as pd

    rows: list[dict[str, Any]] = []
    with Path(partition.path).open("rb") as file:
        file.seek(partition.first)
        while file.tell() < partition.last:
            line = file.readline()
            if line.strip():
                rows.append(_row(line))
    return pd.DataFrame(rows)


def _row(line: bytes) -> dict[str, Any]:
    import msgspec

    try:
        return msgspec.json.decode(line, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        return {"problem": f"not a JSON object ({error})"}
