"""``curate tasks list`` and ``reassign``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.options import Language
from curate.cli.output import counted, emit, say

if TYPE_CHECKING:
    from curate.sync.tasks import AnnotatorLoad, Reassignment

tasks = typer.Typer(help="The documents of independent annotators.", no_args_is_help=True)
app.add_typer(tasks, name="tasks")

Leaving = Annotated[
    list[str] | None,
    typer.Argument(
        help="Accounts whose waiting documents are given away; by default those that "
        "\\[tasks] annotators no longer names."
    ),
]
To = Annotated[
    list[str] | None,
    typer.Option("--to", help="An account that gets documents; repeatable, all others by default."),
]
Limit = Annotated[int, typer.Option(min=0, help="At most so many documents; 0 for all of them.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", "-n", help="Show what would change, and change nothing.")
]


@tasks.command("list")
def list_tasks(root: Root = HERE, json: Json = False) -> None:
    """Show how many documents each annotator has confirmed, and how many wait for them.

    Example: curate tasks list
    """
    from curate.sync.tasks import annotator_loads

    emit({"annotators": annotator_loads(workspace(root))}, json, _render_loads)


@tasks.command()
def reassign(
    leaving: Leaving = None,
    to: To = None,
    limit: Limit = 0,
    language: Language = "",
    dry_run: DryRun = False,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Give documents that wait for an annotator to others, such as when somebody leaves.

    What was confirmed stays with the annotator. The next sync pushes the documents to their new
    annotators, and removes them where nobody has begun with them.

    Example: curate tasks reassign bela --to eva --dry-run
    """
    from curate.sync.tasks import reassign_tasks

    done = reassign_tasks(
        workspace(root),
        tuple(leaving or ()),
        tuple(to or ()),
        limit=limit,
        language=language,
        dry_run=dry_run,
    )
    emit(done, json, lambda done: _render_moves(done, dry_run))


def _render_loads(loads: dict[str, list[AnnotatorLoad]]) -> None:
    for each in loads["annotators"]:
        left = "" if each.active else " (no longer in \\[tasks] annotators)"
        say(f"{escape(each.account)}: {each.confirmed} confirmed, {each.waiting} waiting{left}")
    if not loads["annotators"]:
        say("no independent annotators; see \\[tasks] mode in curate.toml")


def _render_moves(done: Reassignment, dry_run: bool) -> None:
    verb = "would move" if dry_run else "moved"
    for giver, receivers in done.moves.items():
        for receiver, count in receivers.items():
            names = f"from {escape(giver)} to {escape(receiver)}"
            say(f"{verb} {counted(count, 'document')} {names}")
    if not (done.moves or done.reasons):
        say("nothing to move: no documents wait for those who are to give some away")
    for each in done.reasons:
        if each.reason == "assigned":
            why = "everybody who could get it has it already"
            say(f"{each.document} still waits for {escape(each.annotator)}: {why}")
    if left := sum(each.reason == "limit" for each in done.reasons):
        say(f"{counted(left, 'document')} not moved, because of --limit")
    if done.moves and not dry_run:
        say("run `curate sync` to push them")
