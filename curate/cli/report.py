"""The command that writes the report of a corpus."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.output import emit, say

if TYPE_CHECKING:
    from curate.report.facts import WrittenReport


@app.command()
def report(
    output: Annotated[Path, typer.Option("-o", "--output", help="File to write.")] = Path(
        "report.html"
    ),
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Write a report on the corpus as one self-contained HTML page.

    Example: curate report -o report.html
    """
    from curate.report.run import write_report

    emit(write_report(workspace(root), output), json, _print_written)


def _print_written(report: WrittenReport) -> None:
    say(f"wrote {escape(report.path)}")
    for section, reason in report.empty.items():
        say(f"[dim]section {section} is empty: {escape(reason)}[/]")
