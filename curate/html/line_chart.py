"""Line charts as SVG that needs nothing else: no script, no font, no style sheet. Pure.

Colours are those of Okabe and Ito (2008, "Color Universal Design"), which people with any kind of
colour vision can tell apart; each line also has its name at its end.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from curate.html import page

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_WIDTH, _HEIGHT = 760, 440
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 150, 56, 56
_TICKS = 6
Point = tuple[float, float]
Range = tuple[float, float, float]


class Series(NamedTuple):
    """A line of a chart.

    Args:
        name: is written at its end; empty for no name.
        points: (x, y), in order of x.
        band: (x, low, high), a band around the line, drawn behind it.
        bars: (x, low, high), error bars of single points.
        dashed: whether the line is dashed and its points are not marked.
        colour: index of the colour.
    """

    name: str
    points: tuple[Point, ...]
    band: tuple[Range, ...] = ()
    bars: tuple[Range, ...] = ()
    dashed: bool = False
    colour: int = 0


class ReferenceLine(NamedTuple):
    """A level line across a chart, and the name that is written above it."""

    name: str
    y: float


class LineChart(NamedTuple):
    """A chart.

    Args:
        title: its heading.
        x: name of the horizontal axis; ``y``: of the vertical one.
        lines: the lines.
        description: what it shows, in a sentence.
        rules: level lines for comparison.
    """

    title: str
    x: str
    y: str
    lines: tuple[Series, ...]
    description: str = ""
    rules: tuple[ReferenceLine, ...] = ()


def render_line_chart(chart: LineChart) -> str:
    """Draw a chart; the same chart gives the same text."""
    scale = _Scale(chart)
    return page.render(
        __package__,
        "line_chart.svg.j2",
        chart=chart,
        scale=scale,
        names=list(_names(chart.lines, scale)),
        colours=COLOURS,
        tick_label=_tick_label,
        width=_WIDTH,
        height=_HEIGHT,
        left=_LEFT,
        top=_TOP,
        right=_WIDTH - _RIGHT,
        bottom=_HEIGHT - _BOTTOM,
    )


def ticks(low: float, high: float, most: int = _TICKS) -> list[float]:
    """Round numbers that span a range, about ``most`` of them at the most."""
    size = (high - low) / most or 1.0
    power = 10.0 ** math.floor(math.log10(size))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= size)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(number * step, 10) for number in range(first, last + 1)]


class _Scale:
    """From values to places in the drawing."""

    def __init__(self, chart: LineChart) -> None:
        xs = [x for series in chart.lines for x, _ in series.points]
        ys = [y for series in chart.lines for _, y in series.points]
        for series in chart.lines:
            ys += [end for _, low, high in (*series.band, *series.bars) for end in (low, high)]
        ys += [rule.y for rule in chart.rules]
        self.xs, self.ys = ticks(min(xs), max(xs)), ticks(min(ys), max(ys))

    def x(self, value: float) -> float:
        share = (value - self.xs[0]) / ((self.xs[-1] - self.xs[0]) or 1)
        return round(_LEFT + share * (_WIDTH - _LEFT - _RIGHT), 1)

    def y(self, value: float) -> float:
        share = (value - self.ys[0]) / ((self.ys[-1] - self.ys[0]) or 1)
        return round(_HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM), 1)

    def path(self, points: Sequence[Point]) -> str:
        return "M" + "L".join(f"{self.x(x)} {self.y(y)}" for x, y in points)

    def band(self, band: Sequence[Range]) -> str:
        upper = [(x, high) for x, _, high in band]
        lower = [(x, low) for x, low, _ in reversed(band)]
        return f"{self.path([*upper, *lower])}Z"


def _names(lines: Sequence[Series], scale: _Scale) -> Iterator[tuple[Series, float, float]]:
    """Where the names stand: at the ends of lines, not over one another, and off longer lines."""
    last = -math.inf
    named = [series for series in lines if series.name]
    for series in sorted(named, key=lambda series: scale.y(series.points[-1][1])):
        x, y = series.points[-1]
        passed = any(other.points[-1][0] > x for other in lines)
        last = max(scale.y(y) + (20 if passed else 4), last + 16)
        yield series, scale.x(x) + 9, last


def _tick_label(value: float) -> str:
    return f"{value:,.10g}" if abs(value) < 1e15 else f"{value:g}"
