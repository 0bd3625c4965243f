"""A heat map of annotators: the table as a value, and drawn as an SVG that stands by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from curate.agreement.values import Heat

_CELL = 56
_LETTER = 6.2  # of a name that leans by 45 degrees
_SHORT = 14
_STYLE = (  # in a page of others, it must not touch their drawings
    ".heat text{font:13px -apple-system,'Segoe UI',Roboto,'Liberation Sans',Arial,sans-serif;"
    "fill:#1f1e1c}.heat .none{fill:none;stroke:#888;stroke-dasharray:4 3}"
    "@media(prefers-color-scheme:dark){.heat .name{fill:#e8e6e2}}"
)


def heat_map(
    measure: str, annotators: Sequence[str], pairs: Mapping[tuple[str, str], float | None]
) -> Heat:
    """The table of a symmetric measure; ``pairs`` has every two annotators in one order."""

    def cell(one: str, two: str) -> float | None:
        return 1.0 if one == two else pairs.get((one, two), pairs.get((two, one)))

    rows = tuple(tuple(cell(one, two) for two in annotators) for one in annotators)
    return Heat(measure=measure, annotators=tuple(annotators), rows=rows)


def render_heat_map(found: Heat) -> str:
    """The table as an SVG image; every cell has its number, so that colour is not needed."""
    names = [name if len(name) <= _SHORT else name[: _SHORT - 1] + "…" for name in found.annotators]
    margin = 16 + round(_LETTER * max(map(len, names), default=0))
    high = margin + _CELL * len(names)
    wide = high + margin  # the last name leans out to the right
    title = escape(f"Heat map of annotators: {found.measure}")
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="heat" viewBox="0 0 {wide} {high}" '
        f'width="{wide}" height="{high}" role="img" aria-label="{title}"><title>{title}</title>'
        f"<style>{_STYLE}</style>"
    ]
    for number, name in enumerate(map(escape, names)):
        at = margin + _CELL * number + _CELL // 2
        parts.append(
            f'<text class="name" x="{margin - 8}" y="{at + 4}" text-anchor="end">{name}</text>'
            f'<text class="name" transform="translate({at},{margin - 8}) rotate(-45)">'
            f"{name}</text>"
        )
    for y, row in enumerate(found.rows):
        for x, value in enumerate(row):
            told = f"{found.annotators[y]}, {found.annotators[x]}"
            parts.append(_cell(told, margin + _CELL * x, margin + _CELL * y, value))
    return "".join((*parts, "</svg>"))


def _cell(who: str, left: int, top: int, value: float | None) -> str:
    told = "–" if value is None else f"{value:.3f}"
    # Light to blue; black text keeps a contrast of at least 4.5 on every step.
    light = 95 - round(33 * min(max(value or 0.0, 0.0), 1.0))
    paint = 'class="none"' if value is None else f'fill="hsl(205,52%,{light}%)"'
    said = escape(f"{who}: {told}")
    return (
        f'<g><title>{said}</title><rect x="{left}" y="{top}" width="{_CELL}" height="{_CELL}" '
        f'{paint}/><text x="{left + _CELL // 2}" y="{top + _CELL // 2 + 4}" '
        f'text-anchor="middle"{" class=" + chr(34) + "name" + chr(34) if value is None else ""}>'
        f"{told}</text></g>"
    )
