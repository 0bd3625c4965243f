"""The order in which annotators find new documents, for a sync."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from curate.dedup.clusters import near_duplicate_clusters
from curate.ranking.candidates import candidates, count_gold
from curate.ranking.ranking import RankingOptions, rank
from curate.store.transaction import Transaction

PushOrder = Callable[[Transaction, Iterable[str]], list[str]]
"""Sorts the ids of documents that are to be annotated."""


def push_order(name: str) -> PushOrder:
    """The order of a name: ``useful``, ``newest`` or ``id``."""
    return {"useful": _useful, "newest": _newest}.get(name, lambda tx, documents: sorted(documents))


def _useful(tx: Transaction, documents: Iterable[str]) -> list[str]:
    """The most useful documents first, and near-duplicates last."""
    ids = sorted(documents)
    if len(ids) < 2:
        return ids  # looking for near-duplicates would read the whole corpus
    clusters = near_duplicate_clusters(tx.documents())
    ranking = rank(candidates(tx, ids, clusters), count_gold(tx, clusters), RankingOptions())
    return [*(ranked.document for ranked in ranking.chosen), *ranking.copies]


def _newest(tx: Transaction, documents: Iterable[str]) -> list[str]:
    def published(key: str) -> str:
        document = tx.document(key)
        return document.meta.get("published", "") if document else ""

    return sorted(sorted(documents), key=published, reverse=True)
