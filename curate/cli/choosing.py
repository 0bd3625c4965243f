"""The command that tells what to annotate next."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.output import counted, emit, progress, say

if TYPE_CHECKING:
    from curate.ranking import Chosen, Ranking


class Cost(StrEnum):
    """What a document costs."""

    hour = "hour"
    document = "document"


@app.command("next")
def next_(
    count: Annotated[int, typer.Option(min=1, help="How many documents.")] = 20,
    pool: Annotated[
        Path | None, typer.Option(help="Articles of what `preannotate --output` wrote, instead.")
    ] = None,
    by: Annotated[Cost, typer.Option(help="An hour goes by the words.")] = Cost.hour,
    chance: Annotated[float, typer.Option(help="Share that is drawn by chance.")] = 0.1,
    seed: Annotated[int, typer.Option(help="Of what is drawn by chance.")] = 0,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Rank what nobody has annotated by what a person's time on it is worth, with reasons.

    Example: curate next --count 50
    """

    from curate.ranking import Settings
    from curate.ranking.corpus import rank_next

    settings = Settings(count=count, seed=seed, chance=chance, by=by.value)
    with progress() as bar:
        found = rank_next(workspace(root), settings, pool, bar)
    emit(found, json, told)


def told(found: Ranking) -> None:
    """``curate next``."""
    for number, each in enumerate(found.chosen, 1):
        title = escape(each.title[:60]) or "untitled"
        say(f"{number:>3} {each.document} {title}: {_reasons(each)}")
    copies = f", near copies left out: {len(found.copies):,}" if found.copies else ""
    say(f"{len(found.chosen):,} of {counted(found.candidates, 'document')}{copies}")


def _reasons(each: Chosen) -> str:
    rare = ", ".join(f"{number} {escape(label)}" for label, number in each.rare.items())
    reasons = [
        "by chance" if each.chance else f"worth {each.worth:.2f}",
        f"{counted(each.unsure, 'place')} unsure" if each.unsure else "nothing unsure",
        f"{each.new} new" if each.new else "",
        f"rare: {rare}" if rare else "",
        counted(each.words, "word"),
        escape(each.pool),
    ]
    return ", ".join(filter(None, reasons))
