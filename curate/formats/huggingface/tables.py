"""Tables of Parquet files in a folder, a folder a split, written group by group."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain, count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from curate.formats.atomic_files import ExportFolder
from curate.formats.huggingface.columns import Columns, arrow
from curate.formats.jsonl import JsonlRow
from curate.model import Release
from curate.schema import Schema
from curate.util import jsonl
from curate.util.batches import batched

if TYPE_CHECKING:
    import pyarrow as pa

ROW_GROUP = 1000
"""Rows of a row group: as many of each split are in memory."""
SHARD = 20
"""Row groups of a file."""
DEFAULT_SPLIT = "train"
"""The split of a corpus that has none, which is where ``datasets`` would put it."""
_USUAL = (DEFAULT_SPLIT, "dev", "test")
UNASSIGNED = "unassigned"
"""The split of the documents that a release has in none."""


class DatasetContents(NamedTuple):
    """What is in a corpus, as far as columns and card have to know it.

    Args:
        meta: names of metadata, sorted.
        labels: by ``spans``, ``relations`` and ``categories``, labels in the order of the schema.
        languages: codes of the languages.
        documents: number of documents by split, in the order of the release's splits.
        split: the split of a document, where not ``WHOLE`` or ``REST``.
    """

    meta: tuple[str, ...]
    labels: dict[str, tuple[str, ...]]
    languages: set[str]
    documents: dict[str, int]
    split: dict[str, str]

    def place(self, document: str) -> str:
        """The split that a document is in."""
        return self.split.get(document, UNASSIGNED) if self.split else DEFAULT_SPLIT


def survey_rows(spool: Path, schema: Schema, release: Release | None) -> DatasetContents:
    """Go through the rows of a corpus once."""
    splits = release.splits if release else {}
    place = {one: name for name, ids in splits.items() for one in ids}
    meta: set[str] = set()
    languages: set[str] = set()
    used: dict[str, set[str]] = {"spans": set(), "relations": set(), "categories": set()}
    counts: Counter[str] = Counter()
    for row in jsonl.read(spool, JsonlRow):
        meta |= row.meta.keys()
        languages |= {row.lang or schema.language} - {""}
        counts[place.get(row.id, UNASSIGNED) if place else DEFAULT_SPLIT] += 1
        for kind, labels in used.items():
            labels.update(mark.label for mark in getattr(row, kind))
    known = {
        "spans": schema.names,
        "relations": tuple(relation.name for relation in schema.relations),
        "categories": tuple(category.name for category in schema.categories),
    }
    return DatasetContents(
        meta=tuple(sorted(meta)),
        labels={kind: _ordered(known[kind], used[kind]) for kind in used},
        languages=languages,
        documents={name: counts[name] for name in _order(splits) if counts[name]},
        split=place,
    )


def _order(splits: Iterable[str]) -> list[str]:
    """Names of splits, the usual ones as they are used, the others after them."""
    return list(dict.fromkeys((*_USUAL, *sorted(splits), UNASSIGNED)))


def _ordered(known: tuple[str, ...], used: set[str]) -> tuple[str, ...]:
    return (*known, *sorted(used - set(known)))


class TableFile(NamedTuple):
    """A file of a table: its name from the folder on, SHA-256 and size in bytes."""

    name: str
    sha256: str
    size: int


class ParquetTable:
    """A table that is being written.

    Args:
        name: its name.
        columns: its columns.
        splits: names of its splits.

    Attributes:
        files: the files that were written.
        rows: number of rows by split, in the order of the splits.
        bytes: of the rows in memory, by split.
    """

    def __init__(self, name: str, columns: Columns, splits: Iterable[str]) -> None:
        self.name = name
        self.columns = columns
        self.files: list[TableFile] = []
        self.rows = dict.fromkeys(splits, 0)
        self.bytes = dict.fromkeys(self.rows, 0)

    @property
    def schema(self) -> pa.Schema:
        """Its columns to Arrow."""
        return arrow(self.columns)

    def batches(self, rows: Iterable[dict[str, Any]]) -> Iterator[pa.RecordBatch]:
        """Rows as groups of rows."""
        import pyarrow as pa

        schema = self.schema
        return (pa.RecordBatch.from_pylist(group, schema) for group in batched(rows, ROW_GROUP))

    def write(self, folder: ExportFolder, split: str, rows: Iterable[dict[str, Any]]) -> None:
        """Write the rows of a split; one file at least, so that each split can be loaded."""
        batches = self.batches(rows)
        for number in count():
            shard = islice(batches, SHARD)
            first = list(islice(shard, 1))
            if number and not first:
                return
            name = f"data/{self.name}/{split}/{number:05}.parquet"
            self._write(folder, name, split, chain(first, shard))

    def _write(
        self, folder: ExportFolder, name: str, split: str, batches: Iterable[pa.RecordBatch]
    ) -> None:
        import pyarrow.parquet as pq

        path = folder.path(name)
        with pq.ParquetWriter(path, self.schema) as writer:
            for batch in batches:
                writer.write_batch(batch)
                self.rows[split] += batch.num_rows
                self.bytes[split] += batch.nbytes
        self.files.append(TableFile(name, folder.seal(name), path.stat().st_size))
