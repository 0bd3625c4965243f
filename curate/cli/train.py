"""``curate train``: train a model on a release."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.options import TrainingLanguage
from curate.cli.output import counted, emit, grid, number, problem_summary, progress, say, tabular
from curate.cli.promote import Sure, Version, render_promotion
from curate.formats.writing import loss_reason
from curate.layers import model_of

if TYPE_CHECKING:
    from curate.train.learning_curve import LearningCurve
    from curate.train.training import TrainingResult


@app.command()
def train(
    version: Version = "",
    base: Annotated[
        str, typer.Option(help="spaCy pipeline to start from; by default the first configured one.")
    ] = "",
    blank: Annotated[bool, typer.Option("--blank", help="Start without a pipeline.")] = False,
    seed: Annotated[int, typer.Option(help="Random seed.")] = 0,
    max_steps: Annotated[int, typer.Option(min=1, help="Maximum number of updates.")] = 1600,
    patience: Annotated[
        int, typer.Option(min=1, help="Stop after this many updates without a better score.")
    ] = 500,
    eval_frequency: Annotated[
        int, typer.Option(min=1, help="Number of updates between evaluations.")
    ] = 100,
    language: TrainingLanguage = "",
    again: Annotated[
        bool, typer.Option("--again", help="Train even if the same model exists.")
    ] = False,
    curve: Annotated[
        bool,
        typer.Option("--curve", help="Also train on 25, 50 and 75%, and draw a curve."),
    ] = False,
    promote: Annotated[
        bool, typer.Option("--promote", help="Promote the model if its proposals are better.")
    ] = False,
    sure: Sure = False,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Train a model on the train split of a release; dev selects the best checkpoint.

    A model is for one language: a corpus in several trains one for each, with --language.

    Example: curate train 0.1.0 --promote
    """
    from curate.preannotate.model_registry import TrainingSettings
    from curate.train import learning_curve, promotion, training

    if base and blank:
        raise typer.BadParameter("give --base or --blank, not both")
    here = workspace(root)
    settings = TrainingSettings(
        base="" if blank else base or training.base_pipeline(here, language),
        seed=seed,
        max_steps=max_steps,
        patience=patience,
        eval_frequency=min(eval_frequency, max_steps),
    )
    with progress() as bar:
        result = training.train(here, version, settings, again, bar, language)
        output: dict[str, Any] = {"trained": result}
        if curve:
            output["curve"] = learning_curve.learning_curve(here, result.model.id, progress=bar)
    if promote:
        output["promotion"] = promotion.promote(here, result.model.id, version, sure)
    emit(output, json, _render)


def _render(output: dict[str, Any]) -> None:
    result: TrainingResult = output["trained"]
    model = result.model
    problem_summary(
        problem for problem in result.problems if loss_reason(problem) not in model.noted
    )
    if counts := {**model.lost, **model.noted}:
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in counts.items())
        say(f"spans that do not fit the tokens of spaCy: {kinds}")
    table = grid("dev", "precision", "recall", "F1")
    for label, score in model.scores.items():
        table.add_row(escape(label), *map(number, (score.precision, score.recall, score.f1)))
    tabular(table)
    verb = "already trained:" if result.known else "trained"
    documents = f"on {counted(len(model.train), 'document')} of release {model.release}"
    base = escape(model_of(model.base)) or "a blank model"
    say(
        f"{verb} {escape(model.id)} {documents}, starting from {base}, "
        f"seed {model.settings.seed}, {counted(model.steps, 'step')}"
    )
    if "curve" in output:
        _render_curve(output["curve"])
    if "promotion" in output:
        render_promotion(output["promotion"])
    else:
        say(f"use it to pre-annotate with `curate promote {escape(model.id)}`")


def _render_curve(curve: LearningCurve) -> None:
    table = grid("dev", "documents", "spans", "F1", "95%")
    for point in curve.stops:
        defined = point.low is not None and point.high is not None
        interval = f"{point.low:.3f} to {point.high:.3f}" if defined else ""
        row = (f"{point.documents:,}", f"{point.spans:,}", number(point.f1), interval)
        table.add_row(f"{point.share:.0%}", *row)
    for expected in curve.forecast.ahead:
        interval = f"{expected.low:.3f} to {expected.high:.3f}"
        row = (f"{expected.documents:,}", "", number(expected.score), interval)
        table.add_row("forecast", *row)
    tabular(table)
    law = curve.forecast
    if law.a is None:
        say(f"no forecast: {law.reason}")
    else:
        say(f"F1 = {law.a:.3f} - {law.b:.3f} / documents^{law.c:.2f}")
    say(f"wrote {escape(curve.drawn)}")
