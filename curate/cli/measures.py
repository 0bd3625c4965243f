"""Commands that measure agreement, score predictions, and adjudicate."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from curate.cli import reading, tell_measures, tell_training
from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.output import emit
from curate.layers import GOLD

if TYPE_CHECKING:
    from curate.agreement import Agreement, AgreementOptions
    from curate.agreement.adjudication import AdjudicationOptions, AdjudicationReport


class Period(StrEnum):
    """Length of the periods of a drift."""

    day = "day"
    week = "week"
    month = "month"


class Strategy(StrEnum):
    """Ways to make one version of several."""

    unanimous = "unanimous"
    majority = "majority"
    weighted = "weighted"
    role = "role"


Resamples = Annotated[int, typer.Option(min=0, help="Bootstrap samples; 0 for no intervals.")]
Seed = Annotated[int, typer.Option(help="Of the bootstrap and of gamma.")]
Files = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[FILE...]", help="One for each annotator; none for the workspace."),
]


@app.command()
def agreement(
    sources: Files = None,
    read_as: reading.From = "",
    gamma: Annotated[bool, typer.Option("--gamma", help="Also gamma; it takes long.")] = False,
    model: Annotated[str, typer.Option(help="LAYER, to hold against people instead.")] = "",
    people: Annotated[str, typer.Option(help="With --model: gold, or an annotator.")] = GOLD,
    period: Annotated[Period, typer.Option(help="Of the drift.")] = Period.week,
    resamples: Resamples = 1000,
    seed: Seed = 0,
    confusion: Annotated[bool, typer.Option("--confusion", help="Also who gives which label.")] = (
        False
    ),
    svg: Annotated[Path | None, typer.Option(help="Draw the heat map into this file.")] = None,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """How far annotators agree, in the workspace or on files; or people and a model (--model).

    Example: curate agreement anna.conll bela.conll --from conll
    """

    from curate.agreement.corpus import assistance

    options = _options(gamma, resamples, seed, period)
    if model:
        found = assistance(workspace(root), model, people, options)
        emit(found, json, tell_measures.assistance)
        return
    agreed = _agreement(sources, read_as, root, options)
    if svg is not None:
        _draw(agreed, svg)
    emit(agreed, json, tell_measures.confused if confusion else tell_measures.agreement)


@app.command()
def evaluate(
    gold: Annotated[
        Path | None, typer.Argument(help="File or folder; with --model a release, else the newest.")
    ] = None,
    predicted: Annotated[
        Path | None, typer.Argument(metavar="[PRED]", help="File or folder with the predictions.")
    ] = None,
    model: Annotated[
        str, typer.Option(help="Score this one on a release: a trained one, a pipeline, current.")
    ] = "",
    split: Annotated[str, typer.Option(help="Of the release: test, dev or train.")] = "test",
    proposal: Annotated[
        bool, typer.Option("--proposal", help="Score the model with rules and votes.")
    ] = False,
    read_as: reading.From = "",
    layer: Annotated[str, typer.Option(help="Layer to take where there are several.")] = "",
    min_overlap: Annotated[float, typer.Option(help="Per cent of the gold entity.")] = 1.0,
    unit: reading.Units = reading.Unit.document,
    resamples: Resamples = 1000,
    seed: Seed = 0,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Score predicted entities by the CoNLL definition and the schemes of SemEval-2013.

    Example: curate evaluate gold.conll predicted.conll --from conll
    """

    from curate.train.evaluation import evaluate_model

    if model:
        version = str(gold or "")
        graded = evaluate_model(workspace(root), model, version, split, proposal, resamples, seed)
        emit(graded, json, tell_training.graded)
        return
    if gold is None or predicted is None:
        raise typer.BadParameter("give GOLD and PRED, or --model")
    from curate.agreement import Resampler, sources

    found = sources.evaluation(
        gold, predicted, format=read_as, layer=layer, min_overlap=min_overlap,
        options=reading.options(unit=unit), resampler=Resampler(resamples, seed),
    )  # fmt: skip
    emit(found, json, tell_measures.evaluation)


@app.command()
def adjudicate(
    sources: Files = None,
    read_as: reading.From = "",
    strategy: Annotated[Strategy, typer.Option(help="How.")] = Strategy.majority,
    confidence: Annotated[float, typer.Option(help="Of weighted, 0.5 to 1.")] = 0.9,
    role: Annotated[list[str] | None, typer.Option(help="NAME=ROLE; may repeat.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Forget what strategies decided.")] = False,
    gold: Annotated[bool, typer.Option("--gold", help="Make what is settled gold.")] = False,
    decide: Annotated[str, typer.Option(help="DOCUMENT:START-END=NAME, or =none.")] = "",
    output: Annotated[Path | None, typer.Option(help="JSON Lines, with FILE...")] = None,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Make one version of several annotators', and list what is left to people (exit code 1).

    Example: curate adjudicate --strategy weighted
    """

    from curate.agreement import corpus

    if decide:
        place = _place(decide)
        made = corpus.decide(workspace(root), *place)
        emit(made, json, tell_measures.decided)
        return
    plan = _plan(strategy, confidence, role, again, gold)
    if sources:
        done = _on_files(sources, read_as, plan, output)
    else:
        done = corpus.adjudicate(workspace(root), plan)
    emit(done, json, tell_measures.adjudicated)
    raise typer.Exit(1 if done.open else 0)


def _options(gamma: bool, resamples: int, seed: int, period: Period) -> AgreementOptions:
    from curate.agreement import AgreementOptions

    return AgreementOptions(gamma=gamma, resamples=resamples, seed=seed, period=period.value)


def _agreement(
    sources: list[Path] | None, read_as: str, root: Path, options: AgreementOptions
) -> Agreement:

    from curate.agreement import sources as measure
    from curate.agreement.corpus import agreement

    if not sources:
        return agreement(workspace(root), options)
    return measure.agreement(measure.read_annotation_sets(sources, read_as), options)


def _draw(found: Agreement, target: Path) -> None:
    from curate.agreement import render_heat_map
    from curate.util import jsonl

    jsonl.write(target, render_heat_map(found.heat).encode("utf-8"))


def _plan(
    strategy: Strategy, confidence: float, role: list[str] | None, again: bool, gold: bool
) -> AdjudicationOptions:
    from curate.agreement.adjudication import AdjudicationOptions

    roles = reading.pairs(role, "--role")
    return AdjudicationOptions(
        strategy=strategy.value, confidence=confidence, roles=roles, again=again, gold=gold
    )


def _place(text: str) -> tuple[str, int, int, str]:
    document, _, rest = text.partition(":")
    place, _, take = rest.partition("=")
    start, _, end = place.partition("-")
    if not (document and take and start.isdecimal() and end.isdecimal()):
        raise typer.BadParameter(
            f"{text!r} is not of the form DOCUMENT:START-END=NAME", param_hint="--decide"
        )
    return document, int(start), int(end), take


def _on_files(
    sources: list[Path], read_as: str, plan: AdjudicationOptions, output: Path | None
) -> AdjudicationReport:
    from curate.agreement import adjudication
    from curate.agreement import sources as measure
    from curate.util import clock

    voices = measure.read_annotation_sets(sources, read_as)
    kept = output.with_suffix(".decisions.jsonl") if output else None
    decisions = adjudication.DecisionFile(kept or Path("no decisions"))
    done = adjudication.adjudicate_sets(voices, plan, decisions, by="curate", at=clock.now())
    if output is not None:
        adjudication.write(done, voices.documents, output)
        decisions.save()
    return done
