"""Format ``huggingface``: a folder that ``datasets.load_dataset`` loads, with its card.

::

    README.md                                 the card; its YAML head names tables, splits, columns
    croissant.json                            the same as Croissant metadata
    data/documents/<split>/<number>.parquet   one document per row, as in ``parquet``
    data/tokens/<split>/<number>.parquet      one sentence per row: tokens, starts, IOB2 tags

Labels and tags are class labels in the order of the schema. The splits are those of the release; if
it has none, all documents are in ``train``. The table ``documents`` loses nothing; the table
``tokens`` loses what ``conll`` loses, which the same sidecar lists. Memory holds one row group.

References: https://huggingface.co/docs/datasets/repository_structure,
https://docs.mlcommons.org/croissant/docs/croissant-spec.html
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from curate.formats.atomic_files import replace_folder
from curate.formats.huggingface.card import readme
from curate.formats.huggingface.columns import Columns
from curate.formats.huggingface.croissant import metadata
from curate.formats.huggingface.tables import (
    DEFAULT_SPLIT,
    DatasetContents,
    ParquetTable,
    survey_rows,
)
from curate.formats.jsonl import JsonlRow, gold_document
from curate.formats.jsonl import write as write_jsonl
from curate.formats.parquet import row_dict
from curate.formats.streams import shown
from curate.formats.token_tags import iob2_tags
from curate.formats.tokens import sentences, tokenise
from curate.formats.writing import ExportedFile, ExportJob, ExportTally, GoldDocument
from curate.util import jsonl

if TYPE_CHECKING:
    import pyarrow as pa

TABLES = ("documents", "tokens")


def write(documents: Iterable[GoldDocument], target: Path, job: ExportJob) -> ExportedFile:
    """Write the folder; see ``curate.formats.export.write``."""
    with tempfile.TemporaryDirectory() as temporary, replace_folder(target) as folder:
        spool = Path(temporary) / "rows.jsonl"
        exported = write_jsonl(documents, spool, job)
        contents = survey_rows(spool, job.schema, job.release)
        splits = list(contents.documents)
        document_table = ParquetTable(TABLES[0], _document_columns(contents), splits)
        token_table = ParquetTable(TABLES[1], _token_columns(contents), splits)
        tally = job.tally("tokens")
        for split in splits:
            document_table.write(folder, split, _document_rows(spool, contents, split))
            token_table.write(folder, split, _sentence_rows(spool, contents, split, job, tally))
        tables = [document_table, token_table]
        folder.write("README.md", readme(job, contents, tables).encode())
        folder.write("croissant.json", metadata(job, contents, tables))
    also = (tally.exported(target, "huggingface/tokens"),)
    return msgspec.structs.replace(exported, path=shown(target), format="huggingface", also=also)


def document_table(documents: Iterable[GoldDocument], job: ExportJob) -> pa.Table:
    """The table ``documents`` of all documents, in memory."""
    import pyarrow as pa

    with tempfile.TemporaryDirectory() as temporary:
        spool = Path(temporary) / "rows.jsonl"
        write_jsonl(documents, spool, job)
        contents = survey_rows(spool, job.schema, None)
        table = ParquetTable(TABLES[0], _document_columns(contents), [])
        rows = _document_rows(spool, contents, DEFAULT_SPLIT)
        return pa.Table.from_batches(table.batches(rows), table.schema)


def _document_columns(contents: DatasetContents) -> Columns:
    labels = contents.labels
    key: Columns = {"start": "int64", "end": "int64", "label": labels["spans"]}
    provenance: Columns = {"by": "string", "at": "string"}
    meta: Columns = {"meta": dict.fromkeys(contents.meta, "string")} if contents.meta else {}
    return {
        "id": "string",
        "text": "string",
        "lang": "string",
        **meta,
        "spans": [{**key, **provenance, "score": "float64"}],
        "relations": [{"head": key, "tail": key, "label": labels["relations"], **provenance}],
        "categories": [{"label": labels["categories"], **provenance}],
        "revision": "int64",
        "confirmed_by": "string",
    }


def _token_columns(contents: DatasetContents) -> Columns:
    return {
        "id": "string",
        "document": "string",
        "tokens": ["string"],
        "starts": ["int64"],
        "ner_tags": [_tags(contents)],
    }


def _tags(contents: DatasetContents) -> tuple[str, ...]:
    labels = contents.labels["spans"]
    return ("O", *(f"{prefix}-{label}" for label in labels for prefix in "BI"))


def _document_rows(spool: Path, contents: DatasetContents, split: str) -> Iterator[dict[str, Any]]:
    """The documents of a split, with the numbers of class labels."""
    numbers = {
        kind: {label: number for number, label in enumerate(labels)}
        for kind, labels in contents.labels.items()
    }
    for row in _rows_of(spool, contents, split):
        columns = row_dict(row)
        for kind, by_label in numbers.items():
            for annotation in columns[kind] or ():
                annotation["label"] = by_label[annotation["label"]]
        for relation in columns["relations"]:
            for end in ("head", "tail"):
                relation[end]["label"] = numbers["spans"][relation[end]["label"]]
        yield columns


def _sentence_rows(
    spool: Path, contents: DatasetContents, split: str, job: ExportJob, tally: ExportTally
) -> Iterator[dict[str, Any]]:
    """The sentences of a split, with the numbers of class labels as tags."""
    numbers = {tag: number for number, tag in enumerate(_tags(contents))}
    documents = (gold_document(row, job.schema.id) for row in _rows_of(spool, contents, split))
    for item in tokenise(documents, job.schema, tally, with_categories=True):
        tags = iob2_tags(item)
        for number, words in enumerate(sentences(item), 1):
            yield {
                "id": f"{item.document.id}-{number}",
                "document": item.document.id,
                "tokens": [word.text for word in words],
                "starts": [word.idx for word in words],
                "ner_tags": [numbers[tags[word.i]] for word in words],
            }


def _rows_of(spool: Path, contents: DatasetContents, split: str) -> Iterator[JsonlRow]:
    return (row for row in jsonl.read(spool, JsonlRow) if contents.split_of(row.id) == split)
