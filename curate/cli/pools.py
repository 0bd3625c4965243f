"""Articles outside the corpus: options of ``preannotate``, and the command that takes some in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.output import counted, emit, exit_code, problems, say

if TYPE_CHECKING:
    from curate.pool import By, Ran
    from curate.pool.corpus import Drawn
    from curate.report.layers_page import WrittenLayersPage

Input = Annotated[
    str, typer.Option("--input", help="A pool outside the corpus, such as 'pool/*.parquet'.")
]
Output = Annotated[Path | None, typer.Option(help="Folder for the partitions of a pool.")]
Workers = Annotated[int, typer.Option(help="Processes, for a pool; 0 takes as many as pay.", min=0)]
Scheduler = Annotated[
    str, typer.Option(help="Dask scheduler for a pool: tcp://host:8786, or local.")
]


@app.command("ingest-pool")
def ingest_pool(
    folder: Annotated[Path, typer.Argument(help="What `preannotate --output` wrote.")],
    sample: Annotated[int, typer.Option(help="So many articles by chance.", min=0)] = 0,
    lowest: Annotated[int, typer.Option(help="So many of the lowest score.", min=0)] = 0,
    highest: Annotated[int, typer.Option(help="So many of the highest score.", min=0)] = 0,
    useful: Annotated[
        int, typer.Option(help="So many by `curate next`; the corpus's own are left out.", min=0)
    ] = 0,
    seed: Annotated[int, typer.Option(help="Another one gives another sample.")] = 0,
    new: Annotated[bool, typer.Option("--new", help="Leave out what the corpus has.")] = False,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Take a part of a pre-annotated pool into the corpus: a sample, by score, or what is useful.

    Example: curate ingest-pool annotated/ --lowest 100
    """

    from curate.pool.corpus import Choice, ingest_pool
    from curate.ranking import Settings
    from curate.ranking.corpus import ingest_useful

    given: dict[By, int] = {"sample": sample, "lowest": lowest, "highest": highest}
    asked = [(by, count) for by, count in given.items() if count]
    if len(asked) + bool(useful) != 1:
        raise typer.BadParameter("give one of --sample, --lowest, --highest and --useful")
    if useful:
        done = ingest_useful(workspace(root), folder, Settings(count=useful, seed=seed))
    else:
        choice = Choice(by=asked[0][0], count=asked[0][1], seed=seed, new=new)
        done = ingest_pool(workspace(root), folder, choice)
    emit(done, json, drawn)
    raise typer.Exit(exit_code(done.problems))


def drawn(done: Drawn) -> None:
    """``curate ingest-pool``."""
    problems(done.problems)
    known = f", {len(done.known)} known before" if done.known else ""
    say(f"ingested {len(done.added)} of {counted(done.articles, 'article')}{known}")


def ran(done: Ran) -> None:
    """``curate preannotate --input``."""
    problems(done.problems)
    rows = sum(each.rows for each in done.done)
    spans = sum(each.spans for each in done.done)
    refused = sum(each.refused for each in done.done)
    known = f", {done.known} there before" if done.known else ""
    told = f", {counted(refused, 'row')} refused, each with its reason" if refused else ""
    say(f"wrote {counted(len(done.done), 'partition')}{known}")
    say(f"{counted(rows, 'row')}, {counted(spans, 'span')}{told}")


def paged(done: WrittenLayersPage) -> None:
    """``curate show --html``."""
    layers = counted(len(done.layers), "layer")
    differing = f"{done.differing} of {counted(done.places, 'marked region')} differ"
    say(f"wrote {layers} to {escape(done.path)}: {differing}")
