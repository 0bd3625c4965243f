"""The most useful articles of an annotated pool.

A pool stores only the proposal of each article, whose spans name their proposers and confidence; so
there is no disagreement to measure, only doubt.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from curate.dedup.clusters import near_duplicate_clusters
from curate.layers import PROPOSAL
from curate.model import Annotation, Document, Span
from curate.pool.ingestion import PoolIngestReport, ingest_rows
from curate.pool.selection import PoolRow, read_articles
from curate.ranking.candidates import count_gold
from curate.ranking.ranking import Ranking, RankingCandidate, RankingOptions, rank, worth
from curate.ranking.uncertainty import span_uncertainties
from curate.store.transaction import Transaction
from curate.util import digests

if TYPE_CHECKING:
    from curate.workspace import Workspace

_KEEP = 20  # articles in memory for each one that is asked for
_SPANS = msgspec.json.Decoder(tuple[Span, ...])
_META = msgspec.json.Decoder(dict[str, str])


class _Article(NamedTuple):
    row: PoolRow
    candidate: RankingCandidate


def ingest_useful(workspace: Workspace, folder: Path, options: RankingOptions) -> PoolIngestReport:
    """Ingest the most useful articles of an annotated pool.

    Args:
        workspace: the workspace.
        folder: the folder that ``preannotate_pool`` wrote.
        options: how many articles, and how to rank.

    Raises:
        ConfigError: an option is out of range.
        InputError: the folder has no partitions, or one cannot be read.
    """
    with workspace.locked("ingest"), workspace.store.begin() as tx:
        ranking, rows = rank_pool(tx, folder, options)
        report = ingest_rows(workspace, tx, folder, rows)
    return msgspec.structs.replace(report, articles=ranking.candidates)


def rank_pool(
    tx: Transaction, folder: Path, options: RankingOptions
) -> tuple[Ranking, list[PoolRow]]:
    """Rank the articles of an annotated pool that the corpus does not have.

    Of a large pool only some are kept in memory: those that are worth most by themselves, and as
    many drawn at random. Ranking one article can only lower the worth of others, so an article that
    is not among these would hardly be ranked.

    Returns:
        The ranking, and the rows of the ranked articles in order.

    Raises:
        InputError: the folder has no partitions, or one cannot be read.
    """
    known, gold = set(tx.document_ids()), count_gold(tx)

    def new_articles() -> Iterator[_Article]:
        return (article for article in _articles(folder) if article.row.id not in known)

    def by_worth(article: _Article) -> tuple[float, str]:
        return worth(article.candidate, gold, options.by), article.row.id

    def by_lot(article: _Article) -> str:
        return digests.draw(options.seed, article.row.id)

    limit = _KEEP * (options.count or sum(1 for _ in new_articles()))
    best = heapq.nlargest(limit, new_articles(), key=by_worth)
    drawn = heapq.nsmallest(limit, new_articles(), key=by_lot)
    kept = {article.row.id: article for article in (*best, *drawn)}
    texts = (Document(id=key, text=article.row.text) for key, article in kept.items())
    clusters = near_duplicate_clusters((*tx.documents(), *texts))
    candidates = (
        article.candidate._replace(cluster=clusters.get(key, "")) for key, article in kept.items()
    )
    ranking = rank(candidates, count_gold(tx, clusters), options)
    return ranking, [kept[ranked.document].row for ranked in ranking.chosen]


def _articles(folder: Path) -> Iterator[_Article]:
    for row, spans in read_articles(folder):
        proposal = Annotation(document=row.id, layer=PROPOSAL, spans=_SPANS.decode(spans))
        candidate = RankingCandidate(
            document=row.id,
            words=len(row.text.split()),
            spans=span_uncertainties(row.text, (), proposal, {}),
            title=_META.decode(row.meta).get("title", ""),
            pool=row.partition,
        )
        yield _Article(row, candidate)
