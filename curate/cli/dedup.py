"""``curate dedup``: find copies and near copies."""

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

_LISTED = 20


class KeepChoice(StrEnum):
    """What to keep of a cluster."""

    first = "first"
    longest = "longest"
    all = "all"


@app.command()
def dedup(
    sources: Annotated[
        list[Path] | None, typer.Argument(metavar="[IN]...", help=reading.Sources)
    ] = None,
    threshold: Annotated[
        float, typer.Option(help="Least Jaccard similarity of near copies, above 0 and up to 1.")
    ] = 0.7,
    words: Annotated[int, typer.Option(help="Number of words in an n-gram.")] = 5,
    keep: Annotated[
        KeepChoice, typer.Option(help="Document to keep of each cluster.")
    ] = KeepChoice.first,
    to: Annotated[
        Path | None, typer.Option(help="With IN: JSON Lines file for the documents that are kept.")
    ] = None,
    read_as: reading.From = "",
    column: reading.Column = None,
    encoding: reading.Encoding = "",
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Find copies and near copies, in files or in the corpus.

    Example: curate dedup pool/ --keep longest --to unique.jsonl
    """
    from curate.dedup.clusters import DedupOptions, dedup, dedup_files

    if to and not sources:
        raise typer.BadParameter(
            "it needs IN; no document of the corpus is dropped", param_hint="--to"
        )
    options = DedupOptions(threshold=threshold, words=words, keep=keep.value)
    if sources:
        with progress() as bar:
            duplicates = dedup_files(
                sources,
                options,
                format=read_as,
                read_options=reading.options(column, encoding=encoding),
                target=to,
                progress=bar,
            )
    else:
        duplicates = dedup(workspace(root), options)
    emit(duplicates, json, _render)
    raise typer.Exit(exit_code(duplicates.problems))


def _render(duplicates: Duplicates) -> None:
    problems(duplicates.problems)
    for cluster in duplicates.clusters[:_LISTED]:
        say(f"cluster {cluster.id}")
        for member in cluster.members[:_LISTED]:
            similarity = "copy" if member.exact else f"{member.alike:.2f}"
            kept = " kept" if member.kept else ""
            say(f"  {similarity} {member.document} {escape(member.where)}{kept}")
        if len(cluster.members) > _LISTED:
            say(f"  … and {len(cluster.members) - _LISTED:,} more")
    if len(duplicates.clusters) > _LISTED:
        say(f"… and {len(duplicates.clusters) - _LISTED:,} more clusters; --json lists them all")
    copies = counted(duplicates.exact, "copy", "copies")
    near = counted(duplicates.near, "near copy", "near copies")
    clusters = counted(len(duplicates.clusters), "cluster")
    say(f"{counted(duplicates.documents, 'document')}: {copies} and {near} in {clusters}")
    if duplicates.written:
        kept_documents = counted(duplicates.documents - duplicates.dropped, "document")
        say(f"wrote {kept_documents} to {escape(duplicates.written)}")
