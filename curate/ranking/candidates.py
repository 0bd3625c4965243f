"""What is ranked, read from the store: documents without gold, and what the gold contains."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping

from curate.layers import PROPOSAL, PROPOSERS, is_proposer
from curate.ranking.ranking import GoldCounts, RankingCandidate
from curate.ranking.uncertainty import span_uncertainties
from curate.store.transaction import Transaction


def count_gold(tx: Transaction, clusters: Mapping[str, str] | None = None) -> GoldCounts:
    """Labels, texts and clusters of the gold."""
    labels: Counter[str] = Counter()
    surfaces: Counter[str] = Counter()
    gold_clusters = set()
    for document, revision in tx.heads():
        if not revision.deleted:
            labels.update(span.label for span in revision.spans)
            surfaces.update(document.text[s.start : s.end].lower() for s in revision.spans)
            gold_clusters.add((clusters or {}).get(document.id, ""))
    return GoldCounts(labels, surfaces, gold_clusters - {""})


def without_gold(tx: Transaction) -> list[str]:
    """Ids of the documents that nobody has confirmed or withdrawn, sorted."""
    golden = tx.documents_with_gold()
    return [document for document in tx.document_ids() if document not in golden]


def candidates(
    tx: Transaction, documents: Iterable[str], clusters: Mapping[str, str]
) -> Iterator[RankingCandidate]:
    """Documents of the corpus with the uncertainty of their proposed spans.

    Args:
        tx: the store.
        documents: ids of the documents; one without layers has no spans.
        clusters: the cluster of each document that has near-duplicates.
    """
    ids = sorted(documents)
    labels: defaultdict[str, set[str]] = defaultdict(set)
    # First of all documents: a model that never uses a label has no vote on it.
    for key in ids:
        for layer in tx.annotations(key, *PROPOSERS):
            labels[layer.layer].update(span.label for span in layer.spans)
    for key in ids:
        document = tx.document(key)
        if document is not None:
            layers = tx.annotations(key)
            proposers = [layer for layer in layers if is_proposer(layer.layer)]
            proposal = next((layer for layer in layers if layer.layer == PROPOSAL), None)
            yield RankingCandidate(
                document=key,
                words=len(document.text.split()),
                spans=span_uncertainties(document.text, proposers, proposal, labels),
                cluster=clusters.get(key, ""),
                title=document.meta.get("title", ""),
            )
