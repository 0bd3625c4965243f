"""The partitions of a pool: rows of Parquet files, and stretches of JSON Lines files.

A file is cut into ``PARTS`` parts, so that a small one too is shared among processes, but into no
parts that are smaller than pay or bigger than one would lose at a killed worker. Where a file is
cut depends on that file alone: another file in the pool moves no cut.
"""

from __future__ import annotations

import glob
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curate.errors import InputError
from curate.model import Record
from curate.util import digests

if TYPE_CHECKING:
    import pandas as pd

PARTS = 16
"""Partitions of a file of middling size."""

ROWS = (128, 1000)
"""The least and the most rows of a partition of a Parquet file."""

BYTES = (400_000, 3_000_000)
"""The least and the most bytes of one of a JSON Lines file, about; it is cut at line ends."""

Bound = tuple[int, int, int]  # first, last, size


class Partition(Record, frozen=True, kw_only=True):
    """A part of a pool that is annotated and written in one piece.

    Args:
        path: the file.
        first: the first row of a Parquet file, or the first byte of a JSON Lines file.
        last: one past the last row or byte.
        size: bytes of it, about, before any packing.
        name: name of the file it is written to; it changes when the part or the file does.
    """

    path: str
    first: int
    last: int
    size: int
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
        bounds = _rows(path)
    elif path.suffix in (".jsonl", ".ndjson"):
        bounds = _stretches(path)
    else:
        raise InputError("not a file of a pool", "give .parquet or .jsonl", where=str(path))
    stamp = f"{path.resolve()}:{path.stat().st_size}:{path.stat().st_mtime_ns}"
    for number, (first, last, size) in enumerate(bounds):
        digest = digests.of_text(f"{stamp}:{first}:{last}")[:8]
        name = f"{path.stem}-{number:05}-{digest}.parquet"
        yield Partition(path=str(path), first=first, last=last, size=size, name=name)


def _rows(path: Path) -> Iterator[Bound]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            rows = file.metadata.num_rows
            groups = (file.metadata.row_group(n) for n in range(file.num_row_groups))
            size = sum(group.total_byte_size for group in groups)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"not a Parquet file ({error})", "mend it", where=str(path)) from error
    step = _step(rows, ROWS)
    for first in range(0, rows, step):
        last = min(first + step, rows)
        yield first, last, size * (last - first) // rows


def _step(size: int, limits: tuple[int, int]) -> int:
    least, most = limits
    return max(least, min(most, -(-size // PARTS)))


def _stretches(path: Path) -> Iterator[Bound]:
    size = path.stat().st_size
    step = _step(size, BYTES)
    first = 0
    with path.open("rb") as file:
        while first < size:
            file.seek(min(first + step, size))
            file.readline()
            yield first, file.tell(), file.tell() - first
            first = file.tell()


def _read_parquet(partition: Partition) -> pd.DataFrame:
    """Row groups are often of a million rows, so that one is read as a stream and cut."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(partition.path, pre_buffer=False) as file:
            groups, skip = _groups(file.metadata, partition)
            batches = file.iter_batches(partition.last - partition.first, row_groups=groups)
            table = pa.Table.from_batches(
                _cut(batches, skip, skip + partition.last - partition.first), file.schema_arrow
            )
    except (pa.ArrowException, OSError) as error:
        hint = "mend the file, and run the command again"
        raise InputError(f"cannot be read ({error})", hint, where=partition.path) from error
    frame: pd.DataFrame = table.to_pandas()
    return frame


def _groups(metadata: Any, partition: Partition) -> tuple[list[int], int]:
    """The row groups that hold a partition, and how many of their rows come before it."""
    found: list[int] = []
    skip = first = 0
    for number in range(metadata.num_row_groups):
        last = first + metadata.row_group(number).num_rows
        if first < partition.last and last > partition.first:
            if not found:
                skip = partition.first - first
            found.append(number)
        first = last
    return found, skip


def _cut(batches: Iterable[Any], first: int, last: int) -> Iterator[Any]:
    """The rows of batches from ``first`` to before ``last``."""
    at = 0
    for batch in batches:
        end = at + batch.num_rows
        if end > first and at < last:
            low, high = max(first, at), min(last, end)
            yield batch.slice(low - at, high - low)
        at = end
        if at >= last:
            return


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
