"""Commands that check the gold."""

from __future__ import annotations

import typer

from curate.cli import tell
from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.output import emit


@app.command()
def validate(root: Root = HERE, json: Json = False) -> None:
    """Check the gold corpus; list all findings; exit code 1 if one is an error.

    Example: curate validate
    """
    report = workspace(root).validate()
    emit(report, json, tell.report)
    raise typer.Exit(0 if report.passed else 1)
