"""How well confidences are calibrated, for tests and benchmarks of the votes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class ReliabilityBin(NamedTuple):
    """A row of a reliability table: the ``accuracy`` of ``spans`` with a mean ``confidence``."""

    low: float
    high: float
    spans: int
    confidence: float
    accuracy: float


def reliability(scored: Iterable[tuple[float, bool]], bins: int = 10) -> list[ReliabilityBin]:
    """Reliability table: confidences in bins of equal width, with the share that was right."""
    groups: dict[int, list[tuple[float, bool]]] = {}
    for score, right in scored:
        groups.setdefault(min(int(score * bins), bins - 1), []).append((score, right))
    return [
        ReliabilityBin(
            number / bins,
            (number + 1) / bins,
            len(group),
            sum(score for score, _ in group) / len(group),
            sum(right for _, right in group) / len(group),
        )
        for number, group in sorted(groups.items())
    ]


def calibration_error(table: Sequence[ReliabilityBin]) -> float:
    """Expected calibration error (Naeini, Cooper and Hauskrecht 2015): mean gap of the bins."""
    total = sum(row.spans for row in table)
    return sum(row.spans * abs(row.confidence - row.accuracy) for row in table) / max(total, 1)
