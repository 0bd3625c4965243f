"""``curate verify``: recompute releases and compare the store with ``annotations/``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.output import counted, emit, problems, say

if TYPE_CHECKING:
    from curate.history.verify import VerifyResult


@app.command()
def verify(
    version: Annotated[str, typer.Argument(help="Release; all releases by default.")] = "",
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Recompute releases from the store and from annotations/, and report every difference.

    The exit code is 1 if there is one.

    Example: curate verify 0.1.0
    """
    from curate.history.verify import verify

    result = verify(workspace(root), version)
    emit(result, json, _render)
    raise typer.Exit(0 if result.passed else 1)


def _render(result: VerifyResult) -> None:
    problems(result.problems)
    verdict = "[green]passed[/]" if result.passed else "[red]failed[/]"
    releases = ", ".join(result.releases) or "none"
    say(
        f"{verdict}: releases {releases}; {counted(result.documents, 'document')}, "
        f"{counted(result.revisions, 'revision')}; {counted(len(result.problems), 'difference')}"
    )
