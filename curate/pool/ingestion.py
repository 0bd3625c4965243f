"""Ingesting articles of an annotated pool into the corpus."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from curate.ingest.importer import IngestedDocuments, Origin
from curate.ingest.versions import VersionIndex, carry_over
from curate.model import Document, Problem
from curate.pool.selection import Criterion, PoolRow, select_articles
from curate.store.transaction import Transaction
from curate.util import digests, jsonl

if TYPE_CHECKING:
    from curate.workspace import Workspace


class PoolIngestReport(IngestedDocuments, frozen=True, kw_only=True):
    """The result of ``ingest-pool``.

    Args:
        articles: number of articles that could have been selected.
    """

    articles: int = 0


def ingest_pool(
    workspace: Workspace,
    folder: Path,
    count: int,
    by: Criterion = "sample",
    seed: int = 0,
    new: bool = False,
) -> PoolIngestReport:
    """Ingest a sample of an annotated pool, or its articles with the lowest or highest scores.

    Args:
        workspace: the workspace.
        folder: the folder that ``preannotate_pool`` wrote.
        count: maximum number of articles.
        by: criterion of the selection.
        seed: random seed of the sample.
        new: select only articles that the corpus does not have.

    Raises:
        InputError: the folder has no partitions, or one cannot be read.
    """
    with workspace.locked("ingest"), workspace.store.begin() as tx:
        known = set(tx.document_ids()) if new else set()
        selection = select_articles(folder, count, by, seed, known.__contains__)
        report = ingest_rows(workspace, tx, folder, selection.rows)
    return msgspec.structs.replace(report, articles=selection.articles)


def ingest_rows(
    workspace: Workspace, tx: Transaction, folder: Path, rows: Iterable[PoolRow]
) -> PoolIngestReport:
    """Ingest rows of an annotated pool.

    The documents are ingested without the spans of the pool, which may be from other models and
    rules: the pre-annotation of the corpus creates all their layers.
    """
    name, at = workspace.relative_name(folder), workspace.now()
    added: list[str] = []
    known: list[str] = []
    problems: list[Problem] = []
    versions = VersionIndex(tx)
    digest = cache(digests.of_file)  # many rows are in one partition
    for row in rows:
        document = _document(row)
        if isinstance(document, Problem):
            problems.append(document)
        elif tx.document(document.id) is not None:
            known.append(document.id)
        else:
            origin = Origin(f"{name}/{row.partition}", digest(folder / row.partition), at)
            document = versions.link(origin.stamp(document, str(row.number)))
            tx.add_document(document)
            problems += carry_over(tx, document)
            added.append(document.id)
    return PoolIngestReport(added=tuple(added), known=tuple(known), problems=tuple(problems))


def _document(row: PoolRow) -> Document | Problem:
    try:
        meta = msgspec.json.decode(row.meta, type=dict[str, str])
    except msgspec.MsgspecError as error:
        return _problem(row, f"its metadata is not JSON ({error})")
    if jsonl.document_id(row.text) != row.id:
        return _problem(row, "its id does not match its text")
    return Document(id=row.id, text=row.text, lang=row.lang, meta=meta)


def _problem(row: PoolRow, reason: str) -> Problem:
    return Problem(
        code="pool.row",
        message=f"{row.id}: {reason}",
        where=f"{row.partition}:{row.number}",
        hint="delete the partition and pre-annotate the pool again",
    )
