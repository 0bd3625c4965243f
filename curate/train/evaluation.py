"""Scoring a model on a split of a release.

A model is scored through pre-annotation: with its mapping of labels and cleaning of boundaries,
and for the proposal also with rules and votes. The figures are those of what annotators see.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import msgspec

from curate.agreement import Evaluation, Resampler, evaluate
from curate.agreement.breakdown import Breakdown, breakdown
from curate.config import Pipelines
from curate.layers import PROPOSAL, is_model
from curate.model import Annotation, Document, Problem, Record
from curate.preannotate import Setup, load_annotator, model_registry
from curate.preannotate.model_registry import LabelScore, TrainedModel
from curate.preannotate.pipelines import (
    absolute_model,
    active_pipelines,
    configured_pipelines,
    for_language,
)
from curate.schema import Schema
from curate.train.data import Pair, load_training_data
from curate.workspace import Workspace

CURRENT = "current"
"""Stands for the pipelines that pre-annotate now, where a model is named."""


class ModelEvaluation(Record, frozen=True, kw_only=True):
    """The scores of a model on a split of a release.

    Args:
        model: the model as it was named.
        layer: the layer that was scored: the model's, or ``proposal``.
        release: version of the release.
        split: name of the split.
        evaluation: scores by the CoNLL definition and the schemes of SemEval-2013.
        parts: scores by source and by length, and the worst documents.
        problems: documents that were left out, and why.
    """

    model: str
    layer: str
    release: str
    split: str
    evaluation: Evaluation
    parts: Breakdown
    problems: tuple[Problem, ...] = ()


class Predictions(NamedTuple):
    """What the pipelines of a setup predict for documents.

    Args:
        layers: annotations by layer and document.
        problems: documents on which a model failed.
    """

    layers: dict[str, dict[str, Annotation]]
    problems: list[Problem]

    @property
    def proposals(self) -> dict[str, Annotation]:
        """What annotators would see, by document."""
        return self.layers.get(PROPOSAL, {})

    @property
    def models(self) -> dict[str, dict[str, Annotation]]:
        """The layers of models, without rules and votes."""
        return {name: layer for name, layer in self.layers.items() if is_model(name)}


def predict(setup: Setup, schema: Schema, documents: Iterable[Document]) -> Predictions:
    """Pre-annotate documents without writing anything.

    Raises:
        ConfigError: a model or a file of the setup is missing or wrong.
    """
    predictions = Predictions({}, [])
    for document, layers, problems in load_annotator(setup, schema).annotate(documents):
        predictions.problems.extend(problems)
        for layer in layers:
            predictions.layers.setdefault(layer.layer, {})[document.id] = layer
    return predictions


def predict_alone(
    pipeline: Path, schema: Schema, documents: Iterable[Document]
) -> dict[str, Annotation]:
    """What a pipeline predicts without rules and votes, by document.

    A document on which it fails is missing.
    """
    predictions = predict(Setup(models=(str(pipeline),)), schema, documents)
    return next(iter(predictions.models.values()), {})


def evaluate_model(
    workspace: Workspace,
    model: str,
    version: str = "",
    split: str = "test",
    proposal: bool = False,
    resamples: int = 1000,
    seed: int = 0,
    language: str = "",
) -> ModelEvaluation:
    """Score a model, or the proposals it leads to, on a split of a release.

    Documents of the test split that the model learned from are left out.

    Args:
        workspace: the workspace.
        model: id or layer of a trained model, name or folder of a spaCy pipeline, or ``current``
            for the proposals of now.
        version: the release; the newest if empty.
        split: ``train``, ``dev`` or ``test``.
        proposal: score the proposals (the model with rules) instead of the model alone.
        resamples: bootstrap samples; 0 for no intervals.
        seed: random seed of the bootstrap.
        language: of the documents; by default that of a trained model, or the main one.

    Raises:
        ReleaseError: there is no such release, or the store differs from its manifest.
        InputError: the split is empty.
        ConfigError: there is no such model, or the corpus is not in this language.
    """
    trained = model_registry.list_models(workspace.models)
    language = language or next((each.articles for each in trained if model in each.names), "")
    data = load_training_data(workspace, version, language)
    setup = Setup.of(_pipelines(workspace, model, language))
    # The model learned from all of train and dev; leaving that out would leave nothing to score.
    models = trained if split == "test" else []
    pairs, problems = leave_out_seen(data.split(split), setup, models)
    documents = [document for document, _ in pairs]
    predictions = predict(setup, workspace.schema, documents)
    alone = not proposal and model != CURRENT and len(predictions.models) == 1
    layer = next(iter(predictions.models)) if alone else PROPOSAL
    gold = {document.id: revision.annotation for document, revision in pairs}
    predicted = complete(predictions.layers.get(layer, {}), gold)
    resampler = Resampler(resamples, seed)
    return ModelEvaluation(
        model=model,
        layer=layer,
        release=data.release.version,
        split=split,
        evaluation=evaluate(documents, gold.values(), predicted.values(), resampler=resampler),
        parts=breakdown(documents, gold, predicted, resampler),
        problems=(*data.problems, *problems, *predictions.problems),
    )


def _pipelines(workspace: Workspace, model: str, language: str) -> Pipelines:
    """The pipelines of a language with the named model in place of the models."""
    if model == CURRENT:
        return for_language(workspace, active_pipelines(workspace), language)
    configured = for_language(workspace, configured_pipelines(workspace), language)
    for trained in model_registry.list_models(workspace.models):
        if model in trained.names:
            return model_registry.with_model(configured, workspace.models / trained.id)
    if not Path(model).is_dir():
        model = absolute_model(workspace.root, model)  # as the settings name it
    if configured.models in ((model,), (str(Path(model).resolve()),)):
        return configured  # its votes were learned for it
    return msgspec.structs.replace(configured, models=(model,), votes="", threshold=None)


def label_scores(pipeline: Path, schema: Schema, pairs: Iterable[Pair]) -> dict[str, LabelScore]:
    """Precision, recall and F1 of a pipeline without rules: of ``all`` labels, and of each."""
    documents, revisions = zip(*pairs, strict=True)
    predicted = predict_alone(pipeline, schema, documents)
    gold = [revision.annotation for revision in revisions]
    scores = evaluate(documents, gold, predicted.values(), resampler=Resampler(0)).conll
    return {
        name: LabelScore(precision=score.precision, recall=score.recall, f1=score.f1)
        for name, score in {"all": scores.micro, **scores.labels}.items()
    }


def leave_out_seen(
    pairs: Iterable[Pair], setup: Setup, models: Iterable[TrainedModel]
) -> tuple[tuple[Pair, ...], tuple[Problem, ...]]:
    """Leave out the documents that a trained model of a setup learned from."""
    pipelines = {Path(name).name for name in setup.models}
    seen = {
        document: model.id
        for model in models
        if model.id in pipelines
        for document in (*model.train, *model.dev)
    }
    pairs = tuple(pairs)
    problems = tuple(
        Problem(
            code="train.seen",
            severity="warning",
            document=document.id,
            message=f"left out: {seen[document.id]} learned from it",
        )
        for document, _ in pairs
        if document.id in seen
    )
    return tuple(pair for pair in pairs if pair[0].id not in seen), problems


def complete(layer: dict[str, Annotation], gold: dict[str, Annotation]) -> dict[str, Annotation]:
    """A layer with an empty annotation for each document of the gold that a model failed on.

    So a failure counts as missed spans, and does not make the score better.
    """
    return {key: layer.get(key) or Annotation(document=key, layer="") for key in gold}
