"""The spans of predicted tags, and where two versions of the spans of a text differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from curate.audit.suspects import ErrorType
from curate.audit.tokens import TokenSpan

if TYPE_CHECKING:
    from numpy.typing import NDArray

_IMPOSSIBLE = -1e9  # log probability
_MINIMUM = 1e-9  # probability, so that its logarithm is finite
Difference = tuple[ErrorType, TokenSpan | None, TokenSpan | None]
"""Type of the error, the span of the gold, and that of the other version."""


def viterbi(
    probabilities: NDArray[Any], names: Sequence[str], joined: Sequence[bool]
) -> NDArray[Any]:
    """Numbers of the most probable tags of a text that spell spans.

    An ``I`` may only follow a tag of its own label. A token that is joined to the one before
    continues its span, or its lack of one. The best path is found by dynamic programming
    (Viterbi 1967, "Error bounds for convolutional codes").

    Args:
        probabilities: probability of each tag, tokens by tags; at least one token.
        names: the tags.
        joined: whether each token is joined to the one before.
    """
    import numpy as np

    inside = np.array([name.startswith("I-") for name in names])
    label = np.array([name[2:] for name in names])
    step = np.where(inside[None, :] & (label[:, None] != label[None, :]), _IMPOSSIBLE, 0.0)
    continues = (label[:, None] == label[None, :]) & (inside | (label == ""))[None, :]
    step_joined = np.where(continues, 0.0, _IMPOSSIBLE)
    logs = np.log(probabilities.astype(np.float64) + _MINIMUM)
    best = logs[0] + np.where(inside, _IMPOSSIBLE, 0.0)
    back = np.zeros(logs.shape, dtype=np.int64)
    for token in range(1, len(logs)):
        paths = best[:, None] + (step_joined if joined[token] else step)
        back[token] = paths.argmax(axis=0)
        best = paths.max(axis=0) + logs[token]
    path = np.zeros(len(logs), dtype=np.int64)
    path[-1] = best.argmax()
    for token in range(len(logs) - 1, 0, -1):
        path[token - 1] = back[token, path[token]]
    return path


def differences(gold: Sequence[TokenSpan], other: Sequence[TokenSpan]) -> Iterator[Difference]:
    """Where two versions of the spans of a text differ: once for each group of overlapping spans.

    If a group has several spans, the two that share the most tokens and differ are compared.
    """
    ours: list[TokenSpan] = []
    theirs: list[TokenSpan] = []
    end = 0
    for span, version in sorted([(s, 0) for s in gold] + [(s, 1) for s in other]):
        if span[0] >= end:
            yield from _difference(ours, theirs)
            ours, theirs = [], []
        (theirs if version else ours).append(span)
        end = max(end, span[1])
    yield from _difference(ours, theirs)


def _difference(gold: Sequence[TokenSpan], other: Sequence[TokenSpan]) -> Iterator[Difference]:
    ours, theirs = set(gold) - set(other), set(other) - set(gold)
    pairs = [(a, b) for a in gold for b in other if a != b and _shared(a, b) > 0]
    if pairs and (ours or theirs):
        span, suggestion = max(pairs, key=lambda pair: (_shared(*pair), pair))
        yield ("boundary" if span[2] == suggestion[2] else "label"), span, suggestion
    elif theirs:
        yield "missing", None, _longest(theirs)
    elif ours:
        yield "spurious", _longest(ours), None


def _longest(spans: set[TokenSpan]) -> TokenSpan:
    return min(spans, key=lambda span: (span[0] - span[1], span))


def _shared(a: TokenSpan, b: TokenSpan) -> int:
    return min(a[1], b[1]) - max(a[0], b[0])
