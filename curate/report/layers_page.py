"""All layers of one document side by side, as one HTML page.

The last layer in order, the gold or else the proposal, is the one that won; the others are compared
with it. Differences are written in words as well as drawn as an outline.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from curate.html import page
from curate.layers import ANNOTATOR, GOLD, MODEL, PROPOSAL, REBASED, RULES
from curate.model import Annotation, Document, Record, Span
from curate.schema import Schema, text_colour

if TYPE_CHECKING:
    from curate.workspace import Workspace

_ORDER = (MODEL, RULES, ANNOTATOR, REBASED, "")
_RIGHT_TO_LEFT = frozenset(("ar", "fa", "he", "ur", "yi"))
_OTHER = "#dddddd"  # of a label that the schema no longer has


class WrittenLayersPage(Record, frozen=True, kw_only=True):
    """A page of layers that was written.

    Args:
        path: the file.
        document: id of the document.
        layers: names of the layers in order; ``won`` is the one that the others are compared with.
        places: number of marked regions of the text.
        differing: number of those in which the layers that mark something differ.
    """

    path: str
    document: str
    layers: tuple[str, ...]
    won: str
    places: int
    differing: int


class MarkedRegion(Record, frozen=True, kw_only=True):
    """A stretch of text that at least one layer marks.

    Args:
        start: its first code point; ``end``: the one after its last.
        spans: the spans of each layer in it, in the order of the layers.
    """

    start: int
    end: int
    spans: tuple[tuple[Span, ...], ...]

    @property
    def differs(self) -> bool:
        """Whether the last layer agrees with no other, or another one marks something else.

        A layer that marks nothing here has no say: rules for dates do not know about people.
        """
        *others, won = ({span.key for span in spans} for spans in self.spans)
        speaking = [keys for keys in others if keys]
        return bool(others) and (not speaking or any(keys != won for keys in speaking))


class Segment(NamedTuple):
    """A piece of text, and the span that marks it, if there is one."""

    text: str
    span: Span | None = None


class DrawnLayer(NamedTuple):
    """A layer as it is drawn.

    Args:
        annotation: the layer.
        rows: the text once for each row of spans that do not overlap.
        differing: number of its spans that the winning layer does not have.
        missing: number of spans that only the winning layer has.
    """

    annotation: Annotation
    rows: list[list[Segment]]
    differing: int
    missing: int


def sort_layers(layers: Iterable[Annotation]) -> tuple[Annotation, ...]:
    """Layers in the order in which they come about: models, rules, people, proposal, gold."""
    return tuple(sorted(layers, key=lambda annotation: _rank(annotation.layer)))


def marked_regions(layers: Sequence[Annotation]) -> list[MarkedRegion]:
    """The regions that layers mark: spans that overlap, on whatever layer, share a region."""
    spans = [(span, number) for number, layer in enumerate(layers) for span in layer.spans]
    groups: list[list[tuple[Span, int]]] = []
    end = 0
    for span, number in sorted(spans, key=lambda pair: (pair[0].key, pair[1])):
        if not groups or span.start >= end:
            groups.append([])
            end = span.end
        groups[-1].append((span, number))
        end = max(end, span.end)
    return [
        MarkedRegion(
            start=min(span.start for span, _ in group),
            end=max(span.end for span, _ in group),
            spans=tuple(
                tuple(span for span, layer in group if layer == number)
                for number in range(len(layers))
            ),
        )
        for group in groups
    ]


def write_layers_page(workspace: Workspace, name: str, path: Path) -> WrittenLayersPage:
    """Write all layers of a document as one HTML page.

    Args:
        workspace: has the document.
        name: the beginning of the document's id; ``1a2e@3`` takes its third revision as the gold.
        path: the file; its folder is made.

    Raises:
        InputError: there is no such document, or the file cannot be written.
    """
    from curate.history.show import show

    shown = show(workspace, name)
    with workspace.store.begin() as tx:
        layers = tx.annotations(shown.document.id)
    gold = [shown.annotation] if shown.revision and not shown.revision.deleted else []
    ordered = sort_layers([*layers, *gold])
    page.write_page(path, render_layers(shown.document, ordered, workspace.schema))
    regions = marked_regions(ordered)
    return WrittenLayersPage(
        path=str(path),
        document=shown.document.id,
        layers=tuple(annotation.layer for annotation in ordered),
        won=ordered[-1].layer if ordered else "",
        places=len(regions),
        differing=sum(region.differs for region in regions),
    )


def render_layers(document: Document, layers: Sequence[Annotation], schema: Schema) -> str:
    """The page.

    Args:
        document: the document.
        layers: in order, the one that won last.
        schema: has the colours.
    """
    regions = marked_regions(layers)
    won = {span.key for span in layers[-1].spans} if layers else set()
    colours = {label.name: label.colour for label in schema.labels}

    def style(label: str) -> str:
        background = colours.get(label, _OTHER)
        return f"background: {background}; color: {text_colour(background)}"

    return page.render(
        __package__,
        "layers.html.j2",
        document=document,
        schema=schema,
        layers=[_drawn(document.text, annotation, won) for annotation in layers],
        unmarked=[Segment(document.text)],
        differing=[region for region in regions if region.differs],
        agreeing=[region for region in regions if not region.differs],
        won=won,
        style=style,
        direction="rtl" if document.lang in _RIGHT_TO_LEFT else "ltr",
    )


def _rank(layer: str) -> tuple[int, str]:
    if layer in (PROPOSAL, GOLD):
        return len(_ORDER) + (layer == GOLD), layer
    return next(n for n, kind in enumerate(_ORDER) if layer.startswith(kind)), layer


def _drawn(text: str, annotation: Annotation, won: set[tuple[int, int, str]]) -> DrawnLayer:
    keys = {span.key for span in annotation.spans}
    return DrawnLayer(
        annotation=annotation,
        rows=[_segments(text, row) for row in _rows(annotation.spans) or [[]]],
        differing=sum(span.key not in won for span in annotation.spans),
        missing=len(won - keys),
    )


def _rows(spans: Sequence[Span]) -> list[list[Span]]:
    """Spans in rows without overlaps, the longer ones first: marks in a line cannot nest."""
    rows: list[list[Span]] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end, span.label)):
        row = next((row for row in rows if row[-1].end <= span.start), None)
        if row is None:
            rows.append([span])
        else:
            row.append(span)
    return rows


def _segments(text: str, spans: Sequence[Span]) -> list[Segment]:
    segments = []
    end = 0
    for span in spans:
        segments += [Segment(text[end : span.start]), Segment(text[span.start : span.end], span)]
        end = span.end
    return [*segments, Segment(text[end:])]
