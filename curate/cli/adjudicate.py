"""``curate adjudicate``: make one version from those of several annotators."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from curate.cli import reading
from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.options import AnnotatorFiles
from curate.cli.output import counted, emit, problems, say

if TYPE_CHECKING:
    from curate.agreement import Decision, Region
    from curate.agreement.adjudication import AdjudicationReport


class StrategyChoice(StrEnum):
    """Strategies of adjudication."""

    unanimous = "unanimous"
    majority = "majority"
    weighted = "weighted"
    role = "role"


@app.command()
def adjudicate(
    sources: AnnotatorFiles = None,
    read_as: reading.From = "",
    strategy: Annotated[
        StrategyChoice, typer.Option(help="What settles a region on which annotators differ.")
    ] = StrategyChoice.majority,
    confidence: Annotated[
        float,
        typer.Option(help="With weighted: probability that settles a span, above 0.5 and up to 1."),
    ] = 0.9,
    role: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=ROLE", help="Role of an annotator. Repeatable."),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Discard earlier decisions, except those of people.")
    ] = False,
    gold: Annotated[
        bool, typer.Option("--gold", help="Make gold of the documents in which nothing is open.")
    ] = False,
    decide: Annotated[
        str,
        typer.Option(
            metavar="DOCUMENT:START-END=NAME",
            help="Settle one region by hand: take what NAME has there, or none.",
        ),
    ] = "",
    output: Annotated[
        Path | None, typer.Option(help="With FILE...: JSON Lines file for the result.")
    ] = None,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Make one version from those of several annotators, and list what is left to people.

    The exit code is 1 while a region is open.

    Example: curate adjudicate --strategy weighted
    """
    from curate.agreement import adjudication, decisions

    if decide:
        if sources or again or gold or output:
            message = "--decide settles one region of the workspace; run the rest without it"
            raise typer.BadParameter(message, param_hint="--decide")
        region = _region(decide)
        decision = decisions.decide(workspace(root), *region)
        emit(decision, json, _render_decision)
        return
    options = adjudication.AdjudicationOptions(
        strategy=strategy.value,
        confidence=confidence,
        roles=reading.pairs(role, "--role"),
        again=again,
        gold=gold,
    )
    if sources:
        report = adjudication.adjudicate_files(sources, options, format=read_as, output=output)
    else:
        report = adjudication.adjudicate(workspace(root), options)
    emit(report, json, _render)
    raise typer.Exit(1 if report.open else 0)


def _region(text: str) -> tuple[str, int, int, str]:
    """Document, start, end and annotator of ``--decide``."""
    document, _, rest = text.partition(":")
    bounds, _, annotator = rest.partition("=")
    start, _, end = bounds.partition("-")
    if not (document and annotator and start.isdecimal() and end.isdecimal()):
        message = f"{text!r} is not of the form DOCUMENT:START-END=NAME"
        raise typer.BadParameter(message, param_hint="--decide")
    return document, int(start), int(end), annotator


def _render(report: AdjudicationReport) -> None:
    for document in report.adjudicated:
        for region in document.open:
            say(f"open {document.annotation.document}:{region.start}-{region.end}")
            for name, version in _versions(region).items():
                say(f"    {escape(name)}: {escape(version)}")
    problems(problem for problem in report.problems if problem.severity != "info")
    if report.reliability is not None:
        accuracy = [f"{name} {share:.0%}" for name, share in report.reliability.accuracy.items()]
        items = counted(report.reliability.items, "span")
        say(f"estimated accuracy over {items}: {escape(', '.join(accuracy))}")
    kept = f", {report.kept} of them earlier" if report.kept else ""
    regions, documents = counted(report.settled, "region"), counted(report.documents, "document")
    say(f"{report.strategy}: settled {regions} in {documents}{kept}; {report.open} open")
    if report.gold:
        say(f"gold: {counted(len(report.gold), 'document')}")
    if report.open:
        say("settle with `curate adjudicate --decide DOCUMENT:START-END=NAME`, or =none")


def _render_decision(decision: Decision) -> None:
    spans = counted(len(decision.spans), "span") if decision.spans else "no span"
    say(f"decided: {decision.document}:{decision.start}-{decision.end} has {spans}")


def _versions(region: Region) -> dict[str, str]:
    return {
        name: ", ".join(f"{s.start}-{s.end} {s.label}" for s in spans) or "nothing"
        for name, spans in region.versions.items()
    }
