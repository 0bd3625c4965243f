"""``curate blame``: who is behind every span of a document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.output import emit, on_one_line, say

if TYPE_CHECKING:
    from curate.history.blame import RevisionBlame, SpanBlame
    from curate.model import Document


@app.command()
def blame(
    document: Annotated[str, typer.Argument(help="Beginning of an id; 1a2e@3 for a revision.")],
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Show who proposed, changed and decided each span, and the first release that has it.

    Example: curate blame 1a2e
    """
    from curate.history.blame import blame

    emit(blame(workspace(root), document), json, _render)


def _render(blame: RevisionBlame) -> None:
    revision = blame.revision
    say(f"[bold]{blame.document.id}@{revision.number}[/] {escape(blame.document.title)}")
    for row in blame.spans:
        span = row.span
        text = escape(on_one_line(row.text))
        say(f"{span.start:>6}–{span.end:<6} {escape(span.label):<8} {text}")
        say(f"       [dim]{escape(_behind(row, blame.document))}[/]")
    if not blame.spans:
        say("withdrawn" if revision.deleted else "no spans")


def _behind(row: SpanBlame, document: Document) -> str:
    parts: list[str] = []
    if row.proposed:
        was = row.proposal
        text = on_one_line(document.text[was.start : was.end])
        form = f"as « {text} » {was.label} " if was.key != row.span.key else ""
        parts.append(f"proposed {form}by {', '.join(row.proposed)}")
    parts += [f"{act.kind} by {act.who} {act.when}" for act in row.acts]
    if not parts:
        parts.append("proposed by nobody")
    if row.adjudicated_by:
        parts.append(f"decided by {row.adjudicated_by} {row.adjudicated_at}")
    if row.confirmed_by:
        parts.append(f"confirmed by {row.confirmed_by}")
    parts.append(f"since revision {row.since}")
    parts.append(f"in release {row.release}" if row.release else "not released yet")
    return ", ".join(parts)
