"""Commands that take articles in and show them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from curate.cli import tell
from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.output import emit, progress


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
def ingest(
    sources: Annotated[list[Path], typer.Argument(help="Files or folders: .txt, .jsonl.")],
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Take articles in. A file that is refused is named, and the rest goes on (exit code 1).

    Example: curate ingest seeds/
    """
    with progress() as bar:
        done = workspace(root).ingest(sources, bar)
    emit(done, json, tell.ingested)
    raise typer.Exit(1 if done.problems else 0)


@app.command()
def preannotate(
    again: Annotated[bool, typer.Option("--again", help="Also documents that were done.")] = False,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Propose spans with the models and rules of curate.toml. Documents with gold are left alone.

    Example: curate preannotate
    """
    with progress() as bar:
        done = workspace(root).preannotate(again, bar)
    emit(done, json, tell.preannotated)
    raise typer.Exit(tell.exit_code(done.problems))


@app.command()
def show(
    document: Annotated[str, typer.Argument(help="Beginning of a document's id.")] = "",
    layer: Annotated[str, typer.Option(help="Layer to show: gold, proposal, model:…")] = "",
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Show an article with its spans in colour; without one, list the articles and their ids.

    Example: curate show 1a2e --layer proposal
    """
    found = workspace(root)
    if not document:
        emit(found.documents(), json, tell.listed)
        return
    shown = found.show(document, layer)
    emit(shown, json, lambda value: tell.shown(value, found.schema))


@app.command()
def doctor(root: Root = HERE, json: Json = False) -> None:
    """Look for what is wrong with the set-up, and tell the command that mends it.

    Example: curate doctor
    """
    from curate.doctor import examine

    found = examine(root)
    emit(found, json, tell.examined)
    raise typer.Exit(0 if all(item.ok for item in found) else 1)
