"""``curate conflicts``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer
from rich.markup import escape

from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.output import emit, say
from curate.model import describe

if TYPE_CHECKING:
    from curate.annotations.merge import Conflict
    from curate.sync.conflicts import OpenConflicts


@app.command()
def conflicts(root: Root = HERE, json: Json = False) -> None:
    """List the conflicts between gold and Doccano.

    The exit code is 1 if there are any.

    Example: curate conflicts
    """
    from curate.sync.conflicts import list_conflicts

    conflicts = list_conflicts(workspace(root))
    emit(conflicts, json, _render)
    raise typer.Exit(1 if conflicts else 0)


def _render(conflicts: list[OpenConflicts]) -> None:
    for each in conflicts:
        say(f"[bold]{each.document.id}[/] {escape(each.document.title)}")
        for number, conflict in enumerate(each.conflicts, 1):
            say(f"  {number} {conflict.kind}")
            if conflict.concerns_document:
                author = conflict.ours_by or "nobody yet"
                say(f"      found {conflict.theirs_at}; gold by {author}")
            else:
                _render_versions(conflict, each.document.text)
    if conflicts:
        say("resolve them with `curate resolve DOCUMENT NUMBER --take ours|theirs`")
    else:
        say("no conflicts")


def _render_versions(conflict: Conflict, text: str) -> None:
    authors = {
        "ours": f"{conflict.ours_by} {conflict.ours_at}",
        "theirs": f"{conflict.theirs_by} {conflict.theirs_at}",
    }
    for side in ("base", "ours", "theirs"):
        items = ", ".join(describe(item, text) for item in conflict.version(side))
        author = escape(authors.get(side, ""))
        say(f"      {side:<7}{escape(items or 'no annotation')} [dim]{author}[/]")
