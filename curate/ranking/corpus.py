"""What to annotate next, where the data is: documents without gold, and articles of a pool.

What proposers say of a document stands in its layers; in a written pool only the proposal is kept,
whose spans name who proposed them, and with what confidence.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from curate import preannotate
from curate.dedup import corpus
from curate.layers import PROPOSAL, PROPOSERS, is_proposer
from curate.model import Annotation, Document, Span
from curate.pool.choice import Row, articles
from curate.preannotate import Setup, models
from curate.ranking import Candidate, Known, Ranking, Settings, places, rank, worth
from curate.schema import Schema
from curate.store import Store
from curate.store.transaction import Transaction
from curate.util import digests
from curate.util.progress import Progress, silent

if TYPE_CHECKING:
    from curate.pool.corpus import Drawn
    from curate.ranking import Ranking, Settings
    from curate.workspace import Workspace

Order = Callable[[Transaction, Iterable[str]], list[str]]
"""Sorts the ids of documents for people to annotate, read from the store."""

_KEEP = 20  # times as many articles of a pool are kept as are asked for
_SPANS = msgspec.json.Decoder(tuple[Span, ...])
_META = msgspec.json.Decoder(dict[str, str])


def known(tx: Transaction, clusters: Mapping[str, str] | None = None) -> Known:
    """What the gold has: labels, texts, and clusters of near copies."""
    labels: Counter[str] = Counter()
    surfaces: Counter[str] = Counter()
    found = set()
    for document, revision in tx.heads():
        if not revision.deleted:
            labels.update(span.label for span in revision.spans)
            surfaces.update(document.text[s.start : s.end].lower() for s in revision.spans)
            found.add((clusters or {}).get(document.id, ""))
    return Known(labels, surfaces, found - {""})


def waiting(tx: Transaction) -> list[str]:
    """Documents that nobody has confirmed or withdrawn yet, sorted."""
    golden = tx.documents_with_gold()
    return [document for document in tx.document_ids() if document not in golden]


def candidates(
    tx: Transaction, documents: Iterable[str], clusters: Mapping[str, str] | None = None
) -> Iterator[Candidate]:
    """Documents of the corpus with the places where their proposers may be wrong.

    Args:
        tx: the store.
        documents: their ids; one that has no layer yet has no places.
        clusters: the cluster of each document that has near copies.
    """
    ids = sorted(documents)
    speaks: defaultdict[str, set[str]] = defaultdict(set)
    for key in ids:
        for layer in tx.annotations(key, *PROPOSERS):
            speaks[layer.layer].update(span.label for span in layer.spans)
    for key in ids:
        document = tx.document(key)
        if document is not None:
            said = tx.annotations(key)
            layers = [each for each in said if is_proposer(each.layer)]
            proposal = next((each for each in said if each.layer == PROPOSAL), None)
            yield Candidate(
                document=key,
                words=len(document.text.split()),
                places=places(document.text, layers, proposal, speaks),
                cluster=(clusters or {}).get(key, ""),
                title=document.meta.get("title", ""),
            )


def hear(store: Store, setup: Setup, schema: Schema, progress: Progress) -> None:
    """Add the layers of models that do not propose, to the documents that nobody has confirmed."""
    names = [models.read_meta(name).layer for name in setup.models]
    with store.begin() as tx:
        todo = sorted({*tx.without_layers(names)} & {*waiting(tx)})
        documents = [found for key in todo if (found := tx.document(key)) is not None]
    if not documents:
        return
    annotator = preannotate.load_annotator(setup, schema)
    for done, (_, layers, _) in enumerate(annotator.annotate(documents)):
        progress("ask the other models", done, len(todo))
        with store.begin() as tx:
            for layer in layers:
                if layer.layer in names:
                    tx.put_annotation(layer)


def near_copies(documents: Iterable[Document], at: str = "") -> dict[str, str]:
    """The cluster of each document that has near copies among the others."""
    return corpus.clusters_of(corpus.in_corpus(documents, corpus.DedupOptions(keep="all"), at))


def in_corpus(tx: Transaction, settings: Settings) -> Ranking:
    """Rank the documents that nobody has confirmed yet."""
    clusters = near_copies(tx.documents())
    return rank(candidates(tx, waiting(tx), clusters), known(tx, clusters), settings)


def in_pool(tx: Transaction, folder: Path, settings: Settings) -> tuple[Ranking, list[Row]]:
    """Rank the articles of a written pool that the corpus does not have.

    Of a large pool only those are kept meanwhile that are worth most by themselves, and as many by
    chance. What is chosen makes others worth less and never more, so that an article which is not
    among these would hardly be chosen.

    Returns:
        The ranking, and the rows of the chosen, in its order.

    Raises:
        InputError: the folder has no partitions, or one cannot be read.
    """
    have, gold = set(tx.document_ids()), known(tx)

    def fresh() -> Iterator[_Article]:
        return (article for article in _articles(folder) if article.row.id not in have)

    limit = _KEEP * (settings.count or sum(1 for _ in fresh()))
    best = heapq.nlargest(limit, fresh(), key=lambda each: each.rank(gold, settings))
    drawn = heapq.nsmallest(
        limit, fresh(), key=lambda each: digests.draw(settings.seed, each.row.id)
    )
    found = {each.row.id: each for each in (*best, *drawn)}
    texts = (Document(id=each.row.id, text=each.row.text) for each in found.values())
    clusters = near_copies((*tx.documents(), *texts))
    made = rank(
        (each.candidate._replace(cluster=clusters.get(each.row.id, "")) for each in found.values()),
        known(tx, clusters),
        settings,
    )
    return made, [found[each.document].row for each in made.chosen]


class _Article(NamedTuple):
    row: Row
    candidate: Candidate

    def rank(self, gold: Known, settings: Settings) -> tuple[float, str]:
        return worth(self.candidate, gold, settings.by), self.row.id


def _articles(folder: Path) -> Iterator[_Article]:
    for row, spans in articles(folder):
        proposal = Annotation(document=row.id, layer=PROPOSAL, spans=_SPANS.decode(spans))
        candidate = Candidate(
            document=row.id,
            words=len(row.text.split()),
            places=places(row.text, (), proposal, {}),
            title=_META.decode(row.meta).get("title", ""),
            pool=row.partition,
        )
        yield _Article(row, candidate)


def order(name: str) -> Order:
    """The order in which people are to find documents, for a sync.

    Args:
        name: ``useful``, ``newest`` or ``id``.
    """
    return {"useful": _useful, "newest": _newest}.get(name, lambda tx, documents: sorted(documents))


def _useful(tx: Transaction, documents: Iterable[str]) -> list[str]:
    """The most useful first; near copies come last."""
    ids = sorted(documents)
    if len(ids) < 2:  # there is no order, and to look for copies reads the whole corpus
        return ids
    clusters = near_copies(tx.documents())
    made = rank(candidates(tx, ids, clusters), known(tx, clusters), Settings())
    return [*(each.document for each in made.chosen), *made.copies]


def _newest(tx: Transaction, documents: Iterable[str]) -> list[str]:
    def published(document: str) -> str:
        found = tx.document(document)
        return found.meta.get("published", "") if found else ""

    return sorted(sorted(documents), key=published, reverse=True)


def rank_next(
    workspace: Workspace, settings: Settings, pool: Path | None = None, progress: Progress = silent
) -> Ranking:
    """Rank the documents that nobody has confirmed, or the articles of a written pool.

    Documents that lack a layer are pre-annotated first. Where a trained model proposes, the
    models of the settings have their say too, since one model alone disagrees with nobody.

    Args:
        settings: how many, and how to choose.
        pool: what ``preannotate_pool`` wrote.
        progress: is told of each document that is annotated.

    Raises:
        ConfigError: the settings contradict themselves, or a model is missing.
        InputError: the folder has no partitions, or one cannot be read.
    """
    from curate.preannotate.preannotation import preannotate

    if pool is not None:
        with workspace.store.begin() as tx:
            return in_pool(tx, pool, settings)[0]
    preannotate(workspace, progress=progress)
    _committee(workspace, progress)
    with workspace.store.begin() as tx:
        return in_corpus(tx, settings)


def ingest_useful(workspace: Workspace, folder: Path, settings: Settings) -> Drawn:
    """Take those articles of a written pool into the corpus that are worth most.

    Args:
        folder: what ``preannotate_pool`` wrote.
        settings: how many, and how to choose.

    Raises:
        ConfigError: the settings contradict themselves.
        InputError: the folder has no partitions, or one cannot be read.
    """
    from curate.pool import corpus as pools

    with workspace.locked("ingest"), workspace.store.begin() as tx:
        ranking, rows = in_pool(tx, folder, settings)
        done = pools.take_rows(tx, folder, workspace.relative_name(folder), rows, workspace.now())
    return msgspec.structs.replace(done, articles=ranking.candidates)


def _committee(workspace: Workspace, progress: Progress) -> None:
    """Let the models of the settings say what they see, where a trained model proposes."""
    from curate.preannotate import Setup, registry
    from curate.preannotate.pipelines import configured_pipelines

    if registry.current_model(workspace.models) is None:
        return
    settled = configured_pipelines(workspace)
    code = workspace.config.corpus.language
    models = settled.get(code, settled[""]).models
    with workspace.locked("next"):
        hear(workspace.store, Setup(models=models), workspace.schema, progress)
