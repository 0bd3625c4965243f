"""Selecting articles of an annotated pool: a sample, or those with the lowest or highest scores.

Of all partitions only ids and scores are read, one partition after the other, and texts only of the
selected articles. The memory needed grows with the selection and not with the pool.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from curate.errors import InputError
from curate.model import Record
from curate.util import digests

if TYPE_CHECKING:
    import pyarrow.parquet as pq

Criterion = Literal["sample", "lowest", "highest"]
_COLUMNS = ("id", "text", "lang", "meta", "score")
_BATCH = 10_000

_SortKey = tuple[float, str]
_Selected = dict[str, tuple[_SortKey, Path, int]]  # by id: sort key, partition, row


class PoolRow(Record, frozen=True, kw_only=True):
    """A row of an annotated pool: its columns, file, and number in the file, counted from 1."""

    id: str
    text: str
    lang: str
    meta: str
    score: float
    partition: str
    number: int


class PoolSelection(Record, frozen=True, kw_only=True):
    """Selected rows in order.

    Args:
        rows: the rows.
        articles: number of rows that could have been selected.
    """

    rows: tuple[PoolRow, ...] = ()
    articles: int = 0


def select_articles(
    folder: Path,
    count: int,
    by: Criterion = "sample",
    seed: int = 0,
    exclude: Callable[[str], bool] = lambda document: False,
) -> PoolSelection:
    """Select articles of an annotated pool; one that occurs several times is one article.

    A sample consists of the articles with the lowest digests of seed and id. So every article has
    the same chance, and the same seed selects the same articles, in whatever partitions and order.

    Args:
        folder: the folder that ``preannotate --output`` wrote.
        count: maximum number of articles.
        by: ``sample``, or the ``lowest`` or ``highest`` mean confidence of the proposed spans.
        seed: random seed of the sample.
        exclude: whether to leave out the article with an id.

    Raises:
        InputError: the folder has no partitions, or one cannot be read.
    """
    selected: _Selected = {}
    articles = 0
    for path in _partitions(folder):
        for number, document, score in _scores(path):
            if not document or exclude(document):
                continue
            articles += 1
            if document not in selected:
                selected[document] = (_sort_key(document, score, by, seed), path, number)
        # After every partition, so that memory does not grow with the pool.
        selected = dict(heapq.nsmallest(count, selected.items(), key=lambda item: item[1][0]))
    return PoolSelection(rows=tuple(_rows(selected)), articles=articles)


def read_articles(folder: Path) -> Iterator[tuple[PoolRow, str]]:
    """Stream all articles of an annotated pool, each once, with their spans as JSON.

    Raises:
        InputError: the folder has no partitions, or one cannot be read.
    """
    seen: set[str] = set()
    for path in _partitions(folder):
        number = 0
        with _open(path) as file:
            for batch in file.iter_batches(_BATCH, columns=[*_COLUMNS, "spans"]):
                for row in batch.to_pylist():
                    number += 1
                    spans = row.pop("spans")
                    if row["id"] and row["id"] not in seen:
                        seen.add(row["id"])
                        yield PoolRow(**row, partition=path.name, number=number), spans


def _partitions(folder: Path) -> list[Path]:
    paths = sorted(folder.glob("*.parquet"))
    if not paths:
        raise InputError(
            "there are no partitions of a pool", "run `curate preannotate --input`", str(folder)
        )
    return paths


def _sort_key(document: str, score: float, by: Criterion, seed: int) -> _SortKey:
    if by == "sample":
        return 0.0, digests.of_text(f"{seed}:{document}")
    return (score if by == "lowest" else -score), document


def _scores(path: Path) -> Iterator[tuple[int, str, float]]:
    """Number (from 0), id and score of each row."""
    number = 0
    with _open(path) as file:
        for batch in file.iter_batches(_BATCH, columns=["id", "score"]):
            columns = (column.to_pylist() for column in batch.columns)
            for document, score in zip(*columns, strict=True):
                yield number, document, score
                number += 1


def _rows(selected: _Selected) -> Iterator[PoolRow]:
    """The selected rows in order; each partition is opened once."""
    numbers_of: dict[Path, list[int]] = {}
    for _, path, number in selected.values():
        numbers_of.setdefault(path, []).append(number)
    rows: dict[str, PoolRow] = {}
    for path, numbers in numbers_of.items():
        with _open(path) as file:
            table = file.read(columns=[*_COLUMNS]).take(numbers)
        for number, row in zip(numbers, table.to_pylist(), strict=True):
            rows[row["id"]] = PoolRow(**row, partition=path.name, number=number + 1)
    return (rows[document] for document in selected)


def _open(path: Path) -> pq.ParquetFile:
    import pyarrow as pa
    import pyarrow.parquet as pq

    hint = "give the folder that `curate preannotate --output` wrote"
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"not a partition of a pool ({error})", hint, str(path)) from error
    missing = sorted({*_COLUMNS} - {*file.schema_arrow.names})
    if missing:
        file.close()
        raise InputError(f"has no column {', '.join(missing)}", hint, str(path))
    return file
