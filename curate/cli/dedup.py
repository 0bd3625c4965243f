"""The command that finds copies and near copies."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from curate.cli import reading
from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.output import counted, emit, exit_code, problems, progress, say

if TYPE_CHECKING:
    from curate.dedup.clusters import Duplicates

_SHOWN = 20


class Policy(StrEnum):
    """What is kept of a cluster."""

    first = "first"
    longest = "longest"
    all = "all"


@app.command()
def dedup(
    sources: Annotated[
        list[Path] | None, typer.Argument(metavar="[IN]...", help=reading.Sources)
    ] = None,
    threshold: Annotated[float, typer.Option(help="Least Jaccard similarity, 0 to 1.")] = 0.7,
    words: Annotated[int, typer.Option(help="Words of an n-gram.")] = 5,
    keep: Annotated[Policy, typer.Option(help="What to keep of each cluster.")] = Policy.first,
    to: Annotated[Path | None, typer.Option(help="JSON Lines file for what is kept.")] = None,
    read_as: reading.From = "",
    column: reading.Column = None,
    encoding: reading.Encoding = "",
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Find copies and near copies: in files, or without IN in the corpus, which keeps the clusters.

    Example: curate dedup pool/ --keep longest --to unique.jsonl
    """

    from curate.dedup import clusters
    from curate.dedup.clusters import dedup

    if to and not sources:
        raise typer.BadParameter("only what is kept of files can be written", param_hint="--to")
    asked = clusters.DedupOptions(threshold=threshold, words=words, keep=keep.value)
    if not sources:
        done = dedup(workspace(root), asked)
    else:
        how = reading.options(column, encoding=encoding)
        source = clusters.Source(paths=tuple(sources), format=read_as, options=how)
        with progress() as bar:
            done = clusters.in_files(source, asked, to, bar)
    emit(done, json, told)
    raise typer.Exit(exit_code(done.problems))


def told(done: Duplicates) -> None:
    """``curate dedup``."""
    problems(done.problems)
    for cluster in done.clusters[:_SHOWN]:
        say(f"cluster {cluster.id}")
        for member in cluster.members[:_SHOWN]:
            alike = "copy" if member.exact else f"{member.alike:.2f}"
            kept = " kept" if member.kept else ""
            say(f"  {alike} {member.document} {escape(member.where)}{kept}")
        if len(cluster.members) > _SHOWN:
            say(f"  … and {len(cluster.members) - _SHOWN:,} more")
    if len(done.clusters) > _SHOWN:
        say(f"… and {len(done.clusters) - _SHOWN:,} more clusters; --json has them all")
    near = counted(done.near, "near copy", "near copies")
    copies = counted(done.exact, "copy", "copies")
    where = counted(len(done.clusters), "cluster")
    say(f"{counted(done.documents, 'document')}: {copies} and {near} in {where}")
    if done.written:
        kept = counted(done.documents - done.dropped, "document")
        say(f"wrote {kept} to {escape(done.written)}")
