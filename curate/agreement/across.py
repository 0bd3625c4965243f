"""Measures over all pairs of annotators: mean and standard deviations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

import numpy as np

from curate.agreement.values import PairAgreement, PairSummary, Score, SpanScores

CRITERIA = ("strict", "overlap", "token")


def summary(values: Iterable[float | None]) -> PairSummary:
    """Mean and standard deviations of a measure; pairs for which it is undefined do not count."""
    own = [value for value in values if value is not None]
    reasons = {0: "no pair has a value", 1: "no deviation: one pair"}
    return PairSummary(
        mean=float(np.mean(own)) if own else None,
        deviation=float(np.std(own, ddof=1)) if len(own) > 1 else None,
        population=float(np.std(own)) if len(own) > 1 else None,
        pairs=len(own),
        reason=reasons.get(len(own), ""),
    )


def across(pairs: tuple[PairAgreement, ...]) -> dict[str, PairSummary]:
    """Every measure of pairs, by its name."""
    values: dict[str, list[float | None]] = defaultdict(list)
    for pair in pairs:
        for name in CRITERIA:
            scores: SpanScores = getattr(pair, name)
            values[name].append(scores.micro.f1)
            values[f"{name}_macro"].append(scores.macro.value)
        kappas = {"cohen": pair.cohen, "cohen_marked": pair.cohen_marked}
        for name, estimate in (kappas | pair.coefficients).items():
            values[name].append(estimate.value)
    return {name: summary(own) for name, own in values.items()}


def f1_across(
    pairs: tuple[PairAgreement, ...], parts: Callable[[SpanScores], dict[str, Score]]
) -> dict[str, dict[str, PairSummary]]:
    """F1 over all pairs, part by part.

    Args:
        pairs: the pairs.
        parts: the scores of a pair by label, or by document.

    Returns:
        By part and then by criterion; pairs that do not have the part do not count.
    """
    values: dict[str, dict[str, list[float | None]]] = defaultdict(lambda: defaultdict(list))
    for pair in pairs:
        for criterion in CRITERIA:
            for part, score in parts(getattr(pair, criterion)).items():
                values[part][criterion].append(score.f1)
    return {
        part: {criterion: summary(own) for criterion, own in by_criterion.items()}
        for part, by_criterion in sorted(values.items())
    }
