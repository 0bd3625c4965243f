"""``curate split``: draw train, dev and test, and check them for leaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.options import DryRun
from curate.cli.output import counted, emit, exit_code, problems, say

if TYPE_CHECKING:
    from curate.splits import SplitName
    from curate.splits.split import SplitResult

_LISTED = 10


@app.command()
def split(
    move: Annotated[
        list[str] | None,
        typer.Option(metavar="ID=SPLIT", help="Move a document with its group. Repeatable."),
    ] = None,
    dry_run: DryRun = False,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Assign documents with gold to train, dev and test, and check that nothing leaks.

    The exit code is 1 if a finding is an error.

    Example: curate split --dry-run
    """
    from curate.splits.split import split

    moves = dict(map(_parse_move, move or ()))
    result = split(workspace(root), moves, dry_run)
    emit(result, json, _render)
    raise typer.Exit(exit_code(result.problems))


def _parse_move(text: str) -> tuple[str, SplitName]:
    document, _, name = text.partition("=")
    names: dict[str, SplitName] = {"train": "train", "dev": "dev", "test": "test"}
    if not document or name not in names:
        message = f"{text!r} is not ID=train, ID=dev or ID=test"
        raise typer.BadParameter(message, param_hint="--move")
    return document, names[name]


def _render(result: SplitResult) -> None:
    problems(result.problems)
    for part in result.parts:
        documents = counted(part.documents, "document")
        frozen = f", {part.test_of:,} of them frozen by a release" if part.test_of else ""
        say(f"{part.split:5} {documents}, {part.share:.1%} (target {part.wanted:.1%}){frozen}")
    for part in result.parts:
        if part.languages:
            each = ", ".join(f"{count:,} in {lang}" for lang, count in part.languages.items())
            say(f"{part.split:5} {escape(each)}")
    _render_labels(result)
    for group in result.together[:_LISTED]:
        ids = " ".join(group.documents[:_LISTED])
        rest = len(group.documents) - _LISTED
        more = f" … {rest:,} more" if rest > 0 else ""
        say(f"kept together in {group.split or 'several splits or none'}: {ids}{more}")
    if len(result.together) > _LISTED:
        say(f"… and {len(result.together) - _LISTED:,} more groups; --json lists them all")
    grouped = sum(len(group.documents) for group in result.together)
    groups = counted(len(result.together), "group")
    say(f"kept together: {counted(grouped, 'document')} in {groups}")
    moved = f", moved {len(result.moved):,}" if result.moved else ""
    dry_run = "; nothing written" if result.dry_run else ""
    say(f"assigned {counted(len(result.added), 'document')}{moved}{dry_run}")


def _render_labels(result: SplitResult) -> None:
    """The number and share of each label in each split, the most frequent label first."""
    totals = {part.split: sum(part.labels.values()) or 1 for part in result.parts}
    names = {label for part in result.parts for label in part.labels}
    if not names:
        return
    width = max(map(len, names))
    say(f"{'label':{width}} " + " ".join(f"{part.split:>14}" for part in result.parts))
    counts = {label: sum(part.labels.get(label, 0) for part in result.parts) for label in names}
    for label in sorted(names, key=lambda name: (-counts[name], name)):
        in_splits = ((part.labels.get(label, 0), totals[part.split]) for part in result.parts)
        cells = (f"{number:>7,} {number / total:>6.1%}" for number, total in in_splits)
        say(escape(f"{label:{width}} " + " ".join(cells)))
