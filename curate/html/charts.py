"""Small charts as inline SVG that stand in the rows of tables, beside the numbers they draw.

The numbers are in the row, so the drawing is hidden from screen readers; each kind of part has a
pattern of its own and not only a colour. Widths are shares of the cell, so that a chart fits any
screen and its lines and patterns stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from curate.html.page import Html, text

Part = Literal["solid", "hatched", "hollow", "dotted"]

_FEW = 6  # columns, so that a single one is no block

PATTERNS = Html(
    '<svg class="defs" width="0" height="0" aria-hidden="true" focusable="false"><defs>'
    '<pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><rect width="6" height="6" class="ground"/>'
    '<line x1="0" y1="0" x2="0" y2="6" class="stroke" stroke-width="4"/></pattern>'
    '<pattern id="dots" width="6" height="6" patternUnits="userSpaceOnUse">'
    '<rect width="6" height="6" class="ground"/><circle cx="3" cy="3" r="1.3" class="fill"/>'
    "</pattern></defs></svg>"
)
"""What the patterns of the parts are drawn with; once in every page that has charts."""

STYLE = """
svg.defs { position: absolute; } svg.chart { display: block; width: 100%; min-width: 7rem;
  height: 1.1rem; margin-top: .22rem; overflow: visible; }
.ground { fill: var(--card); } .fill { fill: var(--accent); } .stroke { stroke: var(--accent); }
.solid { fill: var(--accent); } .hatched { fill: url(#hatch); stroke: var(--accent); }
.hollow { fill: var(--card); stroke: var(--accent); }
.dotted { fill: url(#dots); stroke: var(--accent); stroke-dasharray: 2 2; }
.track { fill: var(--line); } .axis { stroke: var(--soft); } .mark { stroke: var(--ink); }
svg.columns { height: 2.6rem; min-width: 9rem; } svg.key { display: inline-block; width: 1.6rem;
  min-width: 0; height: .8rem; margin: 0 .35rem 0 0; vertical-align: -.08rem; }
p.keys span { white-space: nowrap; margin-right: 1.1rem; }
"""


def bar(share: float, before: float | None = None) -> Html:
    """A bar of a share, 0 to 1; a stroke across it marks the share before."""
    drawn = f'<rect class="solid" y="20%" height="60%" width="{_percent(share)}"/>'
    if before is not None:
        at = _percent(before)
        drawn += f'<line class="mark" x1="{at}" x2="{at}" y1="0" y2="100%" stroke-width="2"/>'
    return _chart(drawn)


def stack(parts: Sequence[tuple[Part, float]]) -> Html:
    """Parts of a whole beside one another, each a share, 0 to 1."""
    drawn, at = "", 0.0
    for kind, share in parts:
        if share > 0:
            drawn += (
                f'<rect class="{kind}" x="{_percent(at)}" y="12%" height="76%" '
                f'width="{_percent(share)}"/>'
            )
        at += share
    return _chart(drawn)


def interval(value: float | None, low: float | None, high: float | None) -> Html:
    """A value on the way from 0 to 1, with its interval."""
    drawn = '<line class="axis" x1="0" x2="100%" y1="50%" y2="50%" stroke-dasharray="1 3"/>'
    drawn += "".join(
        f'<line class="axis" x1="{at}%" x2="{at}%" y1="30%" y2="70%"/>' for at in (0, 50, 100)
    )
    if low is not None and high is not None:
        drawn += (
            f'<line class="stroke" x1="{_percent(low)}" x2="{_percent(high)}" y1="50%" y2="50%" '
            'stroke-width="3"/>'
        )
    if value is not None:
        drawn += f'<circle class="solid" cx="{_percent(value)}" cy="50%" r="4.5"/>'
    return _chart(drawn)


def columns(values: Sequence[int], highest: int) -> Html:
    """One column for each value, beside one another; ``highest`` is as high as there is room."""
    room = 100 / max(len(values), _FEW)
    drawn = '<line class="axis" x1="0" x2="100%" y1="100%" y2="100%"/>'
    for number, value in enumerate(values):
        high = 100 * value / max(highest, 1)
        if value:
            drawn += (
                f'<rect class="solid" x="{number * room + room * 0.12:.2f}%" '
                f'width="{room * 0.76:.2f}%" y="{100 - high:.2f}%" height="{high:.2f}%"/>'
            )
    return _chart(drawn, "columns")


def keys(kinds: Sequence[tuple[Part, str]]) -> Html:
    """What the parts of the charts below stand for."""
    told = "".join(
        f'<span><svg class="chart key" aria-hidden="true" focusable="false">'
        f'<rect class="{kind}" width="100%" height="100%"/></svg>{text(what)}</span> '
        for kind, what in kinds
    )
    return Html(f'<p class="keys soft">{told}</p>')


def _chart(drawn: str, kind: str = "") -> Html:
    name = f"chart {kind}".strip()
    return Html(f'<svg class="{name}" aria-hidden="true" focusable="false">{drawn}</svg>')


def _percent(share: float) -> str:
    return f"{100 * min(max(share, 0.0), 1.0):.2f}%"
