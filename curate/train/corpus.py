"""Models that are trained on the gold of a workspace, scored, and put to use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from curate.errors import ConfigError
from curate.util.progress import Progress, silent

if TYPE_CHECKING:
    from curate.config import Pipelines
    from curate.train import Current, Trained, TrainingSettings
    from curate.train.learning_curve import Curve
    from curate.train.promotion import Graded, Promotion
    from curate.train.training import Corpus, Made
    from curate.workspace import Workspace


def train(
    workspace: Workspace,
    version: str = "",
    settings: TrainingSettings | None = None,
    again: bool = False,
    progress: Progress = silent,
) -> Made:
    """Train a model on the train split of a release; it does not propose yet, see ``promote``.

    Args:
        version: the release; the newest where it is empty.
        settings: how; ``base`` as :meth:`base_pipeline` gives it by default.
        again: also if there is a model of the same release and settings.
        progress: is told of each update.

    Raises:
        ReleaseError: there is no such release, or the store has not what it says.
        InputError: there is nothing to train or to tune on.
        ConfigError: the pipeline to start from is not there, or has nothing to start from.
        StoreError: another training runs in this workspace.
    """
    from curate.train import TrainingSettings, training

    chosen = settings or TrainingSettings(base=base_pipeline(workspace))
    corpus = _corpus(workspace)
    material = training.gold(corpus, version)
    at = workspace.now()
    return training.train(corpus, material, chosen, again=again, at=at, progress=progress)


def learning_curve(
    workspace: Workspace, model: str, resamples: int = 1000, progress: Progress = silent
) -> Curve:
    """Train on 25, 50 and 75% of what a model was trained on, and draw what each scores.

    Args:
        model: a trained one.
        resamples: of the bootstrap over the documents of ``dev``.
        progress: is told of each update.

    Raises:
        InputError: there is no such model.
        ReleaseError: the store has no longer what the release says.
        StoreError: another training runs in this workspace.
    """
    from curate.agreement import Resampler
    from curate.preannotate import registry
    from curate.train import learning_curve, training

    corpus = _corpus(workspace)
    found = registry.find(workspace.models, model)
    material = training.gold(corpus, found.release)
    return learning_curve.draw(corpus, material, found, Resampler(resamples, 0), progress)


def base_pipeline(workspace: Workspace) -> str:
    """The pipeline that a training starts from: the first one of the settings, if any."""
    code = workspace.config.corpus.language
    found = workspace.config.preannotate.languages.get(code, workspace.config.preannotate)
    return next(iter(found.models), "")


def trained_models(workspace: Workspace) -> tuple[list[Trained], Current | None]:
    """The models that were trained here, and the one of them that proposes, if one does."""
    from curate.preannotate import registry

    return registry.registered(workspace.models), registry.current(workspace.models)


def evaluate_model(
    workspace: Workspace,
    model: str,
    version: str = "",
    split: str = "test",
    proposal: bool = False,
    resamples: int = 1000,
    seed: int = 0,
) -> Graded:
    """Score a model on a split of a release.

    Args:
        model: of ``trained``, the name or folder of a spaCy pipeline, or ``current`` for what
            proposes now.
        version: the release; the newest where it is empty.
        split: ``train``, ``dev`` or ``test``.
        proposal: score what people would see: the model with the rules.
        resamples: of the bootstrap; 0 for no intervals.
        seed: of the bootstrap.

    Raises:
        ReleaseError: there is no such release, or the store has not what it says.
        InputError: there is no such split.
        ConfigError: there is no such model.
    """
    from curate.agreement import Resampler
    from curate.preannotate import Setup, registry
    from curate.train import promotion, training

    return promotion.grade(
        training.gold(_corpus(workspace), version),
        split,
        workspace.schema,
        Setup.of(_with(workspace, model)),
        model,
        known=registry.registered(workspace.models),
        proposal=proposal or model == promotion.NOW,
        resampler=Resampler(resamples, seed),
    )


def promote(
    workspace: Workspace,
    model: str,
    version: str = "",
    sure: bool = False,
    resamples: int = 1000,
    seed: int = 0,
) -> Promotion:
    """Let a trained model propose, if its proposals are better on the test split.

    Args:
        model: its id.
        version: the release whose test split decides; the newest where it is empty.
        sure: only if the interval of the difference is above zero too.
        resamples: of the bootstrap.
        seed: of the bootstrap.

    Raises:
        InputError: there is no such model, or no test document that is new to both.
        ReleaseError: there is no such release, or the store has not what it says.
    """
    from curate.agreement import Resampler
    from curate.preannotate.corpus import active_pipelines, configured_pipelines
    from curate.train import promotion, training

    corpus = _corpus(workspace)
    with workspace.locked("promote"):
        return promotion.promote(
            corpus,
            training.gold(corpus, version),
            model,
            _of_language(workspace, configured_pipelines(workspace)),
            now=_of_language(workspace, active_pipelines(workspace)),
            sure=sure,
            by=workspace.config.corpus.curator,
            at=workspace.now(),
            resampler=Resampler(resamples, seed),
        )


def step_back(workspace: Workspace) -> str:
    """Let the settings' own models propose again; returns the model that did, if one did."""
    from curate.preannotate import registry

    with workspace.locked("promote"):
        try:
            standing = registry.current(workspace.models)
        except ConfigError:  # damaged, or its model is gone: the more reason to step back
            registry.leave(workspace.models)
            return "a model that is no longer there"
        registry.leave(workspace.models)
    return standing.model if standing else ""


def _with(workspace: Workspace, model: str) -> Pipelines:
    """The settings of the corpus's language with a model in the place of its own."""
    from curate.preannotate import registry
    from curate.preannotate.corpus import active_pipelines, configured_pipelines
    from curate.train import promotion

    if model == promotion.NOW:
        return _of_language(workspace, active_pipelines(workspace))
    settings = _of_language(workspace, configured_pipelines(workspace))
    known = {name: each for each in registry.registered(workspace.models) for name in each.names}
    if model in known:
        return registry.with_model(settings, workspace.models / known[model].id)
    if settings.models == (model,):
        return settings
    return msgspec.structs.replace(settings, models=(model,), votes="", threshold=None)


def _of_language(workspace: Workspace, found: dict[str, Pipelines]) -> Pipelines:
    return found.get(workspace.config.corpus.language, found[""])


def _corpus(workspace: Workspace) -> Corpus:
    from curate.splits.corpus import load
    from curate.train.training import Corpus

    return Corpus(
        store=workspace.store,
        splits=load(workspace.annotations),
        models=workspace.models,
        schema=workspace.schema,
        name=workspace.config.corpus.name,
        language=workspace.config.corpus.language,
    )
