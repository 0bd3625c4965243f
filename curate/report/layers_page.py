"""What each layer says about a document and what won, as one HTML file.

It loads nothing and runs no script, is readable in light, dark and print, and tells every
difference in words as well as by an outline. spaCy's displaCy draws the texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from curate.html import page
from curate.html.page import Column, Html
from curate.model import Annotation, Document, Record, Span
from curate.schema import Schema, text_colour

if TYPE_CHECKING:
    from curate.workspace import Workspace

GOLD, PROPOSAL = "gold", "proposal"
_ORDER = ("model:", "rules:", "annotator:", "rebased:", "")
_RIGHT_TO_LEFT = frozenset(("ar", "fa", "he", "ur", "yi"))
_OTHER = "#dddddd"  # of a label that the schema no longer has
_MARK = (
    '<mark class="{state}" style="background: {bg}; color: {fg}" title="{hint}">{text}'
    "<span>{label}</span></mark>"
)
_STYLE = """
section.layer { background: var(--card); border: 1px solid var(--line); border-radius: .5rem;
  padding: 1rem 1.25rem; margin: 1rem 0; } section.won, td.won, th.won { background: var(--won); }
td.won, th.won { padding-left: .5rem; }
section.layer h2 { font-size: 1.1rem; } section.layer h2 .soft { font-weight: 400; }
div.entities { line-height: 2.1 !important; }
mark { padding: .15em .35em; border-radius: .3em; line-height: 1; white-space: nowrap; }
mark span { font-size: .7em; font-weight: bold; margin-left: .4em; vertical-align: middle; }
mark.other { outline: 2px dashed var(--ink); outline-offset: 1px; }
p.legend { max-width: none; line-height: 2; } p.legend > span { white-space: nowrap;
  margin-right: 1rem; }
"""


class WrittenLayersPage(Record, frozen=True, kw_only=True):
    """A page that was written.

    Args:
        path: the file.
        document: id of the document.
        layers: what it shows, in order; ``won`` is the one the others are held against.
        places: places of the text that some layer marks, and ``differing`` those where not all
            that mark something say what won says.
    """

    path: str
    document: str
    layers: tuple[str, ...]
    won: str
    places: int
    differing: int


class MarkedRegion(Record, frozen=True, kw_only=True):
    """A stretch of text and what each layer marks in it, in the order of the layers."""

    start: int
    end: int
    said: tuple[tuple[Span, ...], ...]

    @property
    def differs(self) -> bool:
        """Whether what won, the last, is said by no other, or another one marks something else.

        A layer that marks nothing is silent: rules for dates have nothing to say about a person.
        """
        *others, won = ({span.key for span in spans} for spans in self.said)
        said = [keys for keys in others if keys]
        return bool(others) and (not said or any(keys != won for keys in said))


def sort_layers(layers: Iterable[Annotation]) -> tuple[Annotation, ...]:
    """Layers as they come about: models, rules, people, the proposal, the gold."""
    return tuple(sorted(layers, key=lambda each: _rank(each.layer)))


def marked_regions(layers: Sequence[Annotation]) -> list[MarkedRegion]:
    """The places that layers mark: spans that overlap, whoever made them, are one place."""
    found: list[MarkedRegion] = []
    group: list[tuple[Span, int]] = []
    end = 0
    for span, number in _all(layers):
        if group and span.start >= end:
            found.append(_place(group, len(layers)))
            group = []
        end = max(end, span.end) if group else span.end
        group.append((span, number))
    return [*found, *([_place(group, len(layers))] if group else [])]


def write(
    path: Path, document: Document, layers: Iterable[Annotation], schema: Schema
) -> WrittenLayersPage:
    """Write the page of a document.

    Args:
        path: the file; its folder is made.
        document: the document.
        layers: all that is said about it, in any order.
        schema: has the colours.

    Raises:
        InputError: the file cannot be written.
    """
    found = sort_layers(layers)
    page.write(path, render_layers(document, found, schema))
    every = marked_regions(found)
    return WrittenLayersPage(
        path=str(path),
        document=document.id,
        layers=tuple(each.layer for each in found),
        won=found[-1].layer if found else "",
        places=len(every),
        differing=sum(place.differs for place in every),
    )


def render_layers(document: Document, layers: Sequence[Annotation], schema: Schema) -> str:
    """The page.

    Args:
        document: the document.
        layers: in order, what won last.
        schema: has the colours.
    """
    body = (
        _legend(schema),
        _differences(document, layers),
        *(_layer(document, each, layers[-1], schema) for each in layers),
        "" if layers else _drawn(document, (), set(), schema),
    )
    told = page.paragraph(page.tag("code", document.id), document.lang, class_="soft")
    kicker = page.tag("p", "What each layer says", class_="kicker")
    return page.document(
        f"{document.id} {document.title}",
        page.joined(body),
        head=page.joined((kicker, page.tag("h1", document.title), told)),
        style=_STYLE,
    )


def _rank(layer: str) -> tuple[int, str]:
    if layer in (PROPOSAL, GOLD):
        return len(_ORDER) + (layer == GOLD), layer
    return next(n for n, kind in enumerate(_ORDER) if layer.startswith(kind)), layer


def _all(layers: Sequence[Annotation]) -> list[tuple[Span, int]]:
    found = [(span, number) for number, each in enumerate(layers) for span in each.spans]
    return sorted(found, key=lambda pair: (pair[0].key, pair[1]))


def _place(group: Sequence[tuple[Span, int]], layers: int) -> MarkedRegion:
    said = (tuple(span for span, by in group if by == number) for number in range(layers))
    return MarkedRegion(
        start=min(span.start for span, _ in group),
        end=max(span.end for span, _ in group),
        said=tuple(said),
    )


def _legend(schema: Schema) -> Html:
    marks = (
        page.tag("mark", label.name, style=_paint(schema, label.name)) for label in schema.labels
    )
    told = (
        page.tag("span", page.joined((mark, label.title), " "))
        for mark, label in zip(marks, schema.labels, strict=True)
    )
    return page.paragraph(*told, class_="legend")


def _differences(document: Document, layers: Sequence[Annotation]) -> Html:
    if not layers:
        return page.paragraph("Nothing is said about it yet.")
    every = marked_regions(layers)
    apart = [place for place in every if place.differs]
    alike = [place for place in every if not place.differs]
    told = f"Where those that say something agree: {len(alike)}"
    agreeing = (page.tag("summary", told), _table("Where they agree", document, layers, alike))
    return page.joined(
        (
            page.tag("h2", f"Where they differ: {len(apart)} of {len(every)} places"),
            _table("Where they differ", document, layers, apart)
            if apart
            else page.paragraph("Nowhere."),
            page.tag("details", page.joined(agreeing)) if alike else "",
        )
    )


def _table(
    caption: str, document: Document, layers: Sequence[Annotation], rows: Sequence[MarkedRegion]
) -> Html:
    *others, won = (each.layer for each in layers)
    columns = [Column("where"), *map(Column, others), Column(won, "won")]
    cells = (
        (
            f"{place.start}–{place.end}",
            *(_said(document.text, spans, place.said[-1]) for spans in place.said),
        )
        for place in rows
    )
    return page.table(caption, columns, cells)


def _said(text: str, spans: Sequence[Span], won: Sequence[Span]) -> Html:
    keys = {span.key for span in won}
    told = (
        page.joined(
            (
                "" if span.key in keys else "≠",
                text[span.start : span.end],
                page.tag("strong", span.label),
            ),
            " ",
        )
        for span in spans
    )
    return page.joined(told, "<br>") or page.tag("span", "–", class_="soft")


def _layer(document: Document, layer: Annotation, won: Annotation, schema: Schema) -> Html:
    is_won = layer is won
    keys = {span.key for span in won.spans}
    other = sum(span.key not in keys for span in layer.spans)
    missing = len(keys - {span.key for span in layer.spans})
    told = "what won" if is_won else f"{other} otherwise than what won, {missing} of it not here"
    soft = page.tag("span", f"{len(layer.spans)} spans, {told}", class_="soft")
    texts = (_drawn(document, row, keys, schema) for row in _rows(layer.spans) or [[]])
    parts = (page.tag("h2", page.joined((layer.layer, soft), " ")), *texts, _rest(document, layer))
    return page.tag("section", page.joined(parts), class_="layer won" if is_won else "layer")


def _rows(spans: Sequence[Span]) -> list[list[Span]]:
    """Spans in rows that each have no overlap, the longer above: displaCy draws no nested ones."""
    rows: list[list[Span]] = []
    for span in sorted(spans, key=lambda each: (each.start, -each.end, each.label)):
        row = next((row for row in rows if row[-1].end <= span.start), None)
        if row is None:
            rows.append([span])
        else:
            row.append(span)
    return rows


def _drawn(
    document: Document, spans: Sequence[Span], won: set[tuple[int, int, str]], schema: Schema
) -> Html:
    from spacy import displacy

    ents = [_ent(span, span.key in won, schema) for span in spans]
    direction = "rtl" if document.lang in _RIGHT_TO_LEFT else "ltr"
    value = {"text": document.text, "ents": ents, "settings": {"direction": direction}}
    drawn: str = displacy.render(
        value, style="ent", manual=True, jupyter=False, options={"template": _MARK}
    )
    return Html(drawn)


def _ent(span: Span, is_won: bool, schema: Schema) -> dict[str, object]:
    back = _colour(schema, span.label)
    score = f" {span.score:.2f}" if span.score is not None else ""
    shown = {
        "state": "same" if is_won else "other",
        "bg": back,
        "fg": text_colour(back),
        "hint": escape(f"{span.start}–{span.end} {span.by}{score}"),
        "label": escape(span.label) + ("" if is_won else " ≠"),
    }
    return {"start": span.start, "end": span.end, "label": span.label, "params": shown}


def _rest(document: Document, layer: Annotation) -> Html:
    """Relations and categories, in words."""
    text = document.text
    told = [
        f"{r.label}: {text[r.head[0] : r.head[1]]} → {text[r.tail[0] : r.tail[1]]}"
        for r in layer.relations
    ]
    told += [f"category {category.label}" for category in layer.categories]
    return page.joined(page.paragraph(line) for line in told)


def _paint(schema: Schema, label: str) -> str:
    back = _colour(schema, label)
    return f"background: {back}; color: {text_colour(back)}"


def _colour(schema: Schema, label: str) -> str:
    return next((each.colour for each in schema.labels if each.name == label), _OTHER)


def write_layers_page(workspace: Workspace, document: str, path: Path) -> WrittenLayersPage:
    """Write what every layer says about a document and what won, as one HTML file.

    Args:
        document: the beginning of its id; ``1a2e@3`` holds its third revision as the gold.
        path: the file.

    Raises:
        InputError: there is no such document, or the file cannot be written.
    """

    found, layers = _layers(workspace, document)
    return write(path, found, layers, workspace.schema)


def _layers(workspace: Workspace, name: str) -> tuple[Document, list[Annotation]]:
    """A document and all that is said about it; its gold may be that of one revision."""
    from curate.history.show import show

    shown = show(workspace, name)
    with workspace.store.begin() as tx:
        found = tx.said(shown.document.id)
    gold = [shown.annotation] if shown.revision and not shown.revision.deleted else []
    return shown.document, [*found, *gold]
