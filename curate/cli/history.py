"""Commands that cut releases and tell the history."""

from __future__ import annotations

from typing import Annotated

import typer

from curate.cli import tell
from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.output import emit


@app.command()
def release(
    version: Annotated[str, typer.Argument(help="Semantic version, such as 0.1.0.")],
    message: Annotated[str, typer.Option("-m", "--message", help="What is in it.")] = "",
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Cut a release of the gold; refused while the checks find errors.

    Example: curate release 0.1.0 -m "First articles"
    """
    emit(workspace(root).release(version, message), json, tell.released)


@app.command()
def log(
    document: Annotated[str, typer.Argument(help="Beginning of a document's id.")] = "",
    root: Root = HERE,
    json: Json = False,
) -> None:
    """List releases and revisions, the newest first; of one document if it is named.

    Example: curate log 1a2e
    """
    emit(workspace(root).log(document), json, tell.log)
