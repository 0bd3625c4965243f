"""A heat map of annotators: the table as a value, and drawn as an SVG that needs nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from curate.agreement.values import HeatMap
from curate.html import page

_CELL = 56
_LETTER = 6.2  # width of a letter of a name that leans by 45 degrees
_LONGEST = 14  # letters of a name


def heat_map(
    measure: str, annotators: Sequence[str], pairs: Mapping[tuple[str, str], float | None]
) -> HeatMap:
    """The table of a symmetric measure.

    Args:
        measure: its name.
        annotators: names, in the order of rows and columns.
        pairs: the measure of every two annotators, in one order of the two.
    """

    def cell(first: str, second: str) -> float | None:
        if first == second:
            return 1.0
        return pairs.get((first, second), pairs.get((second, first)))

    rows = tuple(tuple(cell(first, second) for second in annotators) for first in annotators)
    return HeatMap(measure=measure, annotators=tuple(annotators), rows=rows)


def render_heat_map(heat: HeatMap) -> str:
    """The table as an SVG image; each cell has its number, so that colour is not needed."""
    names = [
        name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…" for name in heat.annotators
    ]
    margin = 16 + round(_LETTER * max(map(len, names), default=0))
    return page.render(
        __package__, "heat_map.svg.j2", heat=heat, names=names, cell=_CELL, margin=margin
    )
