"""What came of a command, in a few lines for people. Every function takes one value."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.text import Text

from curate.cli.output import counted, out, say
from curate.model import Span, in_words
from curate.schema import Schema

if TYPE_CHECKING:
    from curate.history.show import DocumentSummary, DocumentView
    from curate.report.layers_page import WrittenLayersPage
    from curate.workspace import Initialised


def initialised(done: Initialised) -> None:
    """``curate init``."""
    say(f"workspace {escape(done.root)}")
    say(f"made: {', '.join(done.made) if done.made else 'nothing, all of it was there'}")
    if done.gold:
        say(f"gold: {counted(done.gold, 'document')}, from annotations/")


def listed(found: list[DocumentSummary]) -> None:
    """``curate show`` without a document."""
    for each in found:
        gold = (
            f"gold {each.revision}, {counted(each.spans, 'span')}" if each.revision else "no gold"
        )
        say(f"{each.id} {escape(each.title[:70])} [dim]{gold}[/]")
    if not found:
        say("no documents yet; run `curate ingest`")


def shown(found: DocumentView, schema: Schema) -> None:
    """``curate show``."""
    document, revision = found.document, found.revision
    say(f"[bold]{document.id}[/] {escape(document.title)}")
    shown = found.annotation.layer
    others = ", ".join(name for name in found.layers if name != shown)
    say(f"[dim]layer {shown}{f'; others: {others}' if others else ''}[/]")
    if earlier := document.meta.get("supersedes"):
        say(f"[dim]a new version of {escape(earlier)}[/]")
    if revision:
        what = "withdrawn" if revision.deleted else f"revision {revision.number}"
        confirmed = f"{revision.confirmed_by} {revision.confirmed_at}".strip() or "nobody"
        say(f"[dim]{what} by {revision.author} {revision.at} ({escape(revision.reason)})[/]")
        say(f"[dim]confirmed by {confirmed}[/]")
    out.print(_painted(document.text, found.annotation.spans, schema))
    for span in found.annotation.spans:
        surface = document.text[span.start : span.end]
        by = span.by if span.score is None else f"{span.by} {span.score:.2f}"
        say(f"{span.start:>6}–{span.end:<6} {span.label:<6} {escape(surface)} [dim]{escape(by)}[/]")
    for relation in found.annotation.relations:
        say(f"relation {escape(in_words(relation, document.text))} [dim]{relation.by}[/]")
    for category in found.annotation.categories:
        say(f"category {escape(category.label)} [dim]{category.by}[/]")
    for comment in found.comments:
        say(f"comment of {escape(comment.by)} {comment.at}: {escape(comment.text)}")


def _painted(text: str, spans: Iterable[Span], schema: Schema) -> Text:
    from curate.schema import text_colour

    colours = {label.name: label.colour for label in schema.labels}
    painted = Text(text)
    for span in sorted(spans, key=lambda s: s.start - s.end):  # the shorter are painted on top
        back = colours.get(span.label, "#dddddd")
        painted.stylize(f"{text_colour(back)} on {back}", span.start, span.end)
    return painted


def paged(done: WrittenLayersPage) -> None:
    """``curate show --html``."""
    layers = counted(len(done.layers), "layer")
    differing = f"{done.differing} of {counted(done.places, 'marked region')} differ"
    say(f"wrote {layers} to {escape(done.path)}: {differing}")
