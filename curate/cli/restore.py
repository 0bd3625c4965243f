"""``curate restore``: bring a release or a revision back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.output import counted, emit, say

if TYPE_CHECKING:
    from curate.history.restore import RestoreResult


@app.command()
def restore(
    source: Annotated[str, typer.Argument(help="Release, or a revision such as 1a2e@3.")],
    documents: Annotated[
        list[str] | None, typer.Argument(help="Restore only these documents of a release.")
    ] = None,
    exact: Annotated[
        bool, typer.Option("--exact", help="Also withdraw documents that are not in the release.")
    ] = False,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Restore a release or a revision by adding new revisions, which the next sync pushes.

    Example: curate restore 0.1.0
    """
    from curate.history.restore import restore

    emit(restore(workspace(root), source, tuple(documents or ()), exact), json, _render)


def _render(result: RestoreResult) -> None:
    for revision in result.revisions:
        say(f"{revision.document}@{revision.number} {escape(revision.reason)}")
    say(
        f"restored {escape(result.source)}: {counted(len(result.revisions), 'new revision')}, "
        f"{counted(result.same, 'document')} unchanged"
    )
    if result.left:
        kept = counted(len(result.left), "document")
        say(f"kept {kept} that the release does not have; --exact withdraws them")
