"""``curate show``: a document with its annotations, or the list of documents."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.text import Text

from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.output import counted, emit, out, say
from curate.model import Span, describe

if TYPE_CHECKING:
    from curate.history.show import DocumentSummary, DocumentView
    from curate.report.layers_page import WrittenLayersPage
    from curate.schema import Schema

_TITLE = 70  # code points of a title in the list
_UNKNOWN = "#dddddd"  # colour of labels that the schema does not have


@app.command()
def show(
    document: Annotated[
        str, typer.Argument(help="Beginning of a document's id; 1a2e@3 for a revision.")
    ] = "",
    layer: Annotated[str, typer.Option(help="Layer to show: gold, proposal, model:…")] = "",
    html: Annotated[Path | None, typer.Option(help="Write all layers to this page.")] = None,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Show a document with its spans in colour; without one, list the documents and their ids.

    Example: curate show 1a2e --layer proposal
    """
    from curate.history.show import list_documents, show
    from curate.report.layers_page import write_layers_page

    corpus = workspace(root)
    if not document:
        emit(list_documents(corpus), json, _render_list)
    elif html:
        emit(write_layers_page(corpus, document, html), json, _render_page)
    else:
        emit(show(corpus, document, layer), json, lambda view: _render(view, corpus.schema))


def _render_list(documents: list[DocumentSummary]) -> None:
    for row in documents:
        gold = f"gold {row.revision}, {counted(row.spans, 'span')}" if row.revision else "no gold"
        say(f"{row.id} {escape(row.title[:_TITLE])} [dim]{gold}[/]")
    if not documents:
        say("no documents yet; run `curate ingest`")


def _render(view: DocumentView, schema: Schema) -> None:
    document, annotation, revision = view.document, view.annotation, view.revision
    say(f"[bold]{document.id}[/] {escape(document.title)}")
    others = ", ".join(name for name in view.layers if name != annotation.layer)
    say(f"[dim]layer {annotation.layer}{f'; others: {others}' if others else ''}[/]")
    if earlier := document.meta.get("supersedes"):
        say(f"[dim]a new version of {escape(earlier)}[/]")
    for change in document.corrected:
        say(f"[dim]language was {change.before or 'none'} until {change.at} ({change.by})[/]")
    if revision:
        what = "withdrawn" if revision.deleted else f"revision {revision.number}"
        confirmed = f"{revision.confirmed_by} {revision.confirmed_at}".strip() or "nobody"
        say(f"[dim]{what} by {revision.author} {revision.at} ({escape(revision.reason)})[/]")
        say(f"[dim]confirmed by {confirmed}[/]")
    out.print(_painted(document.text, annotation.spans, schema))
    for span in annotation.spans:
        surface = document.text[span.start : span.end]
        by = span.by if span.score is None else f"{span.by} {span.score:.2f}"
        say(f"{span.start:>6}–{span.end:<6} {span.label:<6} {escape(surface)} [dim]{escape(by)}[/]")
    for relation in annotation.relations:
        say(f"relation {escape(describe(relation, document.text))} [dim]{relation.by}[/]")
    for category in annotation.categories:
        say(f"category {escape(category.label)} [dim]{category.by}[/]")
    for comment in view.comments:
        say(f"comment by {escape(comment.by)} {comment.at}: {escape(comment.text)}")


def _render_page(page: WrittenLayersPage) -> None:
    layers = counted(len(page.layers), "layer")
    differing = f"{page.differing} of {counted(page.places, 'marked region')} differ"
    say(f"wrote {layers} to {escape(page.path)}: {differing}")


def _painted(text: str, spans: Iterable[Span], schema: Schema) -> Text:
    from curate.schema import text_colour

    colours = {label.name: label.colour for label in schema.labels}
    painted = Text(text)
    for span in sorted(spans, key=lambda s: s.start - s.end):  # the shorter ones on top
        back = colours.get(span.label, _UNKNOWN)
        painted.stylize(f"{text_colour(back)} on {back}", span.start, span.end)
    return painted
