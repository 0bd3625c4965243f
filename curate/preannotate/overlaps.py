"""The fixed order of the layers: which of several overlapping spans is kept. Pure."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable

from curate.layers import is_rules
from curate.model import Span

UNSCORED = 0.5
"""Score of a span whose proposer gives none; a rule can rank itself above or below it."""


def priority(span: Span) -> tuple[float, int, bool, int, str]:
    """Sort key by which overlapping spans compete; the first one is kept.

    1. The higher score. Models give none, which counts as 0.5: a rule with more than 0.5 beats
       every model (an office inside what a model calls an organisation), and a rule with less
       yields to every model.
    2. The longer span: a nationality inside « Union européenne », or a date inside the name of an
       event, yields to the whole name.
    3. Rules before models, then the earlier span, then the label by alphabet.
    """
    score = UNSCORED if span.score is None else span.score
    return (-score, span.start - span.end, not is_rules(span.by), span.start, span.label)


def resolve_overlaps(spans: Iterable[Span], *, overlap: bool) -> list[Span]:
    """Keep the spans of the highest priority, in order of position.

    Args:
        spans: candidates; of two with the same priority the first one is kept.
        overlap: keep overlapping spans too, and drop only repetitions of the same key.
    """
    kept: list[tuple[int, int, str, Span]] = []
    keys = set()
    for span in sorted(spans, key=priority):
        if span.key not in keys and (overlap or _free(kept, span)):
            keys.add(span.key)
            insort(kept, (*span.key, span))
    return [span for *_, span in kept]


def _free(kept: list[tuple[int, int, str, Span]], span: Span) -> bool:
    # The kept spans do not overlap, so only the neighbours on both sides can be in the way.
    at = bisect_left(kept, span.start, key=lambda entry: entry[0])
    before = at > 0 and kept[at - 1][1] > span.start
    after = at < len(kept) and kept[at][0] < span.end
    return not (before or after)
