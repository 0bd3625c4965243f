"""``curate import-campaign``: import a whole annotation campaign from another tool."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from curate.cli import reading
from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.options import DryRun
from curate.cli.output import counted, counts_in_words, emit, grid, problems, progress, say, tabular
from curate.formats.reading import ReadOptions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from curate.ingest.campaign import CampaignReport, LayerTotals, SchemaProposal
    from curate.workspace import Workspace

_LISTED = 10  # problems of one kind that are printed one by one


@app.command()
@reading.read_options
def import_campaign(
    sources: Annotated[
        list[Path],
        typer.Argument(help="Exports, archives, and folders with a subfolder for each annotator."),
    ],
    read_as: reading.From = "",
    person: Annotated[
        list[str] | None,
        typer.Option(metavar="OLD=NEW", help="New name of a person, such as 7=anna. Repeatable."),
    ] = None,
    write_schema: Annotated[
        bool,
        typer.Option(
            "--write-schema", help="Take the proposal, as edited, for the schema, and import."
        ),
    ] = False,
    unfinished: Annotated[
        bool,
        typer.Option(
            "--unfinished", help="Import what people have not marked as finished (INCEpTION)."
        ),
    ] = False,
    judged: Annotated[
        bool,
        typer.Option(
            "--judged",
            help="A row without annotations says that there are none (confirmed rows of Doccano).",
        ),
    ] = False,
    options: ReadOptions = reading.DEFAULTS,
    dry_run: DryRun = False,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Import a whole annotation campaign: documents once, and a layer for each person and model.

    Reads exports of Label Studio, Argilla, Prodigy and Doccano (ZIP), project exports of INCEpTION,
    and folders with a subfolder for each annotator. What curators decided becomes gold. If the
    schema lacks labels, a proposal is shown and written to a file, and the exit code is 1.

    Example: curate import-campaign export.json --person 1=anna --dry-run
    """
    from curate.ingest.campaign import import_campaign
    from curate.ingest.campaign_files import CampaignOptions

    chosen = CampaignOptions(
        read_as, options, reading.pairs(person, "--person"), unfinished, judged
    )
    corpus = workspace(root)

    def run(write: bool) -> CampaignReport:
        with progress() as bar:
            return import_campaign(
                corpus,
                sources,
                chosen,
                schema="write" if write else "propose",
                dry_run=dry_run,
                progress=bar,
            )

    report = run(write_schema)
    is_asked = not (json or dry_run) and sys.stdin.isatty() and sys.stdout.isatty()
    if report.waits and is_asked and _is_accepted(corpus, report):
        report = run(True)
    emit(report, json, _render)
    raise typer.Exit(1 if report.failed or report.waits else 0)


def _is_accepted(corpus: Workspace, report: CampaignReport) -> bool:
    """Show the proposal on a terminal, let it be edited, and ask whether to take it."""
    import click

    proposal = report.proposal
    if proposal is None:
        return False
    _render_proposal(proposal)
    while True:
        answer = typer.prompt("(w)rite it and import, (e)dit it, or (q)uit", default="q")
        if answer[:1] == "e":
            click.edit(filename=str(corpus.root / proposal.file))
        elif answer[:1] in ("w", "q"):
            return bool(answer[:1] == "w")


def _render(report: CampaignReport) -> None:
    for severity in ("error", "warning"):
        problems((it for it in report.problems if it.severity == severity), _LISTED)
    if report.proposal is not None:
        _render_proposal(report.proposal)
    if report.waits and not report.dry_run:
        return
    _render_layers("annotator", report.people)
    _render_layers("model", report.models)
    for source in report.sources:
        parts = [counted(source.documents, "version of a document", "versions of documents")]
        parts += [f"{source.refused:,} refused"] if source.refused else []
        parts += [f"lost: {counts_in_words(source.lost)}" if source.lost else "lost nothing"]
        parts += [f"noted: {counts_in_words(source.noted)}"] if source.noted else []
        say(f"{escape(source.name)}: {'; '.join(parts)}")
    for author, count in report.curators.items():
        say(f"gold by {escape(author)}: {counted(count, 'document')}")
    if report.comments:
        say(f"kept {counted(report.comments, 'comment')}")
    known = f", {len(report.known):,} of them already there" if report.known else ""
    unjudged = f", {report.unjudged:,} that nobody annotated" if report.unjudged else ""
    documents = counted(len(report.added) + len(report.known), "document")
    say(f"{'would import' if report.dry_run else 'imported'} {documents}{known}{unjudged}")
    if report.rejects:
        say(f"rejected rows and lost annotations: {escape(report.rejects)}")


def _render_layers(kind: str, layers: Mapping[str, LayerTotals]) -> None:
    if not layers:
        return
    table = grid(kind, "documents", "annotations")
    for name, totals in layers.items():
        table.add_row(escape(name), f"{totals.documents:,}", f"{totals.annotations:,}")
    tabular(table)


def _render_proposal(proposal: SchemaProposal) -> None:
    table = grid("missing", "kind", "times")
    for field, kind in (("labels", "label"), ("relations", "relation"), ("categories", "category")):
        for name, count in getattr(proposal.missing, field).items():
            table.add_row(escape(name), kind, f"{count:,}")
    tabular(table)
    if proposal.unused:
        say(f"not used by the campaign: {escape(', '.join(proposal.unused))}")
    if proposal.written:
        say(f"the schema is {escape(proposal.schema)} now")
    elif proposal.file:
        say(f"proposed {escape(proposal.schema)} in {escape(proposal.file)}; nothing is imported")
        say("edit it, and run the command again with --write-schema")
    else:
        say(f"would propose {escape(proposal.schema)}")
