"""``curate reconcile``: import what version control brought into ``annotations/``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.output import counted, emit, say

if TYPE_CHECKING:
    from curate.store.reconcile import ReconcileResult


@app.command()
def reconcile(
    merge: Annotated[
        bool, typer.Option("--merge", help="Merge store and files where they diverged.")
    ] = False,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Import what version control brought into annotations/; refused if both sides changed.

    Example: curate reconcile
    """
    from curate.history.reconcile import reconcile

    emit(reconcile(workspace(root), merge), json, _render)


def _render(result: ReconcileResult) -> None:
    for document in result.renumbered:
        say(f"{document}: revisions renumbered")
    for document in result.conflicts:
        say(f"[yellow]conflict[/] in {document}; see `curate conflicts`")
    if result.nothing:
        say("the store is up to date with annotations/")
        return
    releases = f", releases {', '.join(result.releases)}" if result.releases else ""
    say(
        f"imported {counted(result.documents, 'new document')}, "
        f"{counted(result.revisions, 'new revision')}{releases}"
    )
