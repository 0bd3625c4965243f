"""How the versions of a document are weighed against one another.

A strategy gives each annotator a weight (the weights of a document's annotators sum to one), a
support to each span that somebody marked, and says how much support settles a question.

- ``unanimous``: what every annotator marked.
- ``majority``: what more than half of them marked. Two spans that each have more than half share an
  annotator who marked both, so what is taken always fits together.
- ``by_role``: what everybody of the highest role who annotated the document marked.
- ``weighted``: what is probable, at or above ``confidence``, by the reliability measured over the
  corpus (Dawid and Skene 1979, see ``reliability``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from curate.agreement.dawid_skene import NONE, Reliability
from curate.errors import InputError
from curate.model import Annotation, Span, SpanKey

Versions = Mapping[str, Annotation]
_ALL = 1 - 1e-9  # weights are sums of fractions


class Strategy(Protocol):
    """What ``adjudicate`` asks of a strategy."""

    name: str
    quorum: int  # how many annotators there must be to settle anything

    def weights(self, versions: Versions) -> dict[str, float]:
        """Weight of each annotator in this document; they sum to one."""

    def support(self, versions: Versions) -> dict[SpanKey, float]:
        """Support of each span that an annotator marked, 0 to 1."""

    def enough(self, support: float) -> bool:
        """Whether this much support settles it."""


class _Votes:
    """Annotators of equal weight; ``needed`` is the share that settles, or more than half."""

    quorum = 2

    def __init__(self, name: str, everybody: bool) -> None:
        self.name = name
        self._everybody = everybody

    def weights(self, versions: Versions) -> dict[str, float]:
        return dict.fromkeys(versions, 1 / len(versions)) if versions else {}

    def support(self, versions: Versions) -> dict[SpanKey, float]:
        weights = self.weights(versions)
        found: dict[SpanKey, float] = {}
        for name, annotation in versions.items():
            for key in {span.key for span in annotation.spans}:
                found[key] = found.get(key, 0.0) + weights[name]
        return found

    def enough(self, support: float) -> bool:
        return support >= _ALL if self._everybody else support > 0.5 + 1e-9


class _Roles(_Votes):
    quorum = 1

    def __init__(self, roles: Mapping[str, str], order: Sequence[str]) -> None:
        super().__init__("role", everybody=True)
        unknown = sorted(set(roles.values()) - set(order))
        if unknown:
            known = ", ".join(order)
            raise InputError(f"no such role: {', '.join(unknown)}", f"give one of {known}")
        self._rank = {name: order.index(role) for name, role in roles.items()}

    def weights(self, versions: Versions) -> dict[str, float]:
        ranked = [name for name in versions if name in self._rank]
        best = min((self._rank[name] for name in ranked), default=None)
        first = [name for name in ranked if self._rank[name] == best]
        return {name: 1 / len(first) if name in first else 0.0 for name in versions}


class _Weighted(_Votes):
    def __init__(self, measured: Reliability, confidence: float) -> None:
        super().__init__("weighted", everybody=False)
        if not 0.5 < confidence <= 1:
            raise InputError(f"a confidence of {confidence}", "give more than 0.5 and at most 1")
        self._measured = measured
        self._confidence = confidence

    def weights(self, versions: Versions) -> dict[str, float]:
        known = self._measured.accuracy
        middle = sum(known.values()) / len(known) if known else 1.0
        raw = {name: known.get(name, middle) for name in versions}
        total = sum(raw.values())
        return {name: value / total for name, value in raw.items()} if total else raw

    def support(self, versions: Versions) -> dict[SpanKey, float]:
        by_range: dict[tuple[int, int], dict[str, list[str]]] = {}
        for name, annotation in versions.items():
            for span in annotation.spans:
                given = by_range.setdefault((span.start, span.end), {n: [] for n in versions})
                given[name].append(span.label)
        found: dict[SpanKey, float] = {}
        for (start, end), given in by_range.items():
            posterior = self._measured.posterior(given)
            for label in {label for labels in given.values() for label in labels}:
                found[start, end, label] = posterior.get(label, 0.0)
        return found

    def enough(self, support: float) -> bool:
        return support >= self._confidence


def unanimous() -> Strategy:
    """What every annotator marked."""
    return _Votes("unanimous", everybody=True)


def majority() -> Strategy:
    """What more than half of the annotators marked."""
    return _Votes("majority", everybody=False)


def by_role(roles: Mapping[str, str], order: Sequence[str]) -> Strategy:
    """What everybody of the highest role marked.

    Args:
        roles: the role of each annotator; one who has none has no say.
        order: the roles, the highest first.

    Raises:
        InputError: a role is not in ``order``.
    """
    return _Roles(roles, order)


def weighted(measured: Reliability, confidence: float = 0.9) -> Strategy:
    """What is probable by the annotators' measured reliability.

    Args:
        measured: see ``curate.agreement.dawid_skene``.
        confidence: the probability that settles a span, more than 0.5.

    Raises:
        InputError: the confidence is out of range.
    """
    return _Weighted(measured, confidence)


def spans(versions: Versions) -> dict[SpanKey, Span]:
    """Every span that somebody marked, once, as the first annotator by name has it."""
    found: dict[SpanKey, Span] = {}
    for name in sorted(versions):
        for span in versions[name].spans:
            found.setdefault(span.key, span)
    return found


__all__ = ["NONE", "Strategy", "by_role", "majority", "spans", "unanimous", "weighted"]
