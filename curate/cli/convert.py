"""``curate convert``: turn annotated files of one format into another, without a workspace."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from curate.cli import reading
from curate.cli.app import Json, app
from curate.cli.options import WrittenUnit
from curate.cli.output import counted, emit, problems, progress, say
from curate.formats.reading import ReadOptions
from curate.layers import GOLD

if TYPE_CHECKING:
    from curate.formats.convert import ConversionResult, ConvertedFile, ReadTotals

_SHOWN = 20  # problems of one kind that are printed one by one


@app.command()
@reading.read_options
def convert(
    sources: Annotated[list[Path], typer.Argument(metavar="IN...", help=reading.Sources)],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="The file to write.")],
    read_as: reading.From = "",
    write_as: Annotated[
        str, typer.Option("--to", help="Format of OUT.", show_default="by its extension")
    ] = "",
    layer: Annotated[
        str,
        typer.Option(
            help="Layer to write (annotator:NAME, …), or each for one file per layer.",
            show_default="gold, or the only one",
        ),
    ] = "",
    to_offsets: Annotated[
        WrittenUnit | None,
        typer.Option(
            help="What offsets count in OUT, for doccano.",
            show_default="codepoints, with warnings",
        ),
    ] = None,
    options: ReadOptions = reading.DEFAULTS,
    json: Json = False,
) -> None:
    """Convert annotated files from one format to another; no workspace is needed.

    Prints what was read, written and lost, by reason. The exit code is 1 if a line was refused,
    or annotations were not understood.

    Example: curate convert corpus/ corpus.conll --from brat
    """
    from curate.formats import convert as conversion

    with progress() as bar:
        result = conversion.convert(
            sources,
            target,
            read_as=read_as,
            write_as=write_as,
            layer=layer,
            options=options,
            offsets=to_offsets.value if to_offsets else "",
            progress=bar,
        )
    emit(result, json, render)
    raise typer.Exit(1 if result.failed else 0)


def render(result: ConversionResult) -> None:
    """Print problems, and then one line for each of what was read, written, lost and refused."""
    problems((problem for problem in result.problems if problem.severity == "error"), _SHOWN)
    problems((problem for problem in result.problems if problem.severity == "warning"), _SHOWN)
    say(f"read    {_totals(result.read)}")
    for file in result.written:
        layer = f" of {escape(file.layer)}" if file.layer not in ("", GOLD) else ""
        say(f"wrote   {_totals(file)}{layer} as {file.format} to {escape(file.path)}")
    say(f"lost    {escape(_reasons(result.lost)) or 'nothing'}")
    if result.noted:
        say(f"noted   {escape(_reasons(result.noted))}")
    if result.refused:
        say(f"refused {counted(result.refused, 'line')}")


def _totals(totals: ReadTotals | ConvertedFile) -> str:
    annotations = [
        counted(totals.spans, "span"),
        counted(totals.relations, "relation"),
        counted(totals.categories, "category", "categories"),
    ]
    present = ", ".join(it for it in annotations if not it.startswith("0 "))
    return f"{counted(totals.documents, 'document')}, {present or 'no annotations'}"


def _reasons(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {reason}" for reason, count in counts.items())
