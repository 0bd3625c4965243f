"""Colours for labels that have none yet."""

from __future__ import annotations

import colorsys
from collections.abc import Iterable, Iterator
from itertools import count

# The first are told apart by people with any colour vision (Okabe and Ito's, two of them darker).
_COLOURS = (
    *("#0072B2", "#D55E00", "#009E73", "#6B6B6B", "#CC79A7", "#F0E442", "#56B4E9", "#4B2A7B"),
    *("#E69F00", "#8C4A1A"),
)
_GOLDEN_RATIO = 0.618034


def distinct_colours(used: Iterable[str] = ()) -> Iterator[str]:
    """Colours as ``#RRGGBB``, none twice and none that is used, without end.

    Args:
        used: colours that others have, in any case.
    """
    taken = {colour.upper() for colour in used}
    for number in count():
        if number < len(_COLOURS):
            colour = _COLOURS[number]
        else:
            channels = colorsys.hls_to_rgb(number * _GOLDEN_RATIO % 1, 0.45, 0.6)
            colour = "#" + "".join(f"{round(channel * 255):02X}" for channel in channels)
        if colour not in taken:
            taken.add(colour)
            yield colour
