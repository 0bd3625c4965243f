"""Commands that write for others."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from curate.cli import tell
from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.output import emit, progress
from curate.formats.selection import OverlapPolicy, Selection


@app.command()
def export(
    version: Annotated[str, typer.Argument(help="Release; the newest by default.")] = "",
    formats: Annotated[
        list[str] | None,
        typer.Option("-f", "--format", help="jsonl, parquet, spacy, conll, …; may repeat."),
    ] = None,
    to: Annotated[Path | None, typer.Option(help="Folder; exports/<version> by default.")] = None,
    split: Annotated[str, typer.Option(help="Only this split of the release.")] = "",
    overlap: Annotated[
        OverlapPolicy, typer.Option(help="Which of overlapping spans stay.")
    ] = "all",
    label: Annotated[list[str] | None, typer.Option(help="Only spans of this; may repeat.")] = None,
    lang: Annotated[list[str] | None, typer.Option(help="Only this language; may repeat.")] = None,
    source: Annotated[list[str] | None, typer.Option(help="Only this source; may repeat.")] = None,
    since: Annotated[str, typer.Option(help="Published on this day or later.")] = "",
    until: Annotated[str, typer.Option(help="Published on this day or earlier.")] = "",
    confirmed_by: Annotated[int, typer.Option(min=0, help="People that confirmed it.")] = 0,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Write a release for training, each format with a note of what it could not express.

    Example: curate export 0.1.0 -f spacy -f conll --overlap outermost --confirmed-by 2
    """

    from curate.formats.export import export

    selection = Selection(
        overlap=overlap,
        labels=tuple(label or ()),
        languages=tuple(lang or ()),
        sources=tuple(source or ()),
        since=since,
        until=until,
        confirmed_by=confirmed_by,
    )
    chosen = tuple(formats or ("jsonl", "spacy", "conll"))
    with progress() as bar:
        done = export(
            workspace(root),
            version,
            chosen,
            to,
            bar,
            selection if selection != Selection() else None,
            split,
        )
    emit(done, json, tell.exported)
