"""``curate preannotate``: propose spans for documents of the corpus, or articles of a pool."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.output import (
    counted,
    emit,
    exit_code,
    grid,
    notice,
    number,
    on_one_line,
    problems,
    progress,
    say,
    tabular,
)
from curate.layers import PROPOSAL

if TYPE_CHECKING:
    from curate.pool.execution import PoolReport
    from curate.preannotate.dropped import DroppedPattern
    from curate.preannotate.evidence import Adaptation
    from curate.preannotate.plan import PreannotationPlan
    from curate.preannotate.preannotation import Preannotated

_LISTED = 10


@app.command()
def preannotate(
    again: Annotated[
        bool, typer.Option("--again", help="Also documents that were pre-annotated before.")
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Show what would be run and asked; write and ask nothing."),
    ] = False,
    pool: Annotated[
        str,
        typer.Option("--input", help="Files of a pool outside the corpus: 'pool/*.parquet'."),
    ] = "",
    output: Annotated[Path | None, typer.Option(help="Folder for the pre-annotated pool.")] = None,
    workers: Annotated[
        int, typer.Option(min=0, help="Processes for a pool; 0 for as many as are useful.")
    ] = 0,
    scheduler: Annotated[
        str, typer.Option(help="Dask scheduler for a pool: tcp://host:8786, or local.")
    ] = "",
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Propose spans with the models and rules of curate.toml for documents without gold.

    Example: curate preannotate
    """
    from curate.pool.preannotation import preannotate_pool
    from curate.preannotate.plan import plan_preannotation
    from curate.preannotate.preannotation import preannotate

    if bool(pool) != bool(output):
        raise typer.BadParameter("a pool needs both --input and --output")
    if pool and dry_run:
        raise typer.BadParameter("--dry-run is for the corpus, and not for a pool")
    if dry_run:
        emit(plan_preannotation(workspace(root), again), json, _render_plan)
        return
    if output:
        with progress() as bar:
            report = preannotate_pool(
                workspace(root), pool, output, workers=workers, scheduler=scheduler, progress=bar
            )
        emit(report, json, _render_pool)
        raise typer.Exit(exit_code(report.problems))
    with progress() as bar:
        preannotated = preannotate(workspace(root), again, bar)
    emit(preannotated, json, render_preannotated)
    raise typer.Exit(exit_code(preannotated.problems))


def render_preannotated(preannotated: Preannotated) -> None:
    """Print how many documents were pre-annotated, and the spans by layer."""
    problems(preannotated.problems)
    for language, adaptation in preannotated.votes.items():
        _render_adaptation(language, adaptation)
    if preannotated.renewed:
        say(f"proposed {counted(preannotated.renewed, 'waiting document')} anew with these weights")
    if not preannotated.documents:
        say("nothing to pre-annotate: every document has its layers, or gold")
        return
    spans = ", ".join(f"{layer} {count}" for layer, count in preannotated.spans.items())
    say(f"pre-annotated {counted(preannotated.documents, 'document')}: {escape(spans)}")
    render_dropped(preannotated.dropped)
    if preannotated.spans.keys() == {PROPOSAL}:
        notice("nothing proposes: [preannotate] in curate.toml names no model and no rules")


def _render_plan(plan: PreannotationPlan) -> None:
    if not plan.documents:
        say("nothing to pre-annotate: every document has its layers, or gold")
        return
    layers = ", ".join(f"{layer} {count}" for layer, count in plan.layers.items())
    say(f"would pre-annotate {counted(plan.documents, 'document')}: {escape(layers)}")
    for each in plan.endpoints:
        say(
            f"{escape(each.layer)} would ask {escape(each.model)} at {escape(each.url)}: "
            f"{counted(each.requests - each.cached, 'request')}, about {each.tokens:,} tokens "
            f"without the answers ({each.cached} more answered before)"
        )
        for language, prompt in each.prompts.items():
            say(f"[bold]prompt for {language or 'texts whose language is not known'}[/]")
            say(escape(prompt))


def render_dropped(dropped: Sequence[DroppedPattern]) -> None:
    """Print the patterns of a model's spans of which nearly none is proposed."""
    if not dropped:
        return
    notice("not proposed, although a model found them; look whether they should be:")
    title = ("label", "examples", "found", "dropped", "by", "put back by people")
    table = grid(*title[: 6 if dropped[0].restored is not None else 5])
    for pattern in dropped[:_LISTED]:
        reasons = ", ".join(f"{name} {count:,}" for name, count in pattern.reasons.items())
        restored = () if pattern.restored is None else (f"{pattern.restored:,}",)
        counts = f"{pattern.spans:,}", f"{pattern.dropped:,}", escape(reasons)
        table.add_row(
            pattern.label, escape(on_one_line(", ".join(pattern.examples))), *counts, *restored
        )
    tabular(table)
    if len(dropped) > _LISTED:
        say(f"… and {len(dropped) - _LISTED:,} more patterns; --json lists them all")


def _render_adaptation(language: str, adaptation: Adaptation) -> None:
    where = f"votes ({language})" if language else "votes"
    if adaptation.used:
        gold = counted(adaptation.documents, "document")
        say(
            f"{where}: weights of the corpus's own, from {gold} with gold; F1 on documents they "
            f"were not learned from {number(adaptation.own_f1)}, with the shared weights "
            f"{number(adaptation.shared_f1)}"
        )


def _render_pool(report: PoolReport) -> None:
    problems(report.problems)
    rows = sum(partition.rows for partition in report.done)
    spans = sum(partition.spans for partition in report.done)
    refused = sum(partition.refused for partition in report.done)
    known = f"; {report.known} existed already" if report.known else ""
    say(f"wrote {counted(len(report.done), 'partition')}{known}")
    reasons = "; the column problem has the reasons"
    refused_rows = f", {counted(refused, 'refused row')}{reasons}" if refused else ""
    say(f"{counted(rows, 'row')}, {counted(spans, 'span')}{refused_rows}")
