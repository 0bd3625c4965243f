"""The learning curve of a corpus: models of growing shares of its gold, scored, drawn and kept.

Every model is scored on ``dev``, which also chose its best state; the test split stays untouched,
so that it can decide on the models. What is kept beside the model of all the gold is not made
again: a curve that was interrupted goes on where it ended.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec
import numpy as np

from curate.agreement import Resampler
from curate.agreement.spans import counts, f1, pooled, strict
from curate.html import line_chart
from curate.model import Record
from curate.preannotate import Setup
from curate.schema import Schema
from curate.train import Trained
from curate.train.curve import SHARES, Floats, Forecast, Law, foretell, subset
from curate.train.training import Corpus, Gold, Pair, learn, said, working
from curate.util import jsonl
from curate.util.progress import Progress

FILE = "curve.json"
DRAWING = "curve.svg"


class Stop(Record, frozen=True, kw_only=True):
    """A point of the curve.

    Args:
        share: of the documents of the train split.
        documents: how many that is.
        spans: how many spans are in them.
        f1: of the model, on ``dev``; None where it is undefined.
        low: lower end of its 95% interval over the documents of ``dev``.
        high: its upper end.
        figures: of each document of ``dev``: spans matched, of gold, predicted.
    """

    share: float
    documents: int
    spans: int
    f1: float | None
    low: float | None
    high: float | None
    figures: dict[str, tuple[int, int, int]]


class Curve(Record, frozen=True, kw_only=True):
    """A learning curve.

    Args:
        model: the model of all the gold.
        release: the release.
        stops: the points, by growing share.
        forecast: what more gold would give.
        drawn: file of the drawing.
    """

    model: str
    release: str
    stops: tuple[Stop, ...]
    forecast: Forecast
    drawn: str = ""


def draw(
    corpus: Corpus, material: Gold, model: Trained, resampler: Resampler, progress: Progress
) -> Curve:
    """Train on growing shares of the gold, and draw what each scores.

    Args:
        corpus: where the models are.
        material: the release that the model was trained on.
        model: of all the gold; the others are trained as it was, on nested shares.
        resampler: makes the intervals.
        progress: is told of each update.

    Raises:
        StoreError: another training runs in this workspace.
        InputError: what is kept of the curve is damaged.
    """
    folder = corpus.models / model.id
    stops = jsonl.load(folder / FILE, list[Stop], "remove it, and run it again") or []
    for number, share in enumerate(SHARES, 1):
        if share not in {stop.share for stop in stops}:
            stops.append(_stop(corpus, material, model, share, resampler, _named(progress, number)))
            jsonl.write(folder / FILE, jsonl.canonical(stops) + b"\n")
    stops.sort(key=lambda stop: stop.share)
    made = Curve(
        model=model.id,
        release=model.release,
        stops=tuple(stops),
        forecast=_forecast(stops, resampler),
        drawn=str(folder / DRAWING),
    )
    jsonl.write(folder / DRAWING, line_chart.render_line_chart(charted(made)).encode("utf-8"))
    return made


def _named(progress: Progress, number: int) -> Progress:
    def tell(what: str, done: int, total: int) -> None:
        progress(f"{what} {number} of {len(SHARES)}", done, total)

    return tell


def _stop(
    corpus: Corpus,
    material: Gold,
    model: Trained,
    share: float,
    resampler: Resampler,
    progress: Progress,
) -> Stop:
    chosen = subset(model.train, share, model.settings.seed)
    dev = [pair for pair in material.part("dev") if pair[0].id in {*model.dev}]
    if share == 1.0:
        found = scored(corpus.models / model.id, corpus.schema, dev)
    else:
        with working(corpus.models) as work:
            wanted = msgspec.structs.replace(model, train=chosen)
            _, path, _ = learn(work, wanted, material, corpus.schema, progress)
            found = scored(path, corpus.schema, dev)
    value = resampler.value(np.array([*found.values()], dtype=float), f1, "nothing is marked")
    spans = (len(r.spans) for d, r in material.part("train") if d.id in {*chosen})
    return Stop(
        share=share,
        documents=len(chosen),
        spans=sum(spans),
        f1=value.value,
        low=value.low,
        high=value.high,
        figures=found,
    )


def scored(path: Path, schema: Schema, pairs: Iterable[Pair]) -> dict[str, tuple[int, int, int]]:
    """What a model finds in each document: spans matched, of gold, predicted."""
    known = list(pairs)
    found = said(Setup(models=(str(path),)), schema, (document for document, _ in known)).models
    own = next(iter(found.values()), {})
    return {
        document.id: pooled([counts(revision.annotation, own[document.id], strict)])
        for document, revision in known
        if document.id in own
    }


def _forecast(stops: list[Stop], resampler: Resampler) -> Forecast:
    scores = [stop.f1 for stop in stops]
    known = [score for score in scores if score is not None]
    sizes = [stop.documents for stop in stops]
    if len(known) < len(scores) or len({*sizes}) < len(sizes):
        return Forecast(reason="there are too few documents for a curve")
    return foretell(sizes, known, _samples(stops, resampler))


def _samples(stops: list[Stop], resampler: Resampler) -> Floats:
    """The scores of all points on the same resamples of the documents of ``dev``."""
    tables = [np.array([*stop.figures.values()], dtype=float) for stop in stops]
    with np.errstate(divide="ignore", invalid="ignore"):
        columns = [
            np.concatenate([f1(block @ table) for block in resampler.weights(len(table))])
            for table in tables
        ]
    rows = np.stack(columns, axis=1)
    return np.asarray(rows[~np.isnan(rows).any(axis=1)])


def charted(curve: Curve) -> line_chart.LineChart:
    """The curve as a chart."""
    known = [(stop, stop.f1) for stop in curve.stops if stop.f1 is not None]
    bars = [
        (float(stop.documents), stop.low, stop.high)
        for stop, _ in known
        if stop.low is not None and stop.high is not None
    ]
    points = tuple((float(stop.documents), score) for stop, score in known)
    lines = [line_chart.Series("trained", points, bars=tuple(bars))]
    forecast = curve.forecast
    told = "F1 on dev, with 95% intervals over its documents"
    if forecast.ahead:
        lines.append(_ahead(curve, forecast))
        told += "; dashed: a - b / n^c, and what more documents would give"
    else:
        told += f"; no forecast: {forecast.reason}"
    title = f"Learning curve of {curve.model}"
    return line_chart.LineChart(title, "documents trained on", "F1", tuple(lines), told)


def _ahead(curve: Curve, forecast: Forecast) -> line_chart.Series:
    law = Law(forecast.a or 0.0, forecast.b or 0.0, forecast.c or 0.0)
    first, last = curve.stops[0].documents, forecast.ahead[-1].documents
    sizes = np.linspace(first, last, 40)
    band = [(float(a.documents), a.low, a.high) for a in forecast.ahead]
    return line_chart.Series(
        "foretold",
        tuple((float(n), law.at(float(n))) for n in sizes),
        band=tuple(band),
        dashed=True,
        colour=1,
    )
