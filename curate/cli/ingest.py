"""``curate ingest``: import articles."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.markup import escape

from curate.cli import reading
from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.output import counted, emit, problems, progress, say
from curate.formats.reading import ReadOptions

if TYPE_CHECKING:
    from curate.ingest.importer import IngestReport

_LISTED = 20  # problems of one kind that are printed one by one
_LISTED_IDS = 10


@app.command()
@reading.read_options
def ingest(
    sources: Annotated[list[Path], typer.Argument(help=reading.Sources)],
    read_as: reading.From = "",
    gold: Annotated[
        bool | None,
        typer.Option(
            "--gold/--no-gold",
            help="Make annotations gold, or layers.",
            show_default="gold for formats of annotated documents",
        ),
    ] = None,
    layer: Annotated[
        str, typer.Option(help="Layer of annotations that have no author.", show_default="gold")
    ] = "",
    options: ReadOptions = reading.DEFAULTS,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Import articles, with their annotations if they have any.

    Rows that cannot be imported are reported and saved to .curate/rejects.jsonl, and the exit code
    is 1; the others are imported.

    Example: curate ingest seeds/
    """
    from curate.ingest.importer import ingest

    options = msgspec.structs.replace(options, layer=layer or options.layer)
    with progress() as bar:
        report = ingest(
            workspace(root), sources, format=read_as, options=options, gold=gold, progress=bar
        )
    emit(report, json, _render)
    raise typer.Exit(1 if report.failed else 0)


def _render(report: IngestReport) -> None:
    problems((problem for problem in report.problems if problem.severity == "error"), _LISTED)
    problems((problem for problem in report.problems if problem.severity == "warning"), _LISTED)
    for document in report.added if len(report.added) <= _LISTED_IDS else ():
        say(f"  {document}")
    for layer, count in report.layers.items():
        say(f"  {escape(layer)}: {counted(count, 'annotation')}")
    for lang, count in report.languages.items():
        say(f"  {lang}: {counted(count, 'document')}")
    gold = f", {report.gold} with gold" if report.gold else ""
    known = f", {len(report.known)} already in the corpus" if report.known else ""
    refused = f", {report.refused} rejected" if report.refused else ""
    say(f"ingested {counted(len(report.added), 'document')}{gold}{known}{refused}")
    if report.rejects:
        say(f"rejected rows and lost annotations: {escape(report.rejects)}")
