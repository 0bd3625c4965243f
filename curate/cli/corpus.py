"""Commands that take articles in and show them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from curate.cli import pools, reading, tell
from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.output import emit, exit_code, progress
from curate.cli.tell_intake import ingested
from curate.formats.reading import ReadOptions


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
@reading.read_options
def ingest(
    sources: Annotated[list[Path], typer.Argument(help=reading.Sources)],
    read_as: reading.From = "",
    gold: Annotated[
        bool | None,
        typer.Option("--gold/--no-gold", help="Annotations as gold; else as their format says."),
    ] = None,
    layer: Annotated[
        str, typer.Option(help="Layer of annotations that have no author.", show_default="gold")
    ] = "",
    options: ReadOptions = reading.DEFAULTS,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Take articles in, with their annotations if they have any.

    What is refused is told, and kept in .curate/rejects.jsonl; the rest goes on (exit code 1).

    Example: curate ingest seeds/
    """

    from curate.ingest.importer import Asked, ingest

    options = msgspec.structs.replace(options, layer=layer or options.layer)
    with progress() as bar:
        done = ingest(
            workspace(root), sources, bar, Asked(format=read_as, options=options, gold=gold)
        )
    emit(done, json, ingested)
    raise typer.Exit(1 if done.refused else 0)


@app.command()
def preannotate(
    again: Annotated[bool, typer.Option("--again", help="Also documents that were done.")] = False,
    pool: pools.Input = "",
    output: pools.Output = None,
    workers: pools.Workers = 0,
    scheduler: pools.Scheduler = "",
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Propose spans with the models and rules of curate.toml. Documents with gold are left alone.

    Example: curate preannotate
    """

    from curate.preannotate.preannotation import preannotate

    if pool or output:
        _pool(root, json, pool, output, workers, scheduler)
        return
    with progress() as bar:
        done = preannotate(workspace(root), again, bar)
    emit(done, json, tell.preannotated)
    raise typer.Exit(exit_code(done.problems))


def _pool(
    root: Path, json: bool, pattern: str, output: Path | None, workers: int, scheduler: str
) -> None:

    from curate.pool.corpus import preannotate_pool

    if not pattern or output is None:
        raise typer.BadParameter("a pool needs both --input and --output")
    with progress() as bar:
        done = preannotate_pool(
            workspace(root), pattern, output, workers=workers, scheduler=scheduler, progress=bar
        )
    emit(done, json, pools.ran)
    raise typer.Exit(exit_code(done.problems))


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
        emit(write_layers_page(found, document, html), json, pools.paged)
    else:
        shown = show(found, document, layer)
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
