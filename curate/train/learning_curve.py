"""The learning curve of a corpus: models trained on growing shares of its gold, and their scores.

Every model is scored on ``dev``, which also selected its best checkpoint; the test split stays
untouched, so that it can decide on promotions. Each point is saved beside the model of all the
gold, and a curve that was interrupted resumes where it stopped.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np

from curate.agreement import Resampler
from curate.agreement.spans import counts, f1, pooled, strict
from curate.html import line_chart
from curate.model import Record
from curate.preannotate import model_registry
from curate.preannotate.model_registry import TrainedModel
from curate.schema import Schema
from curate.train.data import Pair, TrainingData, load_training_data
from curate.train.evaluation import predict_alone
from curate.train.forecast import SHARES, Floats, Forecast, PowerLaw, forecast, subset
from curate.train.training import fit_model, training_folder
from curate.util import jsonl
from curate.util.progress import Progress, silent
from curate.workspace import Workspace

FILE = "curve.json"
DRAWING = "curve.svg"


class CurvePoint(Record, frozen=True, kw_only=True):
    """The score of a model that was trained on a share of the gold.

    Args:
        share: share of the documents of the train split.
        documents: how many documents that is.
        spans: how many spans they have.
        f1: F1 of the model on ``dev``; None where undefined.
        low: lower end of its 95% interval over the documents of ``dev``.
        high: upper end of the interval.
        figures: spans matched, in gold and predicted, by document of ``dev``.
    """

    share: float
    documents: int
    spans: int
    f1: float | None
    low: float | None
    high: float | None
    figures: dict[str, tuple[int, int, int]]


class LearningCurve(Record, frozen=True, kw_only=True):
    """A learning curve.

    Args:
        model: id of the model of all the gold.
        release: version of the release.
        stops: the points, by growing share.
        forecast: the expected score with more gold.
        drawn: path of the drawing.
    """

    model: str
    release: str
    stops: tuple[CurvePoint, ...]
    forecast: Forecast
    drawn: str = ""


def learning_curve(
    workspace: Workspace, name: str, resamples: int = 1000, progress: Progress = silent
) -> LearningCurve:
    """Train models on 25, 50 and 75% of the gold that a model was trained on, and score them all.

    The smaller models have the settings of the given one and nested training sets. They are
    deleted once they are scored.

    Args:
        workspace: the workspace.
        name: id or layer of a trained model.
        resamples: bootstrap samples over the documents of ``dev``.
        progress: called after each update of each model.

    Raises:
        InputError: there is no such model, or the saved points are damaged.
        ReleaseError: the store differs from the manifest of the release.
        StoreError: another training runs in this workspace.
    """
    model = model_registry.find_model(workspace.models, name)
    data = load_training_data(workspace, model.release, model.articles)
    resampler = Resampler(resamples, 0)
    folder = workspace.models / model.id
    points = (
        jsonl.load(folder / FILE, list[CurvePoint], "delete it and run the command again") or []
    )
    for number, share in enumerate(SHARES, 1):
        if share not in {point.share for point in points}:
            points.append(
                _point(workspace, data, model, share, resampler, _numbered(progress, number))
            )
            # After every point, since each takes a training of minutes.
            jsonl.write(folder / FILE, jsonl.canonical(points) + b"\n")
    points.sort(key=lambda point: point.share)
    curve = LearningCurve(
        model=model.id,
        release=model.release,
        stops=tuple(points),
        forecast=_forecast(points, resampler),
        drawn=str(folder / DRAWING),
    )
    drawing = line_chart.render_line_chart(_chart(curve))
    jsonl.write(folder / DRAWING, drawing.encode("utf-8"))
    return curve


def _numbered(progress: Progress, number: int) -> Progress:
    def report(task: str, done: int, total: int) -> None:
        progress(f"{task} {number} of {len(SHARES)}", done, total)

    return report


def _point(
    workspace: Workspace,
    data: TrainingData,
    model: TrainedModel,
    share: float,
    resampler: Resampler,
    progress: Progress,
) -> CurvePoint:
    train = subset(model.train, share, model.settings.seed)
    dev = [pair for pair in data.split("dev") if pair[0].id in {*model.dev}]
    if share == 1.0:
        figures = _figures(workspace.models / model.id, workspace.schema, dev)
    else:
        with training_folder(workspace.models) as folder:
            planned = msgspec.structs.replace(model, train=train)
            _, pipeline, _ = fit_model(folder, planned, data, workspace.schema, progress)
            figures = _figures(pipeline, workspace.schema, dev)
    value = resampler.value(np.array([*figures.values()], dtype=float), f1, "nothing is marked")
    return CurvePoint(
        share=share,
        documents=len(train),
        spans=sum(len(gold.spans) for doc, gold in data.split("train") if doc.id in {*train}),
        f1=value.value,
        low=value.low,
        high=value.high,
        figures=figures,
    )


def _figures(pipeline: Path, schema: Schema, pairs: list[Pair]) -> dict[str, tuple[int, int, int]]:
    """Spans that a pipeline matched, spans in gold, and spans predicted, by document."""
    predicted = predict_alone(pipeline, schema, (document for document, _ in pairs))
    return {
        document.id: pooled([counts(revision.annotation, predicted[document.id], strict)])
        for document, revision in pairs
        if document.id in predicted
    }


def _forecast(points: list[CurvePoint], resampler: Resampler) -> Forecast:
    scores = [point.f1 for point in points if point.f1 is not None]
    sizes = [point.documents for point in points]
    if len(scores) < len(points) or len({*sizes}) < len(sizes):
        return Forecast(reason="there are too few documents for a curve")
    return forecast(sizes, scores, _samples(points, resampler))


def _samples(points: list[CurvePoint], resampler: Resampler) -> Floats:
    """The scores of all points on the same resamples of the documents of ``dev``."""
    tables = [np.array([*point.figures.values()], dtype=float) for point in points]
    with np.errstate(divide="ignore", invalid="ignore"):
        columns = [
            np.concatenate([f1(block @ table) for block in resampler.weights(len(table))])
            for table in tables
        ]
    rows = np.stack(columns, axis=1)
    # F1 is NaN on a resample of documents without any span.
    return np.asarray(rows[~np.isnan(rows).any(axis=1)])


def _chart(curve: LearningCurve) -> line_chart.LineChart:
    scored = [point for point in curve.stops if point.f1 is not None]
    points = tuple((float(point.documents), point.f1 or 0.0) for point in scored)
    bars = [
        (float(point.documents), point.low, point.high)
        for point in scored
        if point.low is not None and point.high is not None
    ]
    lines = [line_chart.Series("trained", points, bars=tuple(bars))]
    note = "F1 on dev, with 95% intervals over its documents"
    if curve.forecast.ahead:
        lines.append(_forecast_line(curve))
        note += "; dashed: a - b / n^c, and the forecast for more documents"
    else:
        note += f"; no forecast: {curve.forecast.reason}"
    title = f"Learning curve of {curve.model}"
    return line_chart.LineChart(title, "documents trained on", "F1", tuple(lines), note)


def _forecast_line(curve: LearningCurve) -> line_chart.Series:
    ahead = curve.forecast.ahead
    law = PowerLaw(curve.forecast.a or 0.0, curve.forecast.b or 0.0, curve.forecast.c or 0.0)
    sizes = np.linspace(curve.stops[0].documents, ahead[-1].documents, 40)
    return line_chart.Series(
        "forecast",
        tuple((float(size), law.at(float(size))) for size in sizes),
        band=tuple((float(point.documents), point.low, point.high) for point in ahead),
        dashed=True,
        colour=1,
    )
