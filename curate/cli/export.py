"""``curate export``: write a release in the formats that models are trained on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.options import WrittenUnit
from curate.cli.output import counted, emit, problems, progress, say
from curate.formats.selection import OverlapPolicy, Selection
from curate.formats.writing import loss_reason

if TYPE_CHECKING:
    from curate.formats.writing import ExportedFile

_SHOWN = 20  # losses that are printed one by one
_DEFAULT_FORMATS = ("jsonl", "spacy", "conll")


@app.command()
def export(
    version: Annotated[
        str, typer.Argument(help="Release to export.", show_default="the newest")
    ] = "",
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "-f",
            "--format",
            help="Format; see docs/exports.md. Repeatable.",
            show_default="jsonl, spacy, conll",
        ),
    ] = None,
    to: Annotated[
        Path | None, typer.Option(help="Folder to write to.", show_default="exports/<version>")
    ] = None,
    split: Annotated[str, typer.Option(help="Only documents of this split.")] = "",
    overlap: Annotated[
        OverlapPolicy, typer.Option(help="Which spans to keep if they overlap.")
    ] = "all",
    label: Annotated[
        list[str] | None, typer.Option(help="Only spans with this label. Repeatable.")
    ] = None,
    lang: Annotated[
        list[str] | None, typer.Option(help="Only documents in this language. Repeatable.")
    ] = None,
    source: Annotated[
        list[str] | None, typer.Option(help="Only documents from this source. Repeatable.")
    ] = None,
    since: Annotated[
        str, typer.Option(help="Only documents published on or after this date.")
    ] = "",
    until: Annotated[
        str, typer.Option(help="Only documents published on or before this date.")
    ] = "",
    confirmed_by: Annotated[
        int, typer.Option(min=0, help="Only documents that at least this many people confirmed.")
    ] = 0,
    offsets: Annotated[
        WrittenUnit | None,
        typer.Option(
            help="What offsets count, for doccano.", show_default="codepoints, with warnings"
        ),
    ] = None,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Write a release in formats for training, with a record of what each could not express.

    Example: curate export 0.1.0 -f spacy -f conll --overlap outermost --confirmed-by 2
    """
    from curate.formats import export as exports

    selection = Selection(
        overlap=overlap,
        labels=tuple(label or ()),
        languages=tuple(lang or ()),
        sources=tuple(source or ()),
        since=since,
        until=until,
        confirmed_by=confirmed_by,
    )
    with progress() as bar:
        files = exports.export(
            workspace(root),
            version,
            tuple(formats or _DEFAULT_FORMATS),
            folder=to,
            progress=bar,
            selection=selection if selection != Selection() else None,
            split=split,
            offsets=offsets.value if offsets else "",
        )
    emit(files, json, render)


def render(files: list[ExportedFile]) -> None:
    """Print one line per file and table, and what each could not express."""
    for file in files:
        say(f"{file.format:<6} {escape(file.path)} {_totals(file)}")
        for table in file.also:
            say(f"  {table.format.rpartition('/')[2]} {_totals(table)}")
        for label, name in file.renamed.items():
            say(f"  [yellow]{escape(label)} is written {escape(name)}[/]")
        losses = [
            problem
            for part in (file, *file.also)
            for problem in part.problems
            if loss_reason(problem) not in part.noted
        ]
        problems(losses[:_SHOWN])
        if len(losses) > _SHOWN:
            say(f"… and more, all listed in {escape(file.path)}.export.json")


def _totals(file: ExportedFile) -> str:
    lost = ", ".join(f"{count:,} {reason}" for reason, count in file.lost.items() if count)
    losses = f"[yellow]not expressed: {lost}[/]" if lost else "nothing lost"
    notes = "".join(f", {count:,} {kind}" for kind, count in file.noted.items())
    return f"{counted(file.spans, 'span')}, {losses}{notes}"
