"""From tokens to spans: the likeliest tags that spell spans, and where two versions differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from curate.audit.tokens import Stretch
from curate.audit.values import Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NEVER = -1e9
_LEAST = 1e-9
Difference = tuple[Kind, Stretch | None, Stretch | None]


def likeliest(likely: NDArray[Any], names: Sequence[str]) -> NDArray[Any]:
    """Numbers of the likeliest tags of one text among those that spell spans.

    An ``I`` follows a tag of its own label only. The best path is found by dynamic programming
    (Viterbi 1967, "Error bounds for convolutional codes").

    Args:
        likely: probability of each tag, tokens by tags; one token at least.
        names: the tags.
    """
    import numpy as np

    inner = np.array([name.startswith("I-") for name in names])
    label = np.array([name[2:] for name in names])
    step = np.where(inner[None, :] & (label[:, None] != label[None, :]), _NEVER, 0.0)
    logs = np.log(likely.astype(np.float64) + _LEAST)
    best = logs[0] + np.where(inner, _NEVER, 0.0)
    back = np.zeros(logs.shape, dtype=np.int64)
    for at in range(1, len(logs)):
        ways = best[:, None] + step
        back[at] = ways.argmax(axis=0)
        best = ways.max(axis=0) + logs[at]
    path = np.zeros(len(logs), dtype=np.int64)
    path[-1] = best.argmax()
    for at in range(len(logs) - 1, 0, -1):
        path[at - 1] = back[at, path[at]]
    return path


def differences(gold: Sequence[Stretch], other: Sequence[Stretch]) -> Iterator[Difference]:
    """Where two versions of the spans of a text differ, each group of spans that overlap once.

    Of a group with several spans on a side, the two count that share most tokens and differ.
    """
    mine: list[Stretch] = []
    theirs: list[Stretch] = []
    end = 0
    for span, group in sorted([(s, 0) for s in gold] + [(s, 1) for s in other]):
        if span[0] >= end:
            yield from _difference(mine, theirs)
            mine, theirs = [], []
        (theirs if group else mine).append(span)
        end = max(end, span[1])
    yield from _difference(mine, theirs)


def _difference(gold: Sequence[Stretch], other: Sequence[Stretch]) -> Iterator[Difference]:
    mine, theirs = set(gold) - set(other), set(other) - set(gold)
    pairs = [(a, b) for a in gold for b in other if a != b and _shared(a, b) > 0]
    if pairs and (mine or theirs):
        span, there = max(pairs, key=lambda pair: (_shared(*pair), pair))
        yield ("boundary" if span[2] == there[2] else "label"), span, there
    elif theirs:
        yield "missing", None, _longest(theirs)
    elif mine:
        yield "spurious", _longest(mine), None


def _longest(spans: set[Stretch]) -> Stretch:
    return min(spans, key=lambda span: (span[0] - span[1], span))


def _shared(a: Stretch, b: Stretch) -> int:
    return min(a[1], b[1]) - max(a[0], b[0])
