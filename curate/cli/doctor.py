"""``curate doctor``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer
from rich.markup import escape

from curate.cli.app import HERE, Json, Root, app
from curate.cli.output import emit, say

if TYPE_CHECKING:
    from curate.doctor import Finding


@app.command()
def doctor(root: Root = HERE, json: Json = False) -> None:
    """Diagnose the setup of a workspace, and name the command that fixes each problem.

    The exit code is 1 if there is a problem.

    Example: curate doctor
    """
    from curate.doctor import examine

    findings = examine(root)
    emit(findings, json, _render)
    raise typer.Exit(0 if all(finding.ok for finding in findings) else 1)


def _render(findings: list[Finding]) -> None:
    for finding in findings:
        mark = "[green]ok[/]   " if finding.ok else "[red]wrong[/]"
        hint = f" → {escape(finding.hint)}" if not finding.ok else ""
        say(f"{mark} {finding.subject}: {escape(finding.detail)}{hint}")
