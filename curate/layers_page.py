"""What each layer says about a document and what won, as one HTML file.

It loads nothing and runs no script, is readable in light, dark and print, and tells every
difference in words as well as by an outline. spaCy's displaCy draws the texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from curate.errors import InputError
from curate.model import Annotation, Document, Record, Span
from curate.schema import Schema, text_colour

GOLD, PROPOSAL = "gold", "proposal"
_ORDER = ("model:", "rules:", "annotator:", "rebased:", "")
_RIGHT_TO_LEFT = frozenset(("ar", "fa", "he", "ur", "yi"))
_OTHER = "#dddddd"  # of a label that the schema no longer has
_MARK = (
    '<mark class="{state}" style="background: {bg}; color: {fg}" title="{hint}">{text}'
    "<span>{label}</span></mark>"
)
_STYLE = """
:root { color-scheme: light dark; --text: #1a1a1a; --back: #ffffff; --soft: #595959;
  --line: #d0d0d0; --won: #eef4ff; }
@media (prefers-color-scheme: dark) { :root { --text: #ececec; --back: #161616; --soft: #b0b0b0;
  --line: #444; --won: #1b2436; } }
body { margin: 2rem auto; max-width: 64rem; padding: 0 1rem; background: var(--back);
  color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
section.layer { border: 1px solid var(--line); border-radius: .4rem; padding: 0 1rem .6rem;
  margin: 1rem 0; } section.won { background: var(--won); }
table { border-collapse: collapse; margin: 1rem 0; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .6rem; text-align: left;
  vertical-align: top; } td.won, th.won { background: var(--won); }
div.wide { overflow-x: auto; }
mark { padding: .15em .35em; border-radius: .3em; line-height: 1; }
mark span { font-size: .7em; font-weight: bold; margin-left: .4em; vertical-align: middle; }
mark.other { outline: 2px dashed var(--text); outline-offset: 1px; }
.soft { color: var(--soft); } code { font-size: .9em; } summary { cursor: pointer; }
"""


class Page(Record, frozen=True, kw_only=True):
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


class Place(Record, frozen=True, kw_only=True):
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


def ordered(layers: Iterable[Annotation]) -> tuple[Annotation, ...]:
    """Layers as they come about: models, rules, people, the proposal, the gold."""
    return tuple(sorted(layers, key=lambda each: _rank(each.layer)))


def places(layers: Sequence[Annotation]) -> list[Place]:
    """The places that layers mark: spans that overlap, whoever made them, are one place."""
    found: list[Place] = []
    group: list[tuple[Span, int]] = []
    end = 0
    for span, number in _all(layers):
        if group and span.start >= end:
            found.append(_place(group, len(layers)))
            group = []
        end = max(end, span.end) if group else span.end
        group.append((span, number))
    return [*found, *([_place(group, len(layers))] if group else [])]


def write(path: Path, document: Document, layers: Iterable[Annotation], schema: Schema) -> Page:
    """Write the page of a document.

    Args:
        path: the file; its folder is made.
        document: the document.
        layers: all that is said about it, in any order.
        schema: has the colours.

    Raises:
        InputError: the file cannot be written.
    """
    found = ordered(layers)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(html(document, found, schema), encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"cannot be written ({error.strerror})", "name another file", where=str(path)
        ) from error
    every = places(found)
    return Page(
        path=str(path),
        document=document.id,
        layers=tuple(each.layer for each in found),
        won=found[-1].layer if found else "",
        places=len(every),
        differing=sum(place.differs for place in every),
    )


def html(document: Document, layers: Sequence[Annotation], schema: Schema) -> str:
    """The page.

    Args:
        document: the document.
        layers: in order, what won last.
        schema: has the colours.
    """
    body = [
        f"<h1>{escape(document.title)}</h1>",
        f'<p class="soft"><code>{document.id}</code> {escape(document.lang)}</p>',
        _legend(schema),
        _differences(document, layers),
        *(_layer(document, each, layers[-1], schema) for each in layers),
        "" if layers else _drawn(document, (), set(), schema),
    ]
    title = escape(f"{document.id} {document.title}")
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(part for part in body if part)
        + "\n</main>\n</body>\n</html>\n"
    )


def _rank(layer: str) -> tuple[int, str]:
    if layer in (PROPOSAL, GOLD):
        return len(_ORDER) + (layer == GOLD), layer
    return next(n for n, kind in enumerate(_ORDER) if layer.startswith(kind)), layer


def _all(layers: Sequence[Annotation]) -> list[tuple[Span, int]]:
    found = [(span, number) for number, each in enumerate(layers) for span in each.spans]
    return sorted(found, key=lambda pair: (pair[0].key, pair[1]))


def _place(group: Sequence[tuple[Span, int]], layers: int) -> Place:
    said = (tuple(span for span, by in group if by == number) for number in range(layers))
    return Place(
        start=min(span.start for span, _ in group),
        end=max(span.end for span, _ in group),
        said=tuple(said),
    )


def _legend(schema: Schema) -> str:
    marks = " ".join(
        f'<mark style="{_paint(schema, label.name)}">{escape(label.name)}</mark> '
        f"{escape(label.title)}"
        for label in schema.labels
    )
    return f"<p>{marks}</p>"


def _differences(document: Document, layers: Sequence[Annotation]) -> str:
    if not layers:
        return "<p>Nothing is said about it yet.</p>"
    every = places(layers)
    apart = [place for place in every if place.differs]
    alike = [place for place in every if not place.differs]
    told = f"<h2>Where they differ: {len(apart)} of {len(every)} places</h2>"
    return "\n".join(
        (
            told,
            _table(document, layers, apart) if apart else "<p>Nowhere.</p>",
            f"<details><summary>Where those that say something agree: {len(alike)}</summary>"
            f"{_table(document, layers, alike)}</details>"
            if alike
            else "",
        )
    )


def _table(document: Document, layers: Sequence[Annotation], rows: Sequence[Place]) -> str:
    kinds = [""] * (len(layers) - 1) + [' class="won"']
    heads = "".join(
        f'<th scope="col"{kind}>{escape(each.layer)}</th>'
        for each, kind in zip(layers, kinds, strict=True)
    )
    lines = "\n".join(
        f"<tr><td>{place.start}–{place.end}</td>"
        + "".join(
            f"<td{kind}>{_said(document.text, spans, place.said[-1])}</td>"
            for spans, kind in zip(place.said, kinds, strict=True)
        )
        + "</tr>"
        for place in rows
    )
    return (
        f'<div class="wide"><table>\n<thead><tr><th scope="col">where</th>{heads}</tr></thead>\n'
        f"<tbody>\n{lines}\n</tbody>\n</table></div>"
    )


def _said(text: str, spans: Sequence[Span], won: Sequence[Span]) -> str:
    keys = {span.key for span in won}
    return (
        "<br>".join(
            f"{'' if span.key in keys else '≠ '}{escape(text[span.start : span.end])} "
            f"<strong>{escape(span.label)}</strong>"
            for span in spans
        )
        or '<span class="soft">–</span>'
    )


def _layer(document: Document, layer: Annotation, won: Annotation, schema: Schema) -> str:
    is_won = layer is won
    keys = {span.key for span in won.spans}
    other = sum(span.key not in keys for span in layer.spans)
    missing = len(keys - {span.key for span in layer.spans})
    told = "what won" if is_won else f"{other} otherwise than what won, {missing} of it not here"
    texts = "\n".join(_drawn(document, row, keys, schema) for row in _rows(layer.spans) or [[]])
    return (
        f'<section class="layer{" won" if is_won else ""}">\n<h2>{escape(layer.layer)} '
        f'<span class="soft">{len(layer.spans)} spans, {told}</span></h2>\n{texts}\n'
        f"{_rest(document, layer)}</section>"
    )


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
) -> str:
    from spacy import displacy

    ents = [_ent(span, span.key in won, schema) for span in spans]
    direction = "rtl" if document.lang in _RIGHT_TO_LEFT else "ltr"
    value = {"text": document.text, "ents": ents, "settings": {"direction": direction}}
    drawn: str = displacy.render(
        value, style="ent", manual=True, jupyter=False, options={"template": _MARK}
    )
    return drawn


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


def _rest(document: Document, layer: Annotation) -> str:
    """Relations and categories, in words."""
    text = document.text
    told = [
        f"{escape(r.label)}: {escape(text[r.head[0] : r.head[1]])} → "
        f"{escape(text[r.tail[0] : r.tail[1]])}"
        for r in layer.relations
    ]
    told += [f"category {escape(category.label)}" for category in layer.categories]
    return "".join(f"<p>{line}</p>\n" for line in told)


def _paint(schema: Schema, label: str) -> str:
    back = _colour(schema, label)
    return f"background: {back}; color: {text_colour(back)}"


def _colour(schema: Schema, label: str) -> str:
    return next((each.colour for each in schema.labels if each.name == label), _OTHER)
