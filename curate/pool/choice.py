"""A part of a written pool: a sample, or the articles of the lowest or the highest score.

Only ids and scores are read of all partitions, one after the other, and texts of the chosen alone;
what is kept meanwhile is as large as what is chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from curate.errors import InputError
from curate.model import Record
from curate.util import digests

if TYPE_CHECKING:
    import pyarrow.parquet as pq

By = Literal["sample", "lowest", "highest"]
_NEEDED = ("id", "text", "lang", "meta", "score")
_BATCH = 10_000

Key = tuple[float, str]


class Row(Record, frozen=True, kw_only=True):
    """A row of a written pool: of which file, and its number there, counted from 1."""

    id: str
    text: str
    lang: str
    meta: str
    score: float
    partition: str
    number: int


class Chosen(Record, frozen=True, kw_only=True):
    """What was chosen, in that order, and of how many rows that are articles."""

    rows: tuple[Row, ...] = ()
    articles: int = 0


def choose(
    folder: Path,
    count: int,
    by: By = "sample",
    seed: int = 0,
    without: Callable[[str], bool] = lambda document: False,
) -> Chosen:
    """Choose articles of a written pool; one that occurs more than once is one article.

    A sample takes the articles of which the digest of id and seed is lowest. So the same seed
    chooses the same articles, however the pool is cut and in whatever order it was written, and
    each article has the same chance.

    Args:
        folder: what ``preannotate --output`` wrote.
        count: how many at most.
        by: ``sample``, or the ``lowest`` or ``highest`` mean confidence of the proposed spans.
        seed: another one gives another sample.
        without: whether an article is to be left out, by its id.

    Raises:
        InputError: the folder has no partitions, or one cannot be read.
    """
    paths = _partitions(folder)
    best: dict[str, tuple[Key, Path, int]] = {}
    articles = 0
    for path in paths:
        for number, document, score in _scores(path):
            if not document or without(document):
                continue
            articles += 1
            if document not in best:
                best[document] = (_key(document, score, by, seed), path, number)
        best = _lowest(best, count)
    return Chosen(rows=tuple(_rows(best)), articles=articles)


def articles(folder: Path) -> Iterator[tuple[Row, str]]:
    """All articles of a written pool with their spans as JSON, streamed; each of them once.

    Raises:
        InputError: the folder has no partitions, or one cannot be read.
    """
    seen: set[str] = set()
    for path in _partitions(folder):
        number = 0
        with _opened(path) as file:
            for batch in file.iter_batches(_BATCH, columns=[*_NEEDED, "spans"]):
                for row in batch.to_pylist():
                    number += 1
                    spans = row.pop("spans")
                    if row["id"] and row["id"] not in seen:
                        seen.add(row["id"])
                        yield Row(**row, partition=path.name, number=number), spans


def _partitions(folder: Path) -> list[Path]:
    found = sorted(folder.glob("*.parquet"))
    if not found:
        raise InputError(
            "no partitions of a pool are there", "run `curate preannotate --input`", str(folder)
        )
    return found


def _key(document: str, score: float, by: By, seed: int) -> Key:
    if by == "sample":
        return 0.0, digests.of_text(f"{seed}:{document}")
    return (score if by == "lowest" else -score), document


def _lowest(found: dict[str, tuple[Key, Path, int]], count: int) -> dict[str, Any]:
    import heapq

    kept = heapq.nsmallest(count, found.items(), key=lambda item: item[1][0])
    return dict(kept)


def _scores(path: Path) -> Iterator[tuple[int, str, float]]:
    """Number, id and score of each row."""
    number = 0
    with _opened(path) as file:
        for batch in file.iter_batches(_BATCH, columns=["id", "score"]):
            columns = (column.to_pylist() for column in batch.columns)
            for document, score in zip(*columns, strict=True):
                yield number, document, score
                number += 1


def _rows(chosen: dict[str, tuple[Key, Path, int]]) -> Iterator[Row]:
    """The rows in the order of the choice; of each partition only those that were chosen."""
    wanted: dict[Path, list[int]] = {}
    for _, path, number in chosen.values():
        wanted.setdefault(path, []).append(number)
    found: dict[str, Row] = {}
    for path, numbers in wanted.items():
        with _opened(path) as file:
            table = file.read(columns=[*_NEEDED]).take(numbers)
        for number, row in zip(numbers, table.to_pylist(), strict=True):
            found[row["id"]] = Row(**row, partition=path.name, number=number + 1)
    return (found[document] for document in chosen)


def _opened(path: Path) -> pq.ParquetFile:
    import pyarrow as pa
    import pyarrow.parquet as pq

    hint = "give the folder that `curate preannotate --output` wrote"
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"no partition of a pool ({error})", hint, str(path)) from error
    lacking = sorted({*_NEEDED} - {*file.schema_arrow.names})
    if lacking:
        file.close()
        raise InputError(f"has no column {', '.join(lacking)}", hint, str(path))
    return file
