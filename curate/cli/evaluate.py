"""``curate evaluate``: score predictions against gold, or a model on a release."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from curate.cli import reading
from curate.cli.agreement import disagreements, f1_with_interval, interval, left_out
from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.options import Resamples, Seed, TrainingLanguage
from curate.cli.output import counted, emit, grid, number, problem_summary, say, tabular

if TYPE_CHECKING:
    from curate.agreement import Evaluation
    from curate.agreement.breakdown import SubsetScore
    from curate.train.evaluation import ModelEvaluation


@app.command()
def evaluate(
    gold: Annotated[
        Path | None,
        typer.Argument(help="Gold file or folder; with --model a release, by default the newest."),
    ] = None,
    predicted: Annotated[
        Path | None, typer.Argument(metavar="[PRED]", help="File or folder with the predictions.")
    ] = None,
    model: Annotated[
        str,
        typer.Option(help="Score a trained model, a pipeline, or current, on a release."),
    ] = "",
    split: Annotated[
        str, typer.Option(help="With --model: split of the release, test, dev or train.")
    ] = "test",
    proposal: Annotated[
        bool, typer.Option("--proposal", help="With --model: score it with rules and votes.")
    ] = False,
    language: TrainingLanguage = "",
    read_as: reading.From = "",
    layer: Annotated[str, typer.Option(help="Layer to score if a source has several.")] = "",
    min_overlap: Annotated[
        float, typer.Option(help="Least overlap, in per cent of the gold entity.")
    ] = 1.0,
    unit: reading.Units = reading.Unit.document,
    resamples: Resamples = 1000,
    seed: Seed = 0,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Score predicted entities by the CoNLL definition and the schemes of SemEval-2013.

    Example: curate evaluate gold.conll predicted.conll --from conll
    """
    from curate.agreement import Resampler
    from curate.agreement.evaluation import evaluate_files
    from curate.train.evaluation import evaluate_model

    if model:
        release = str(gold or "")
        model_evaluation = evaluate_model(
            workspace(root), model, release, split, proposal, resamples, seed, language
        )
        emit(model_evaluation, json, _render_model)
        return
    if gold is None or predicted is None:
        raise typer.BadParameter("give GOLD and PRED, or --model")
    evaluation = evaluate_files(
        gold,
        predicted,
        format=read_as,
        layer=layer,
        min_overlap=min_overlap,
        options=reading.options(unit=unit),
        resampler=Resampler(resamples, seed),
    )
    emit(evaluation, json, _render)


def _render(evaluation: Evaluation) -> None:
    say(f"{counted(evaluation.documents, 'document')} with gold and prediction")
    table = grid("CoNLL", "precision", "recall", "F1", "95%", "gold", "predicted")
    for name, score in {"all": evaluation.conll.micro, **evaluation.conll.labels}.items():
        table.add_row(
            escape(name),
            number(score.precision),
            number(score.recall),
            number(score.f1),
            interval(score),
            str(score.first),
            str(score.second),
        )
    tabular(table)
    verdicts = ("correct", "incorrect", "partial", "missed", "spurious")
    table = grid("SemEval", "right", "wrong", *verdicts[2:], "precision", "recall", "F1")
    for name, scheme in evaluation.semeval.items():
        overall = scheme.overall
        counts = (str(getattr(overall, verdict)) for verdict in verdicts)
        figures = (overall.precision, overall.recall, overall.f1)
        table.add_row(name, *counts, *map(number, figures))
    tabular(table)
    disagreements(evaluation.commonest)
    left_out(evaluation.left_out)


def _render_model(result: ModelEvaluation) -> None:
    scores = result.evaluation.conll
    documents = counted(result.evaluation.documents, "document")
    say(f"{escape(result.layer)} on {result.split} of release {result.release}, {documents}")
    problem_summary(result.problems)
    table = grid("label", "precision", "recall", "F1", "gold", "predicted")
    for name, score in {"all": scores.micro, **scores.labels}.items():
        cells = (number(score.precision), number(score.recall), f1_with_interval(score))
        table.add_row(escape(name), *cells, str(score.first), str(score.second))
    tabular(table)
    _subsets("source", result.parts.sources)
    _subsets("length", result.parts.lengths)
    _subsets("words of a span", result.parts.words)
    for document in result.parts.worst:
        title = escape(document.title[:60]) or "untitled"
        errors = counted(document.errors, "error")
        say(f"worst: {document.document} {title}: {errors}, F1 {number(document.score.f1)}")
    disagreements(result.evaluation.commonest)


def _subsets(title: str, subsets: dict[str, SubsetScore]) -> None:
    table = grid(title, "precision", "recall", "F1", "gold", "documents")
    for name, subset in subsets.items():
        score = subset.score
        cells = (number(score.precision), number(score.recall), number(score.f1))
        table.add_row(escape(name), *cells, str(score.first), str(subset.documents))
    tabular(table)
