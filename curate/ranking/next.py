"""``curate next``: the documents of the corpus, or the articles of a pool, ranked by usefulness."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from curate.dedup.clusters import near_duplicate_clusters
from curate.preannotate import Setup, load_annotator, model_registry
from curate.preannotate.models import read_meta
from curate.preannotate.pipelines import configured_pipelines, for_language
from curate.preannotate.preannotation import preannotate
from curate.ranking.candidates import candidates, count_gold, without_gold
from curate.ranking.pool import rank_pool
from curate.ranking.ranking import Ranking, RankingOptions, rank
from curate.util.progress import Progress, silent

if TYPE_CHECKING:
    from curate.workspace import Workspace


def rank_next(
    workspace: Workspace,
    options: RankingOptions,
    pool: Path | None = None,
    progress: Progress = silent,
) -> Ranking:
    """Rank the documents without gold, or the articles of an annotated pool.

    Documents that lack a layer are pre-annotated first. If a trained model is promoted, the
    configured models annotate the documents too, since a single model cannot disagree with itself.

    Args:
        workspace: the workspace.
        options: how many documents, and how to rank.
        pool: a folder that ``preannotate_pool`` wrote.
        progress: called for each document that is annotated.

    Raises:
        ConfigError: an option is out of range, or a model is missing.
        InputError: the folder has no partitions, or one cannot be read.
    """
    if pool is not None:
        with workspace.store.begin() as tx:
            return rank_pool(tx, pool, options)[0]
    preannotate(workspace, progress=progress)
    _run_configured_models(workspace, progress)
    with workspace.store.begin() as tx:
        clusters = near_duplicate_clusters(tx.documents())
        return rank(candidates(tx, without_gold(tx), clusters), count_gold(tx, clusters), options)


def _run_configured_models(workspace: Workspace, progress: Progress) -> None:
    """Add the layers of the configured models where a promoted model replaces them."""
    if model_registry.current_model(workspace.models) is None:
        return
    models = for_language(workspace, configured_pipelines(workspace)).models
    names = [read_meta(model).layer for model in models]
    with workspace.locked("next"):
        with workspace.store.begin() as tx:
            ids = sorted({*tx.without_layers(names)} & {*without_gold(tx)})
            documents = [document for key in ids if (document := tx.document(key)) is not None]
        if not documents:
            return
        annotator = load_annotator(Setup(models=models), workspace.schema)
        for number, (_, layers, _) in enumerate(annotator.annotate(documents)):
            progress("run the configured models", number, len(documents))
            with workspace.store.begin() as tx:
                for layer in layers:
                    # Not its proposal: that remains the one of the promoted model.
                    if layer.layer in names:
                        tx.put_annotation(layer)
