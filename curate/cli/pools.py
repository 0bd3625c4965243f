"""Options of ``preannotate`` for articles outside the corpus, and what is told of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from curate.cli.output import counted, problems, say

if TYPE_CHECKING:
    from curate.layers_page import Page
    from curate.pool import Ran

Input = Annotated[
    str, typer.Option("--input", help="A pool outside the corpus, such as 'pool/*.parquet'.")
]
Output = Annotated[Path | None, typer.Option(help="Folder for the partitions of a pool.")]
Workers = Annotated[int, typer.Option(help="Processes of this machine, for a pool.", min=1)]
Scheduler = Annotated[
    str, typer.Option(help="Dask scheduler for a pool: tcp://host:8786, or local.")
]


def ran(done: Ran) -> None:
    """``curate preannotate --input``."""
    problems(done.problems)
    rows = sum(each.rows for each in done.done)
    spans = sum(each.spans for each in done.done)
    refused = sum(each.refused for each in done.done)
    known = f", {done.known} there before" if done.known else ""
    told = f", {refused} rows refused, each with its reason" if refused else ""
    say(f"wrote {counted(len(done.done), 'partition')}{known}")
    say(f"{counted(rows, 'row')}, {counted(spans, 'span')}{told}")


def paged(done: Page) -> None:
    """``curate show --html``."""
    layers = counted(len(done.layers), "layer")
    say(f"wrote {layers} to {escape(done.path)}: {done.differing} of {done.places} places differ")
