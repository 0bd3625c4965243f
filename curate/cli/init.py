"""``curate init``: create a workspace."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from curate.cli.app import HERE, Json, app
from curate.cli.output import counted, emit, say

if TYPE_CHECKING:
    from curate.workspace import Initialised


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Folder of the workspace.")] = HERE,
    name: Annotated[
        str, typer.Option(help="Name of the corpus; by default that of the folder.")
    ] = "",
    json: Json = False,
) -> None:
    """Create a workspace, or complete one; in a fresh clone, fill the store from annotations/.

    Example: curate init my-corpus
    """
    from curate.workspace import Workspace

    emit(Workspace.init(folder, name), json, _render)


def _render(result: Initialised) -> None:
    say(f"workspace {escape(result.root)}")
    say(f"created {', '.join(result.made)}" if result.made else "nothing to create")
    if result.gold:
        say(f"gold: {counted(result.gold, 'document')}, from annotations/")
