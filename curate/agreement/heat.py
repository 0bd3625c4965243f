"""A heat map of annotators: the table as a value, and drawn as an SVG that stands by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from curate.agreement.values import Heat

_CELL = 64
_MARGIN = 120
_STYLE = (
    "text{font:13px sans-serif;fill:#1a1a1a}"
    ".none{fill:none;stroke:#888;stroke-dasharray:4 3}"
    "@media(prefers-color-scheme:dark){.name{fill:#e8e8e8}}"
)


def heat(
    measure: str, annotators: Sequence[str], pairs: Mapping[tuple[str, str], float | None]
) -> Heat:
    """The table of a symmetric measure; ``pairs`` has every two annotators in one order."""

    def cell(one: str, two: str) -> float | None:
        return 1.0 if one == two else pairs.get((one, two), pairs.get((two, one)))

    rows = tuple(tuple(cell(one, two) for two in annotators) for one in annotators)
    return Heat(measure=measure, annotators=tuple(annotators), rows=rows)


def svg(found: Heat) -> str:
    """The table as an SVG image; every cell has its number, so that colour is not needed."""
    high = _MARGIN + _CELL * len(found.annotators)
    wide = high + _MARGIN // 2  # the last name leans out to the right
    title = escape(f"Heat map of annotators: {found.measure}")
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" '
        f'role="img" aria-label="{title}"><title>{title}</title><style>{_STYLE}</style>'
    ]
    for number, name in enumerate(found.annotators):
        at = _MARGIN + _CELL * number + _CELL // 2
        short = escape(name if len(name) <= 14 else name[:13] + "…")
        parts.append(
            f'<text class="name" x="{_MARGIN - 8}" y="{at + 4}" text-anchor="end">{short}</text>'
            f'<text class="name" transform="translate({at},{_MARGIN - 8}) rotate(-45)">'
            f"{short}</text>"
        )
    for y, row in enumerate(found.rows):
        parts += [
            _cell(found.annotators[y], found.annotators[x], x, y, value)
            for x, value in enumerate(row)
        ]
    return "".join((*parts, "</svg>"))


def _cell(one: str, two: str, x: int, y: int, value: float | None) -> str:
    left, top = _MARGIN + _CELL * x, _MARGIN + _CELL * y
    told = "–" if value is None else f"{value:.3f}"
    # Light to blue; black text keeps a contrast of at least 4.5 on every step.
    light = 95 - round(40 * min(max(value or 0.0, 0.0), 1.0))
    paint = 'class="none"' if value is None else f'fill="hsl(212,70%,{light}%)"'
    said = escape(f"{one}, {two}: {told}")
    return (
        f'<g><title>{said}</title><rect x="{left}" y="{top}" width="{_CELL}" height="{_CELL}" '
        f'{paint}/><text x="{left + _CELL // 2}" y="{top + _CELL // 2 + 4}" '
        f'text-anchor="middle"{" class=" + chr(34) + "name" + chr(34) if value is None else ""}>'
        f"{told}</text></g>"
    )
