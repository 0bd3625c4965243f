"""Commands that train models on the gold, and let one of them propose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from curate.cli import tell_training
from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.output import emit, progress

if TYPE_CHECKING:
    from curate.train import TrainingSettings
    from curate.workspace import Workspace

Version = Annotated[str, typer.Argument(metavar="[VERSION]", help="Release; else the newest.")]
Sure = Annotated[
    bool, typer.Option("--sure", help="Only if the interval of the difference is above 0.")
]
Resamples = Annotated[int, typer.Option(min=0, help="Bootstrap samples; 0 for no intervals.")]


@app.command()
def train(
    version: Version = "",
    base: Annotated[str, typer.Option(help="Pipeline to start from; else the settings'.")] = "",
    blank: Annotated[bool, typer.Option("--blank", help="Start from nothing.")] = False,
    seed: Annotated[int, typer.Option(help="Another one gives another model.")] = 0,
    max_steps: Annotated[int, typer.Option(min=1, help="Updates at most.")] = 1600,
    patience: Annotated[int, typer.Option(min=1, help="Updates without a better score.")] = 500,
    eval_frequency: Annotated[int, typer.Option(min=1, help="Updates between scores.")] = 100,
    again: Annotated[bool, typer.Option("--again", help="Also if it was trained before.")] = False,
    curve: Annotated[bool, typer.Option("--curve", help="Also on 25, 50 and 75% of it.")] = False,
    promote: Annotated[bool, typer.Option("--promote", help="Let it propose if better.")] = False,
    sure: Sure = False,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Train a model on the train split of a release; dev chooses its best state.

    Example: curate train 0.1.0 --promote
    """

    from curate.train import corpus

    found = workspace(root)
    settings = _settings(found, base, blank, seed, max_steps, patience, eval_frequency)
    with progress() as bar:
        made = corpus.train(found, version, settings, again, bar)
        told: dict[str, Any] = {"trained": made}
        if curve:
            told["curve"] = corpus.learning_curve(found, made.model.id, progress=bar)
    if promote:
        told["promotion"] = corpus.promote(found, made.model.id, version, sure)
    emit(told, json, tell_training.trained)


@app.command()
def models(root: Root = HERE, json: Json = False) -> None:
    """List the models that were trained here, and which of them proposes.

    Example: curate models
    """

    from curate.train.corpus import trained_models

    found, current = trained_models(workspace(root))
    emit({"models": found, "current": current}, json, tell_training.listed)


@app.command()
def promote(
    model: Annotated[str, typer.Argument(help="A trained one, see `curate models`.")] = "",
    version: Version = "",
    sure: Sure = False,
    back: Annotated[bool, typer.Option("--back", help="The settings' models again.")] = False,
    resamples: Resamples = 1000,
    seed: Annotated[int, typer.Option(help="Of the bootstrap.")] = 0,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Let a trained model propose, if its proposals on the frozen test split are better.

    The exit code is 1 if they are not.

    Example: curate promote news-fr-0.1.0
    """

    from curate.train.corpus import promote, step_back

    if back == bool(model):
        raise typer.BadParameter("give a model, or --back")
    if back:
        emit({"stepped_back": step_back(workspace(root))}, json, tell_training.stepped_back)
        return
    done = promote(workspace(root), model, version, sure, resamples, seed)
    emit(done, json, tell_training.promoted)
    raise typer.Exit(0 if done.took_over else 1)


def _settings(
    found: Workspace, base: str, blank: bool, seed: int, steps: int, patience: int, every: int
) -> TrainingSettings:
    from curate.train import TrainingSettings
    from curate.train.corpus import base_pipeline

    if base and blank:
        raise typer.BadParameter("give --base or --blank")
    return TrainingSettings(
        base="" if blank else base or base_pipeline(found),
        seed=seed,
        max_steps=steps,
        patience=patience,
        eval_frequency=min(every, steps),
    )
