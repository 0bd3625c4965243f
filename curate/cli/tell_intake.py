"""How ``curate ingest`` tells what it did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape

from curate.cli.output import counted, problems, say

if TYPE_CHECKING:
    from curate.ingest.importer import Intake

_SHOWN = 20


def ingested(done: Intake) -> None:
    """``curate ingest``."""
    problems(problem for problem in done.problems if problem.severity == "error")
    lost = [problem for problem in done.problems if problem.severity == "warning"]
    problems(lost[:_SHOWN])
    if len(lost) > _SHOWN:
        say(f"… and {len(lost) - _SHOWN:,} more; --json names them all")
    for key in done.added if len(done.added) <= 10 else ():
        say(f"  {key}")
    for layer, many in done.layers.items():
        say(f"  {escape(layer)}: {counted(many, 'annotation')}")
    refused = f", {done.refused} refused" if done.refused else ""
    gold = f", {done.gold} with gold" if done.gold else ""
    known = f"{len(done.known)} known before"
    say(f"ingested {counted(len(done.added), 'document')}{gold}, {known}{refused}")
    if done.rejects:
        say(f"refused and lost: {escape(done.rejects)}")
