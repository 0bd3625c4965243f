"""The partitions of a pool: rows of Parquet files, and byte ranges of JSON Lines files.

A file is cut into ``PARTS`` partitions, so that several processes can share even a small one.
Partitions are neither so small that they are not worth sending, nor so large that too much is lost
with a killed worker. Where a file is cut depends only on this file and not on others in the pool.
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
"""Number of partitions of a medium-sized file."""

ROWS = (128, 1000)
"""Minimum and maximum number of rows of a partition of a Parquet file."""

BYTES = (400_000, 3_000_000)
"""Approximate minimum and maximum bytes of a partition of JSON Lines, which ends with a line."""

_Range = tuple[int, int, int]  # first, one past the last, size in bytes


class Partition(Record, frozen=True, kw_only=True):
    """A part of a pool that is annotated and written as a whole.

    Args:
        path: the source file.
        first: first row of a Parquet file, or first byte of a JSON Lines file.
        last: one past the last row or byte.
        size: approximate uncompressed size in bytes.
        name: name of the output file; it changes when the range or the source file changes.
    """

    path: str
    first: int
    last: int
    size: int
    name: str


def plan_partitions(pattern: str) -> list[Partition]:
    """The partitions of all files that match a pattern, sorted by file and position.

    Args:
        pattern: a path, or a pattern such as ``pool/*.parquet``.

    Raises:
        InputError: no file matches, or one is neither Parquet nor JSON Lines.
    """
    paths = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 (Path has no whole patterns)
    if not paths:
        raise InputError("no file matches", "check the pattern and quote it", where=pattern)
    return [partition for path in paths for partition in _cut_file(Path(path))]


def read_partition(partition: Partition) -> pd.DataFrame:
    """The rows of a partition.

    Raises:
        InputError: the file cannot be read; the message names it.
    """
    if partition.path.endswith(".parquet"):
        return _read_parquet(partition)
    return _read_lines(partition)


def _cut_file(path: Path) -> Iterator[Partition]:
    if path.suffix == ".parquet":
        ranges = _row_ranges(path)
    elif path.suffix in (".jsonl", ".ndjson"):
        ranges = _byte_ranges(path)
    else:
        raise InputError("not a file of a pool", "give .parquet or .jsonl files", where=str(path))
    # Size and time stand for the content, since hashing a large pool takes minutes.
    state = f"{path.resolve()}:{path.stat().st_size}:{path.stat().st_mtime_ns}"
    for number, (first, last, size) in enumerate(ranges):
        digest = digests.of_text(f"{state}:{first}:{last}")[:8]
        name = f"{path.stem}-{number:05}-{digest}.parquet"
        yield Partition(path=str(path), first=first, last=last, size=size, name=name)


def _row_ranges(path: Path) -> Iterator[_Range]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            rows = file.metadata.num_rows
            groups = (file.metadata.row_group(n) for n in range(file.num_row_groups))
            size = sum(group.total_byte_size for group in groups)
    except (pa.ArrowException, OSError) as error:
        raise InputError(
            f"not a Parquet file ({error})", "write the file again", where=str(path)
        ) from error
    step = _step(rows, ROWS)
    for first in range(0, rows, step):
        last = min(first + step, rows)
        yield first, last, size * (last - first) // rows


def _step(size: int, limits: tuple[int, int]) -> int:
    minimum, maximum = limits
    return max(minimum, min(maximum, -(-size // PARTS)))


def _byte_ranges(path: Path) -> Iterator[_Range]:
    size = path.stat().st_size
    step = _step(size, BYTES)
    first = 0
    with path.open("rb") as file:
        while first < size:
            file.seek(min(first + step, size))
            file.readline()  # to the end of the line that the step falls into
            yield first, file.tell(), file.tell() - first
            first = file.tell()


def _read_parquet(partition: Partition) -> pd.DataFrame:
    """Read rows of a Parquet file as a stream: a row group alone may have a million rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(partition.path, pre_buffer=False) as file:
            groups, skip = _groups(file.metadata, partition)
            batches = file.iter_batches(partition.last - partition.first, row_groups=groups)
            table = pa.Table.from_batches(
                _slice(batches, skip, skip + partition.last - partition.first), file.schema_arrow
            )
    except (pa.ArrowException, OSError) as error:
        hint = "repair the file and run the command again"
        raise InputError(f"cannot be read ({error})", hint, where=partition.path) from error
    frame: pd.DataFrame = table.to_pandas()
    return frame


def _groups(metadata: Any, partition: Partition) -> tuple[list[int], int]:
    """The row groups that contain a partition, and how many of their rows precede it."""
    groups: list[int] = []
    skip = first = 0
    for number in range(metadata.num_row_groups):
        last = first + metadata.row_group(number).num_rows
        if first < partition.last and last > partition.first:
            if not groups:
                skip = partition.first - first
            groups.append(number)
        first = last
    return groups, skip


def _slice(batches: Iterable[Any], first: int, last: int) -> Iterator[Any]:
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
