"""Strategies of adjudication: how the versions of a document are weighed against one another.

A strategy gives each annotator a weight (the weights of a document's annotators sum to one) and
each marked span a support, and says how much support settles a question.

- ``unanimous``: what every annotator marked.
- ``consensus``: the same, but a single annotator is enough.
- ``majority``: what more than half of them marked. Two spans that each have more than half share an
  annotator who marked both, so what is taken always fits together.
- ``by_role``: what everybody with the highest role who annotated the document marked.
- ``weighted``: what has a probability of at least ``confidence``, given the reliability of the
  annotators as measured over the corpus (Dawid and Skene 1979, see
  ``curate.agreement.dawid_skene``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from curate.agreement.annotation_sets import Versions
from curate.agreement.dawid_skene import Reliability
from curate.errors import InputError
from curate.model import Span, SpanKey

_ROUNDING = 1e-9  # weights are sums of fractions


class Strategy(Protocol):
    """What ``curate.agreement.regions.adjudicate_document`` needs of a strategy."""

    name: str
    quorum: int  # number of annotators with a weight that it takes to settle anything

    def weights(self, versions: Versions) -> dict[str, float]:
        """Weight of each annotator in this document; they sum to one."""

    def support(self, versions: Versions) -> dict[SpanKey, float]:
        """Support of each span that an annotator marked, 0 to 1."""

    def enough(self, support: float) -> bool:
        """Whether this much support settles it."""


class _Votes:
    """Annotators of equal weight; all of them settle a question, or more than half."""

    def __init__(self, name: str, everybody: bool, quorum: int = 2) -> None:
        self.name = name
        self.quorum = quorum
        self._everybody = everybody

    def weights(self, versions: Versions) -> dict[str, float]:
        return dict.fromkeys(versions, 1 / len(versions)) if versions else {}

    def support(self, versions: Versions) -> dict[SpanKey, float]:
        weights = self.weights(versions)
        support: dict[SpanKey, float] = {}
        for name, annotation in versions.items():
            for key in {span.key for span in annotation.spans}:
                support[key] = support.get(key, 0.0) + weights[name]
        return support

    def enough(self, support: float) -> bool:
        if self._everybody:
            return support >= 1 - _ROUNDING
        return support > 0.5 + _ROUNDING


class _Roles(_Votes):
    """Only the annotators with the highest role have a weight, and all of them must agree."""

    def __init__(self, roles: Mapping[str, str], order: Sequence[str]) -> None:
        super().__init__("role", everybody=True, quorum=1)
        unknown = sorted(set(roles.values()) - set(order))
        if unknown:
            hint = f"give one of {', '.join(order)}"
            raise InputError(f"no such role: {', '.join(unknown)}", hint)
        self._rank = {name: order.index(role) for name, role in roles.items()}

    def weights(self, versions: Versions) -> dict[str, float]:
        ranked = [name for name in versions if name in self._rank]
        best = min((self._rank[name] for name in ranked), default=None)
        first = [name for name in ranked if self._rank[name] == best]
        return {name: 1 / len(first) if name in first else 0.0 for name in versions}


class _Weighted(_Votes):
    """Annotators weighted by their accuracy; spans supported by their posterior probability."""

    def __init__(self, measured: Reliability, confidence: float) -> None:
        super().__init__("weighted", everybody=False)
        if not 0.5 < confidence <= 1:
            message = f"a confidence of {confidence} is out of range"
            raise InputError(message, "give more than 0.5 and at most 1")
        self._measured = measured
        self._confidence = confidence

    def weights(self, versions: Versions) -> dict[str, float]:
        accuracy = self._measured.accuracy
        mean = sum(accuracy.values()) / len(accuracy) if accuracy else 1.0
        raw = {name: accuracy.get(name, mean) for name in versions}
        total = sum(raw.values())
        return {name: value / total for name, value in raw.items()} if total else raw

    def support(self, versions: Versions) -> dict[SpanKey, float]:
        by_range: dict[tuple[int, int], dict[str, list[str]]] = {}
        for name, annotation in versions.items():
            for span in annotation.spans:
                given = by_range.setdefault((span.start, span.end), {n: [] for n in versions})
                given[name].append(span.label)
        support: dict[SpanKey, float] = {}
        for (start, end), given in by_range.items():
            posterior = self._measured.posterior(given)
            for label in {label for labels in given.values() for label in labels}:
                support[start, end, label] = posterior.get(label, 0.0)
        return support

    def enough(self, support: float) -> bool:
        return support >= self._confidence


def unanimous() -> Strategy:
    """What every annotator marked; one annotator alone settles nothing."""
    return _Votes("unanimous", everybody=True)


def consensus() -> Strategy:
    """What every annotator marked, also if there is only one."""
    return _Votes("unanimous", everybody=True, quorum=1)


def majority() -> Strategy:
    """What more than half of the annotators marked."""
    return _Votes("majority", everybody=False)


def by_role(roles: Mapping[str, str], order: Sequence[str]) -> Strategy:
    """What everybody with the highest role marked.

    Args:
        roles: the role of each annotator; an annotator without one has no weight.
        order: the roles, the highest first.

    Raises:
        InputError: a role is not in ``order``.
    """
    return _Roles(roles, order)


def weighted(measured: Reliability, confidence: float = 0.9) -> Strategy:
    """What is probable given the annotators' measured reliability.

    Args:
        measured: see ``curate.agreement.dawid_skene``.
        confidence: the probability that settles a span, more than 0.5.

    Raises:
        InputError: the confidence is out of range.
    """
    return _Weighted(measured, confidence)


def spans(versions: Versions) -> dict[SpanKey, Span]:
    """Every span that somebody marked, once, as the first annotator by name has it."""
    by_key: dict[SpanKey, Span] = {}
    for name in sorted(versions):
        for span in versions[name].spans:
            by_key.setdefault(span.key, span)
    return by_key
