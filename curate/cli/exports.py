"""Commands that write for others."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from curate.cli import tell
from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.output import emit, progress


@app.command()
def export(
    version: Annotated[str, typer.Argument(help="Release; the newest by default.")] = "",
    formats: Annotated[
        list[str] | None, typer.Option("-f", "--format", help="jsonl, spacy, conll; may repeat.")
    ] = None,
    to: Annotated[Path | None, typer.Option(help="Folder; exports/<version> by default.")] = None,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Write a release for training, each format with a note of what it could not express.

    Example: curate export 0.1.0 -f spacy -f conll
    """
    chosen = tuple(formats or ("jsonl", "spacy", "conll"))
    with progress() as bar:
        done = workspace(root).export(version, chosen, to, bar)
    emit(done, json, tell.exported)
