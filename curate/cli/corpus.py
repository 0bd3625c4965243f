"""``curate init``, ``show`` and ``doctor``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from curate.cli import tell
from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.output import emit


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Folder to make it in.")] = HERE,
    name: Annotated[str, typer.Option(help="Name of the corpus; the folder's by default.")] = "",
    json: Json = False,
) -> None:
    """Make a workspace, or complete one; in a fresh clone, fill the store from annotations/.

    Example: curate init my-corpus
    """
    from curate.workspace import Workspace

    emit(Workspace.init(folder, name), json, tell.initialised)


@app.command()
def show(
    document: Annotated[str, typer.Argument(help="Beginning of a document's id.")] = "",
    layer: Annotated[str, typer.Option(help="Layer to show: gold, proposal, model:…")] = "",
    html: Annotated[Path | None, typer.Option(help="Write all layers into this page.")] = None,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Show an article with its spans in colour; without one, list the articles and their ids.

    Example: curate show 1a2e --layer proposal
    """

    from curate.history.show import list_documents, show
    from curate.report.layers_page import write_layers_page

    found = workspace(root)
    if not document:
        emit(list_documents(found), json, tell.listed)
    elif html:
        emit(write_layers_page(found, document, html), json, tell.paged)
    else:
        shown = show(found, document, layer)
        emit(shown, json, lambda value: tell.shown(value, found.schema))
