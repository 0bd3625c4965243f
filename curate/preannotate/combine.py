"""Several layers into one by a fixed order: which of the spans that overlap stays.

Pure; the same layers in the same order always give the same proposal.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable

from curate.layers import is_rules
from curate.model import Span

UNSCORED = 0.5


def rank(span: Span) -> tuple[float, int, bool, int, str]:
    """Sort key: the span to be kept comes first.

    1. The higher score. A span without one (models give none) counts as 0.5, so a rule of more
       than 0.5 beats every model (an office inside what a model calls an organisation), and one
       of less yields to every model.
    2. The longer span: a nationality inside « Union européenne », or a date inside the name of an
       event, gives way to the whole name.
    3. Rules before models, then the earlier span, then the label by alphabet.
    """
    score = UNSCORED if span.score is None else span.score
    return (
        -score,
        span.start - span.end,
        not is_rules(span.by),
        span.start,
        span.label,
    )


def choose(spans: Iterable[Span], *, overlap: bool) -> list[Span]:
    """Keep the best spans, in order of position.

    Args:
        spans: candidates; of equals (same rank) the first one given wins.
        overlap: keep spans that overlap, and only drop the second of two with the same key.
    """
    kept: list[tuple[int, int, str, Span]] = []
    keys = set()
    for span in sorted(spans, key=rank):
        free = overlap or _free(kept, span)
        if free and span.key not in keys:
            keys.add(span.key)
            insort(kept, (*span.key, span))
    return [span for *_, span in kept]


def _free(kept: list[tuple[int, int, str, Span]], span: Span) -> bool:
    # The kept ones do not overlap, so only the neighbours on both sides can be in the way.
    at = bisect_left(kept, span.start, key=lambda entry: entry[0])
    before = at > 0 and kept[at - 1][1] > span.start
    after = at < len(kept) and kept[at][0] < span.end
    return not (before or after)
