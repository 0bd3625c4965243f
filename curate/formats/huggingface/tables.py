"""Tables of Parquet files, with a folder for each split, written row group by row group."""

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
"""Rows of a row group; memory holds one."""
SHARD = 20
"""Row groups of a file."""
DEFAULT_SPLIT = "train"
"""The split of a corpus that has none, as in ``datasets``."""
_USUAL_SPLITS = (DEFAULT_SPLIT, "dev", "test")
UNASSIGNED = "unassigned"
"""The split of documents that are in no split of the release."""


class DatasetContents(NamedTuple):
    """What a corpus contains, as far as columns and card depend on it.

    Args:
        meta: names of metadata, sorted.
        labels: by ``spans``, ``relations`` and ``categories``, labels in the order of the schema.
        languages: codes of the languages.
        documents: number of documents by split, in the order of the release's splits.
        splits: the split of each document that is in one, by id.
    """

    meta: tuple[str, ...]
    labels: dict[str, tuple[str, ...]]
    languages: set[str]
    documents: dict[str, int]
    splits: dict[str, str]

    def split_of(self, document: str) -> str:
        """The split to write a document to."""
        return self.splits.get(document, UNASSIGNED) if self.splits else DEFAULT_SPLIT


def survey_rows(spool: Path, schema: Schema, release: Release | None) -> DatasetContents:
    """Read the rows of a corpus once for what it contains."""
    splits = release.splits if release else {}
    split_of = {document: split for split, ids in splits.items() for document in ids}
    meta: set[str] = set()
    languages: set[str] = set()
    used: dict[str, set[str]] = {"spans": set(), "relations": set(), "categories": set()}
    counts: Counter[str] = Counter()
    for row in jsonl.read(spool, JsonlRow):
        meta |= row.meta.keys()
        languages |= {row.lang or schema.language} - {""}
        counts[split_of.get(row.id, UNASSIGNED) if split_of else DEFAULT_SPLIT] += 1
        for kind, labels in used.items():
            labels.update(annotation.label for annotation in getattr(row, kind) or ())
    in_schema = {
        "spans": schema.names,
        "relations": tuple(relation.name for relation in schema.relations),
        "categories": tuple(category.name for category in schema.categories),
    }
    names = dict.fromkeys((*_USUAL_SPLITS, *sorted(splits), UNASSIGNED))
    return DatasetContents(
        meta=tuple(sorted(meta)),
        labels={
            kind: (*in_schema[kind], *sorted(used[kind] - {*in_schema[kind]})) for kind in used
        },
        languages=languages,
        documents={name: counts[name] for name in names if counts[name]},
        splits=split_of,
    )


class TableFile(NamedTuple):
    """A file of a table: its name relative to the folder, SHA-256, and size in bytes."""

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
        bytes: size of the rows in memory, by split.
    """

    def __init__(self, name: str, columns: Columns, splits: Iterable[str]) -> None:
        self.name = name
        self.columns = columns
        self.files: list[TableFile] = []
        self.rows = dict.fromkeys(splits, 0)
        self.bytes = dict.fromkeys(self.rows, 0)

    @property
    def schema(self) -> pa.Schema:
        """Its columns as an Arrow schema."""
        return arrow(self.columns)

    def batches(self, rows: Iterable[dict[str, Any]]) -> Iterator[pa.RecordBatch]:
        """Rows in row groups."""
        import pyarrow as pa

        schema = self.schema
        return (pa.RecordBatch.from_pylist(group, schema) for group in batched(rows, ROW_GROUP))

    def write(self, folder: ExportFolder, split: str, rows: Iterable[dict[str, Any]]) -> None:
        """Write the rows of a split; at least one file, so that the split can be loaded."""
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
        with path.open("wb") as file, pq.ParquetWriter(file, self.schema) as writer:
            for batch in batches:
                writer.write_batch(batch)
                self.rows[split] += batch.num_rows
                self.bytes[split] += batch.nbytes
        self.files.append(TableFile(name, folder.list_file(name), path.stat().st_size))
