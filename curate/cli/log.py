"""``curate log``: releases and revisions, or the history of one span."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.output import counted, counts_in_words, emit, say
from curate.errors import InputError

if TYPE_CHECKING:
    from curate.history.blame import SpanHistory
    from curate.history.log import LoggedRelease, LoggedRevision
    from curate.history.trace import SpanEvent


@app.command()
def log(
    document: Annotated[str, typer.Argument(help="Beginning of a document's id.")] = "",
    label: Annotated[str, typer.Option(help="Only changes of spans with this label.")] = "",
    author: Annotated[str, typer.Option(help="Only the work of this person.")] = "",
    sync: Annotated[str, typer.Option(help="Only revisions from this sync.")] = "",
    span: Annotated[
        str, typer.Option(help="History of one span, as START:END or START:END:LABEL.")
    ] = "",
    root: Root = HERE,
    json: Json = False,
) -> None:
    """List releases and revisions, newest first, of the corpus or of one document.

    With --span, show since when a span has its label, and what it was before.

    Example: curate log 1a2e --span 32:43:PER
    """
    from curate.history.blame import blame_span
    from curate.history.log import log

    if span:
        start, end, name = _parse_span(document, span)
        emit(blame_span(workspace(root), document, start, end, name), json, _render_span)
    else:
        emit(log(workspace(root), document, label, author, sync), json, _render_log)


def _parse_span(document: str, span: str) -> tuple[int, int, str]:
    match = re.fullmatch(r"(\d+):(\d+)(?::(.+))?", span)
    if match is None or not document:
        raise InputError(
            f"--span {span} is not a span of a document",
            "name a document and a span, as in `curate log 1a2e --span 32:43:PER`",
        )
    return int(match[1]), int(match[2]), match[3] or ""


def _render_log(log: tuple[list[LoggedRelease], list[LoggedRevision]]) -> None:
    releases, revisions = log
    lines = [(release.created, _release_line(release)) for release in releases]
    lines += [(revision.at, _revision_line(revision)) for revision in revisions]
    for _, line in sorted(lines, key=lambda pair: pair[0], reverse=True):
        say(line)
    if not lines:
        say("no releases or revisions")


def _release_line(release: LoggedRelease) -> str:
    spans = counted(release.counts.get("spans", 0), "span")
    name = f"[bold]release {release.version}[/] {release.created}"
    return f"{name} {spans} {escape(release.message)}"


def _revision_line(revision: LoggedRevision) -> str:
    name = f"{revision.document}@{revision.number} {revision.at} {escape(revision.author)}"
    reason = escape(f"({revision.reason})") if revision.reason else ""
    return f"{name} {counts_in_words(revision.changes) or 'no span changed'} [dim]{reason}[/]"


def _render_span(histories: list[SpanHistory]) -> None:
    for history in histories:
        span, since, gone = history.span, history.since, history.gone
        say(f"« {escape(history.text)} » {span.start}–{span.end} [bold]{escape(span.label)}[/]")
        if since is not None:
            when = f"since revision {since.revision}, {since.when}, by {escape(since.who)}"
            say(f"  {escape(span.label)} {when}")
        if gone is not None:
            now = gone.after
            what = f"then {escape(now.label)} {now.start}–{now.end}" if now else "then removed"
            say(f"  [yellow]until revision {gone.revision}[/], {gone.at}: {what}")
        for event in history.events:
            say(f"  {escape(_event_line(event))}")


def _event_line(event: SpanEvent) -> str:
    was = event.before
    old = f"from {was.label} {was.start}–{was.end} " if was is not None else ""
    return f"@{event.revision} {event.kind} {old}by {event.who} {event.when} ({event.reason})"
