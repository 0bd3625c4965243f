"""The command that draws and checks splits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.output import counted, emit, exit_code, problems, say

if TYPE_CHECKING:
    from curate.splits import SplitName
    from curate.splits.split import SplitResult

_SHOWN = 10


@app.command()
def split(
    move: Annotated[
        list[str] | None,
        typer.Option(metavar="ID=SPLIT", help="Put a document elsewhere; may repeat."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell; write nothing.")] = False,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Put gold documents into train, dev and test, and check that nothing leaks between them.

    Example: curate split --dry-run
    """

    from curate.splits.split import split

    done = split(workspace(root), dict(map(_move, move or ())), dry_run)
    emit(done, json, told)
    raise typer.Exit(exit_code(done.problems))


def told(done: SplitResult) -> None:
    """``curate split``."""
    problems(done.problems)
    for part in done.parts:
        held = f", {part.test_of:,} of a release" if part.test_of else ""
        many = counted(part.documents, "document")
        say(f"{part.split:5} {many}, {part.share:.1%} of {part.wanted:.1%} asked for{held}")
    _labels(done)
    for group in done.together[:_SHOWN]:
        ids = " ".join(group.documents[:_SHOWN])
        more = f" … {len(group.documents) - _SHOWN:,} more" if len(group.documents) > _SHOWN else ""
        say(f"together, in {group.split or 'several splits or none'}: {ids}{more}")
    if len(done.together) > _SHOWN:
        say(f"… and {len(done.together) - _SHOWN:,} more groups; --json has them all")
    grouped = sum(len(group.documents) for group in done.together)
    groups = counted(len(done.together), "group")
    say(f"kept together: {counted(grouped, 'document')} in {groups}")
    moved = f", moved {len(done.moved):,}" if done.moved else ""
    dry = "; nothing written" if done.dry_run else ""
    say(f"assigned {counted(len(done.added), 'document')}{moved}{dry}")


def _labels(done: SplitResult) -> None:
    """The share of each label in each split, the most frequent first."""
    totals = {part.split: sum(part.labels.values()) or 1 for part in done.parts}
    names = {label for part in done.parts for label in part.labels}
    if not names:
        return
    width = max(map(len, names))
    say(f"{'label':{width}} " + " ".join(f"{part.split:>14}" for part in done.parts))
    sums = {label: sum(part.labels.get(label, 0) for part in done.parts) for label in names}
    for label in sorted(names, key=lambda name: (-sums[name], name)):
        counts = ((part.labels.get(label, 0), totals[part.split]) for part in done.parts)
        cells = (f"{number:>7,} {number / total:>6.1%}" for number, total in counts)
        say(escape(f"{label:{width}} " + " ".join(cells)))


def _move(given: str) -> tuple[str, SplitName]:
    document, _, name = given.partition("=")
    splits: dict[str, SplitName] = {"train": "train", "dev": "dev", "test": "test"}
    if not document or name not in splits:
        told = f"{given!r} is not ID=train, ID=dev or ID=test"
        raise typer.BadParameter(told, param_hint="--move")
    return document, splits[name]
