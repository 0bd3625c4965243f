"""``curate ingest-pool``: ingest articles of a pre-annotated pool."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.output import counted, emit, exit_code, problems, say

if TYPE_CHECKING:
    from curate.pool.ingestion import PoolIngestReport
    from curate.pool.selection import Criterion


@app.command("ingest-pool")
def ingest_pool(
    folder: Annotated[Path, typer.Argument(help="Folder from `preannotate --output`.")],
    sample: Annotated[int, typer.Option(help="Number of articles drawn at random.", min=0)] = 0,
    lowest: Annotated[
        int, typer.Option(help="Number of articles with the lowest scores.", min=0)
    ] = 0,
    highest: Annotated[
        int, typer.Option(help="Number of articles with the highest scores.", min=0)
    ] = 0,
    useful: Annotated[
        int, typer.Option(help="Number of new articles that `curate next` ranks first.", min=0)
    ] = 0,
    seed: Annotated[int, typer.Option(help="Random seed.")] = 0,
    new: Annotated[
        bool, typer.Option("--new", help="Select only articles that the corpus does not have.")
    ] = False,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Ingest part of a pre-annotated pool: a sample, by score, or the most useful articles.

    Example: curate ingest-pool annotated/ --lowest 100
    """
    from curate.pool.ingestion import ingest_pool
    from curate.ranking.pool import ingest_useful
    from curate.ranking.ranking import RankingOptions

    counts: dict[Criterion, int] = {"sample": sample, "lowest": lowest, "highest": highest}
    given = [(by, count) for by, count in counts.items() if count]
    if len(given) + bool(useful) != 1:
        raise typer.BadParameter("give one of --sample, --lowest, --highest and --useful")
    if useful:
        options = RankingOptions(count=useful, seed=seed)
        report = ingest_useful(workspace(root), folder, options)
    else:
        by, count = given[0]
        report = ingest_pool(workspace(root), folder, count, by, seed, new)
    emit(report, json, _render)
    raise typer.Exit(exit_code(report.problems))


def _render(report: PoolIngestReport) -> None:
    problems(report.problems)
    known = f", {len(report.known)} already in the corpus" if report.known else ""
    say(f"ingested {len(report.added)} of {counted(report.articles, 'article')}{known}")
