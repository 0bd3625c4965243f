"""Format ``huggingface``: a folder that ``datasets.load_dataset`` loads, with its card.

::

    README.md                                 the card; its YAML head names tables, splits, columns
    croissant.json                            the same for readers of Croissant
    data/documents/<split>/<number>.parquet   a document a row, as in ``parquet``; nothing is lost
    data/tokens/<split>/<number>.parquet      a sentence a row: tokens, their starts, IOB2 tags

Labels and tags are class labels in the order of the schema. The splits are those of the release;
without any, all is ``train``. The table ``tokens`` loses what ``conll`` loses, and its account
stands in the same file. Memory holds one group of rows.
References: https://huggingface.co/docs/datasets/repository_structure,
https://docs.mlcommons.org/croissant/docs/croissant-spec.html
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from curate.formats import jsonl as jsonl_format
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
from curate.formats.jsonl import JsonlRow
from curate.formats.parquet import row_dict
from curate.formats.token_tags import iob2_tags
from curate.formats.tokens import sentences, tokenise
from curate.formats.writing import ExportedFile, ExportJob, ExportTally, GoldDocument
from curate.util import jsonl

if TYPE_CHECKING:
    import pyarrow as pa

TABLES = ("documents", "tokens")


def write(pairs: Iterable[GoldDocument], target: Path, job: ExportJob) -> ExportedFile:
    """Write the folder; see ``curate.formats.export.write``."""
    with tempfile.TemporaryDirectory() as temporary, replace_folder(target) as made:
        spool = Path(temporary) / "rows.jsonl"
        exported = jsonl_format.write(pairs, spool, job)
        contents = survey_rows(spool, job.schema, job.release)
        splits = list(contents.documents)
        columns = (_documents(contents), _tokens(contents))
        tables = [ParquetTable(name, it, splits) for name, it in zip(TABLES, columns, strict=True)]
        tally = job.tally("tokens")
        for split in splits:
            tables[0].write(made, split, _rows(spool, contents, split))
            tables[1].write(made, split, _sentences(spool, contents, split, job, tally))
        made.write("README.md", readme(job, contents, tables).encode())
        made.write("croissant.json", metadata(job, contents, tables))
    also = (tally.exported(target, "huggingface/tokens"),)
    return msgspec.structs.replace(exported, path=str(target), format="huggingface", also=also)


def documents(pairs: Iterable[GoldDocument], job: ExportJob) -> pa.Table:
    """The table ``documents`` in memory, of all splits together."""
    import pyarrow as pa

    with tempfile.TemporaryDirectory() as temporary:
        spool = Path(temporary) / "rows.jsonl"
        jsonl_format.write(pairs, spool, job)
        contents = survey_rows(spool, job.schema, None)
        table = ParquetTable(TABLES[0], _documents(contents), [])
        return pa.Table.from_batches(
            table.batches(_rows(spool, contents, DEFAULT_SPLIT)), table.schema
        )


def _documents(contents: DatasetContents) -> Columns:
    labels = contents.labels
    place: Columns = {"start": "int64", "end": "int64", "label": labels["spans"]}
    said: Columns = {"by": "string", "at": "string"}
    meta: Columns = {"meta": dict.fromkeys(contents.meta, "string")} if contents.meta else {}
    return {
        "id": "string",
        "text": "string",
        "lang": "string",
        **meta,
        "spans": [{**place, **said, "score": "float64"}],
        "relations": [{"head": place, "tail": place, "label": labels["relations"], **said}],
        "categories": [{"label": labels["categories"], **said}],
        "revision": "int64",
        "confirmed_by": "string",
    }


def _tokens(contents: DatasetContents) -> Columns:
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


def _rows(spool: Path, contents: DatasetContents, split: str) -> Iterator[dict[str, Any]]:
    """The documents of a split, with numbers for labels."""
    numbers = {
        kind: {label: number for number, label in enumerate(labels)}
        for kind, labels in contents.labels.items()
    }
    for row in _of(spool, contents, split):
        made = row_dict(row)
        for kind, found in numbers.items():
            for mark in made[kind]:
                mark["label"] = found[mark["label"]]
        for relation in made["relations"]:
            for end in ("head", "tail"):
                relation[end]["label"] = numbers["spans"][relation[end]["label"]]
        yield made


def _sentences(
    spool: Path, contents: DatasetContents, split: str, job: ExportJob, tally: ExportTally
) -> Iterator[dict[str, Any]]:
    """The sentences of a split, with numbers for tags."""
    numbers = {tag: number for number, tag in enumerate(_tags(contents))}
    pairs = (jsonl_format.gold_document(row, job.schema.id) for row in _of(spool, contents, split))
    for item in tokenise(pairs, job.schema, tally):
        tags = iob2_tags(item)
        for number, words in enumerate(sentences(item), 1):
            yield {
                "id": f"{item.document.id}-{number}",
                "document": item.document.id,
                "tokens": [word.text for word in words],
                "starts": [word.idx for word in words],
                "ner_tags": [numbers[tags[word.i]] for word in words],
            }


def _of(spool: Path, contents: DatasetContents, split: str) -> Iterator[JsonlRow]:
    return (row for row in jsonl.read(spool, JsonlRow) if contents.place(row.id) == split)
