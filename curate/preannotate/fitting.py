"""Fitting the weights of the votes: to several sources at once, and to one more. Pure.

A weight is learned from the documents of several *sources*: corpora with guidelines, genres and
phenomena of their own. Each source has its own weights, drawn from a common normal distribution:
``own ~ N(shared, between)``, and ``shared ~ N(mean, prior)``. The shared weights are what a text of
a new source is voted on with, and the own weights of a new source start from them. So

- a fact that one source alone speaks about gets a small shared weight, since it may be a habit of
  that source; a fact on which several agree keeps most of what they say;
- one on which sources contradict each other cancels out;
- a corpus that people correct moves its own weights away from the shared ones as far as its
  documents bear it out, and no farther.

This is hierarchical domain adaptation (Finkel and Manning 2009, "Hierarchical Bayesian Domain
Adaptation", NAACL), for a logistic regression, at its posterior mode.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

RARE = 3
"""A fact that is seen less often gets no weight."""
BIAS = ""
"""The fact that holds of every candidate."""
BETWEEN = 0.3
"""Variance of the weights of a source around the shared ones."""
_NEWTON = 50
_FIXED = 1e9  # precision of what must not move, and variance of what may move freely
Vector = Any
"""A vector or matrix of numpy, which is imported late."""


class VoteExample(NamedTuple):
    """What people made of a candidate.

    Args:
        facts: the facts for and against it.
        accepted: whether a person accepted it.
        source: the corpus that it is from.
        kind: see :class:`~curate.preannotate.votes.SpanCandidate`.
    """

    facts: frozenset[str]
    accepted: bool
    source: str = ""
    kind: str = ""


class _Source:
    """The examples of one source as a matrix; equal ones are counted."""

    def __init__(
        self, examples: Iterable[VoteExample], columns: Mapping[str, int], offset: float
    ) -> None:
        import numpy as np

        counts: Counter[tuple[tuple[int, ...], bool]] = Counter()
        for facts, accepted, *_ in examples:
            seen = tuple(sorted(columns[fact] for fact in facts if fact in columns))
            counts[(columns[BIAS], *seen), accepted] += 1
        rows = sorted(counts)  # so that the order of the examples changes nothing
        self.facts = np.zeros((len(rows), len(columns)))
        for number, (row, _) in enumerate(rows):
            self.facts[number, list(row)] = 1.0
        self.accepted = np.array([float(accepted) for _, accepted in rows])
        self.counts = np.array([float(counts[row]) for row in rows])
        self.offset = offset

    def loss(self, weights: Vector) -> float:
        """The negative log-likelihood of the weights."""
        import numpy as np

        score = self.facts @ weights + self.offset
        return -float(self.counts @ (self.accepted * score - np.logaddexp(0, score)))

    def slopes(self, weights: Vector) -> tuple[Vector, Vector]:
        """Gradient of the log-likelihood, and its negated Hessian."""
        import numpy as np

        score = np.clip(self.facts @ weights + self.offset, -500, 500)
        p = 1 / (1 + np.exp(-score))
        weighted = self.facts * (self.counts * p * (1 - p))[:, None]
        return self.facts.T @ (self.counts * (self.accepted - p)), self.facts.T @ weighted


def columns_of(examples: Iterable[VoteExample], shared: Iterable[str] = ()) -> dict[str, int]:
    """The bias, the shared facts, and those that are seen often enough; each with its column."""
    counts = Counter(fact for facts, *_ in examples for fact in facts)
    facts = {fact for fact, count in counts.items() if count >= RARE} | set(shared)
    return {fact: column for column, fact in enumerate([BIAS, *sorted(facts - {BIAS})])}


def fit(
    examples: Sequence[VoteExample],
    offsets: Mapping[str, float],
    *,
    prior: float,
    between: float,
) -> dict[str, float]:
    """The weights that all sources share, or those of the only one; ``BIAS`` has the bias.

    Args:
        examples: candidates of all sources.
        offsets: by source, the log-odds from which on its spans are worth proposing; 0 if missing.
            Sources differ in how many of their candidates are right, and this is no part of what
            they share.
        prior: variance of the shared weights around 0; the bias has no prior.
        between: variance of a source's own weights around the shared ones.
    """
    import numpy as np

    columns = columns_of(examples)
    groups: dict[str, list[VoteExample]] = {}
    for example in examples:
        groups.setdefault(example.source, []).append(example)
    sources = [_Source(groups[name], columns, offsets.get(name, 0.0)) for name in sorted(groups)]
    mean, precision = np.zeros(len(columns)), np.full(len(columns), 1 / prior)
    precision[columns[BIAS]] = 1 / _FIXED
    shared, own = _fit(sources, mean, precision, between)
    return _named(own[0] if len(own) == 1 else shared, columns)


def fit_own(
    examples: Iterable[VoteExample], shared: Mapping[str, float], offset: float, *, between: float
) -> dict[str, float]:
    """The weights of one more source, from the shared ones; those of new facts start at 0.

    Args:
        examples: candidates of the source.
        shared: the shared weights.
        offset: the log-odds from which on its spans are worth proposing.
        between: variance of a source's own weights around the shared ones.
    """
    import numpy as np

    examples = list(examples)
    columns = columns_of(examples, shared)
    mean = np.array([shared.get(fact, 0.0) for fact in columns])
    _, own = _fit([_Source(examples, columns, offset)], mean, np.full(len(mean), _FIXED), between)
    return _named(own[0], columns)


def _named(weights: Vector, columns: Mapping[str, int]) -> dict[str, float]:
    return {fact: float(weights[column]) for fact, column in columns.items()}


def _fit(
    sources: Sequence[_Source], mean: Vector, precision: Vector, between: float
) -> tuple[Vector, list[Vector]]:
    """Shared and own weights of the greatest posterior density, by Newton's method.

    The sources depend on each other only by the shared weights, so a step solves for these first
    (by the Schur complement), and then for each source.
    """
    import numpy as np

    eye = np.eye(len(mean)) / between

    def loss(shared: Vector, own: Sequence[Vector]) -> float:
        spread = sum(float(((each - shared) ** 2).sum()) for each in own) / between
        fitted = sum(source.loss(each) for source, each in zip(sources, own, strict=True))
        return fitted + (spread + float(precision @ (shared - mean) ** 2)) / 2

    shared, own = mean, [mean for _ in sources]
    current = loss(shared, own)
    for _ in range(_NEWTON):
        left, right = np.diag(precision) + len(sources) * eye, precision * (mean - shared)
        parts = []
        for source, each in zip(sources, own, strict=True):
            gradient, hessian = source.slopes(each)
            gap = (each - shared) / between
            inverse = np.linalg.inv(hessian + eye)
            right = right + gap + inverse @ (gradient - gap) / between
            left = left - inverse / between**2
            parts.append((inverse, gradient - gap))
        step = np.linalg.solve(left, right)
        steps = [inverse @ (slope + step / between) for inverse, slope in parts]
        scale, before = 1.0, current
        while scale > 1e-6:
            tried = shared + scale * step, [w + scale * s for w, s in zip(own, steps, strict=True)]
            if (lower := loss(*tried)) <= current:
                (shared, own), current = tried, lower
                break
            scale /= 2
        if before - current < 1e-7:
            break
    return shared, own
