"""The command that turns files into files, without a workspace."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from curate.cli import reading
from curate.cli.app import Json, app
from curate.cli.output import counted, emit, problems, progress, say

if TYPE_CHECKING:
    from curate.formats.convert import ConversionResult, ConvertedFile, ReadTotals

_SHOWN = 20


@app.command()
def convert(
    sources: Annotated[list[Path], typer.Argument(metavar="IN...", help=reading.Sources)],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="The file to write.")],
    read_as: reading.From = "",
    write_as: Annotated[str, typer.Option("--to", help="Format of OUT; else its ending.")] = "",
    layer: Annotated[str, typer.Option(help="gold, annotator:NAME, … or each.")] = "",
    column: reading.Column = None,
    label: reading.Renamed = None,
    encoding: reading.Encoding = "",
    lang: reading.Lang = "",
    scheme: reading.Schemes = None,
    unit: reading.Units = reading.Unit.document,
    discontinuous: reading.InPieces = reading.Pieces.lose,
    json: Json = False,
) -> None:
    """Turn annotated files of one format into another; needs no workspace.

    Tells what was read, written and lost, by reason; exits with 1 if a line was refused.

    Example: curate convert corpus/ corpus.conll --from brat
    """
    from curate.formats import convert as conversion

    how = reading.options(column, label, encoding, lang, scheme, unit, discontinuous)
    with progress() as bar:
        done = conversion.convert(
            sources, target, read_as=read_as, write_as=write_as, layer=layer, options=how,
            progress=bar,
        )  # fmt: skip
    emit(done, json, converted)
    raise typer.Exit(1 if done.refused else 0)


def converted(done: ConversionResult) -> None:
    """``curate convert``."""
    refused = [problem for problem in done.problems if problem.severity == "error"]
    others = [problem for problem in done.problems if problem.severity == "warning"]
    problems(refused)
    problems(others[:_SHOWN])
    if len(others) > _SHOWN:
        say(f"… and {len(others) - _SHOWN:,} more; --json names them all")
    say(f"read    {_marks(done.read)}")
    for file in done.written:
        layer = f" of {escape(file.layer)}" if file.layer not in ("", "gold") else ""
        say(f"wrote   {_marks(file)}{layer} as {file.format} to {escape(file.path)}")
    say(f"lost    {escape(_reasons(done.lost)) or 'nothing'}")
    if done.noted:
        say(f"noted   {escape(_reasons(done.noted))}")
    if done.refused:
        say(f"refused {counted(done.refused, 'line')}")


def _marks(found: ReadTotals | ConvertedFile) -> str:
    marks = [
        counted(found.spans, "span"),
        counted(found.relations, "relation"),
        counted(found.categories, "category", "categories"),
    ]
    told = ", ".join(mark for mark in marks if not mark.startswith("0 ")) or "no annotations"
    return f"{counted(found.documents, 'document')}, {told}"


def _reasons(counts: dict[str, int]) -> str:
    return ", ".join(f"{many:,} {reason}" for reason, many in counts.items())
