"""``curate next``: rank what to annotate next."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.output import counted, emit, progress, say

if TYPE_CHECKING:
    from curate.ranking.ranking import RankedDocument, Ranking


class Cost(StrEnum):
    """What a document costs."""

    hour = "hour"
    document = "document"


@app.command("next")
def next_(
    count: Annotated[int, typer.Option(min=1, help="Number of documents.")] = 20,
    pool: Annotated[
        Path | None,
        typer.Option(help="Rank a pool instead: the folder from `preannotate --output`."),
    ] = None,
    by: Annotated[
        Cost, typer.Option(help="Usefulness per hour, estimated by words, or per document.")
    ] = Cost.hour,
    chance: Annotated[float, typer.Option(help="Share drawn at random, 0 to 1.")] = 0.1,
    seed: Annotated[int, typer.Option(help="Random seed.")] = 0,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Rank the documents without gold by how useful it is to annotate them, with reasons.

    Example: curate next --count 50
    """
    from curate.ranking.next import rank_next
    from curate.ranking.ranking import RankingOptions

    options = RankingOptions(count=count, seed=seed, chance=chance, by=by.value)
    with progress() as bar:
        ranking = rank_next(workspace(root), options, pool, bar)
    emit(ranking, json, _render)


def _render(ranking: Ranking) -> None:
    for number, document in enumerate(ranking.chosen, 1):
        title = escape(document.title[:60]) or "untitled"
        say(f"{number:>3} {document.document} {title}: {_reasons(document)}")
    copies = f"; left out near-duplicates: {len(ranking.copies):,}" if ranking.copies else ""
    say(f"{len(ranking.chosen):,} of {counted(ranking.candidates, 'document')}{copies}")


def _reasons(document: RankedDocument) -> str:
    rare = ", ".join(f"{spans} {escape(label)}" for label, spans in document.rare.items())
    reasons = [
        "drawn at random" if document.chance else f"usefulness {document.worth:.2f}",
        f"uncertain spans: {document.unsure}",
        f"{document.new} new" if document.new else "",
        f"rare: {rare}" if rare else "",
        counted(document.words, "word"),
        escape(document.pool),
    ]
    return ", ".join(filter(None, reasons))
