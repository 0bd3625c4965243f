"""Line charts as SVG that needs nothing else: no script, no font, no style sheet. Pure.

Colours are those of Okabe and Ito (2008, "Color Universal Design"), which people with any kind of
colour vision tell apart; lines differ by their names at the end too.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_WIDTH, _HEIGHT = 760, 440
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 150, 56, 56
_TICKS = 6
Point = tuple[float, float]


class Series(NamedTuple):
    """A line of a chart.

    Args:
        name: what stands at its end; empty for nothing.
        points: (x, y), in order of x.
        band: (x, low, high): what the line may be, drawn behind it.
        bars: (x, low, high): what single points may be.
        dashed: whether it is drawn dashed, and its points not marked.
        colour: number of the colour, counted from 0.
    """

    name: str
    points: tuple[Point, ...]
    band: tuple[tuple[float, float, float], ...] = ()
    bars: tuple[tuple[float, float, float], ...] = ()
    dashed: bool = False
    colour: int = 0


class ReferenceLine(NamedTuple):
    """A level line across a chart, and what stands over it."""

    name: str
    y: float


class LineChart(NamedTuple):
    """A chart: its title, what the axes are, the lines, and what it shows, in a sentence."""

    title: str
    x: str
    y: str
    lines: tuple[Series, ...]
    told: str = ""
    rules: tuple[ReferenceLine, ...] = ()


def render_line_chart(chart: LineChart) -> str:
    """Draw a chart; the same chart gives the same text."""
    frame = _Frame(chart)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        'font-family="sans-serif" font-size="13" role="img" aria-labelledby="t d">',
        f'<title id="t">{escape(chart.title)}</title>',
        f'<desc id="d">{escape(chart.told or chart.title)}</desc>',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
        f'<text x="{_LEFT}" y="24" font-size="16" font-weight="bold">{escape(chart.title)}</text>',
        f'<text x="{_LEFT}" y="44" fill="#444">{escape(chart.told)}</text>',
        *_axes(chart, frame),
    ]
    for line in chart.lines:
        parts += _drawn(line, frame)
    parts += _names(chart.lines, frame)
    return "\n".join((*parts, "</svg>")) + "\n"


def ticks(low: float, high: float, most: int = _TICKS) -> list[float]:
    """Round numbers that span a range, at most about as many as asked for."""
    size = (high - low) / most or 1.0
    power = 10.0 ** math.floor(math.log10(size))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= size)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(number * step, 10) for number in range(first, last + 1)]


class _Frame:
    """From numbers to places on the page."""

    def __init__(self, chart: LineChart) -> None:
        xs = [x for line in chart.lines for x, _ in line.points]
        ys = [y for line in chart.lines for _, y in line.points]
        for line in chart.lines:
            ys += [end for _, low, high in (*line.band, *line.bars) for end in (low, high)]
        ys += [rule.y for rule in chart.rules]
        self.xs, self.ys = ticks(min(xs), max(xs)), ticks(min(ys), max(ys))

    def x(self, value: float) -> float:
        share = (value - self.xs[0]) / ((self.xs[-1] - self.xs[0]) or 1)
        return round(_LEFT + share * (_WIDTH - _LEFT - _RIGHT), 1)

    def y(self, value: float) -> float:
        share = (value - self.ys[0]) / ((self.ys[-1] - self.ys[0]) or 1)
        return round(_HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM), 1)


def _axes(chart: LineChart, frame: _Frame) -> Iterable[str]:
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    for tick in frame.ys:
        y = frame.y(tick)
        yield f'<path d="M{_LEFT} {y}H{right}" stroke="#ddd"/>'
        yield f'<text x="{_LEFT - 8}" y="{y + 4}" text-anchor="end">{_told(tick)}</text>'
    for tick in frame.xs:
        x = frame.x(tick)
        yield f'<path d="M{x} {bottom}v5" stroke="#333"/>'
        yield f'<text x="{x}" y="{bottom + 20}" text-anchor="middle">{_told(tick)}</text>'
    middle, height = (_LEFT + right) / 2, (_TOP + bottom) / 2
    yield f'<path d="M{_LEFT} {bottom}H{right}" stroke="#333"/>'
    yield f'<text x="{middle}" y="{bottom + 42}" text-anchor="middle">{escape(chart.x)}</text>'
    turned = f'transform="rotate(-90 16 {height})"'
    yield f'<text x="16" y="{height}" text-anchor="middle" {turned}>{escape(chart.y)}</text>'
    for rule in chart.rules:
        y = frame.y(rule.y)
        yield f'<path d="M{_LEFT} {y}H{right}" stroke="#666" stroke-dasharray="2 3"/>'
        yield f'<text x="{_LEFT + 6}" y="{y - 5}" fill="#444">{escape(rule.name)}</text>'


def _drawn(line: Series, frame: _Frame) -> Iterable[str]:
    colour = COLOURS[line.colour % len(COLOURS)]
    if line.band:
        there = [(frame.x(x), frame.y(high)) for x, _, high in line.band]
        back = [(frame.x(x), frame.y(low)) for x, low, _ in reversed(line.band)]
        yield f'<path d="{_path([*there, *back])}Z" fill="{colour}" opacity="0.15"/>'
    places = [(frame.x(x), frame.y(y)) for x, y in line.points]
    dash = ' stroke-dasharray="6 4"' if line.dashed else ""
    yield f'<path d="{_path(places)}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>'
    for x, low, high in line.bars:
        yield f'<path d="M{frame.x(x)} {frame.y(low)}V{frame.y(high)}" stroke="{colour}"/>'
    if not line.dashed:
        yield from (f'<circle cx="{x}" cy="{y}" r="3.5" fill="{colour}"/>' for x, y in places)


def _names(lines: Sequence[Series], frame: _Frame) -> Iterable[str]:
    """Names at the ends of lines, moved apart, and off a line that goes on."""
    last = -math.inf
    named = [line for line in lines if line.name]
    for line in sorted(named, key=lambda each: frame.y(each.points[-1][1])):
        x, y = line.points[-1]
        passed = any(other.points[-1][0] > x for other in lines)
        place = max(frame.y(y) + (20 if passed else 4), last + 16)
        last = place
        colour = COLOURS[line.colour % len(COLOURS)]
        yield f'<text x="{frame.x(x) + 9}" y="{place}" fill="{colour}">{escape(line.name)}</text>'


def _path(places: Sequence[Point]) -> str:
    return "M" + "L".join(f"{x} {y}" for x, y in places)


def _told(value: float) -> str:
    return f"{value:,.10g}" if abs(value) < 1e15 else f"{value:g}"
