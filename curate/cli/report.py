"""The command that writes the report of a corpus."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.output import emit, say

if TYPE_CHECKING:
    from curate.report import WrittenReport


@app.command()
def report(
    output: Annotated[Path, typer.Option("-o", "--output", help="The file.")] = Path("report.html"),
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Write where the corpus stands as one HTML page that needs no network and no script.

    Example: curate report -o report.html
    """

    from curate.report.run import write_report

    emit(write_report(workspace(root), output), json, told)


def told(done: WrittenReport) -> None:
    """``curate report``."""
    say(f"wrote {escape(done.path)}")
    for name, why in done.empty.items():
        say(f"[dim]nothing in {name}: {escape(why)}[/]")
