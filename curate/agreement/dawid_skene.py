"""How reliable each annotator is, estimated without a gold standard.

Dawid and Skene 1979, "Maximum Likelihood Estimation of Observer Error-Rates Using the EM Algorithm"
(Applied Statistics 28, pp. 20-28): every item has one true class; every annotator gives class ``l``
to items of class ``j`` with a probability of their own. Expectation (equation 2.5) and maximisation
(2.3 and 2.4) alternate, starting from the shares of the votes.

The items are the exact ranges of text that at least one annotator marked. The classes are the
labels and "no span", which is also what annotators say who marked other boundaries. With two
annotators the model sees that they differ but hardly who is wrong: use it with three or more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from curate.agreement.annotation_sets import Versions
from curate.model import Record

Array = NDArray[np.float64]

NONE = ""  # the class of a range that is no span
_TINY = 1e-12  # instead of 0: a class with probability 0 stays excluded, whatever others say


class Reliability(Record, frozen=True, kw_only=True):
    """The reliability of annotators.

    Args:
        classes: the labels; the first is empty, for "no span".
        prior: share of each class.
        annotators: for each annotator, the probabilities with which they give an item whose true
            class is that of the row the class of the column.
        accuracy: for each annotator, the expected share of items to which they give the true class.
        items: number of items behind the estimate.
        rounds: number of iterations of the algorithm.
    """

    classes: tuple[str, ...]
    prior: tuple[float, ...]
    annotators: dict[str, tuple[tuple[float, ...], ...]]
    accuracy: dict[str, float]
    items: int
    rounds: int

    def posterior(self, given: Mapping[str, Iterable[str]]) -> dict[str, float]:
        """Probability of each class of an item, given the labels that each annotator gave it.

        Args:
            given: labels by annotator; an annotator without labels said "no span". Annotators who
                did not see the document must not be in it. Annotators and labels that are not part
                of the estimate do not count.
        """
        numbers = {name: number for number, name in enumerate(self.classes)}
        logs = np.log(np.maximum(self.prior, _TINY))
        for name, labels in given.items():
            for label in tuple(labels) or (NONE,):
                if name in self.annotators and label in numbers:
                    column = np.array(self.annotators[name])[:, numbers[label]]
                    logs = logs + np.log(np.maximum(column, _TINY))
        shares = np.exp(logs - logs.max())
        return dict(zip(self.classes, (shares / shares.sum()).tolist(), strict=True))


def reliability(documents: Iterable[Versions], smoothing: float = 0.1) -> Reliability:
    """Estimate the reliability of annotators from documents that several of them annotated.

    Args:
        documents: the versions of each document; documents with one version do not count.
        smoothing: added to every count of the annotators' tables, so that what does not occur in a
            small corpus does not count as impossible.
    """
    items = [item for versions in documents if len(versions) > 1 for item in _items(versions)]
    names = sorted({name for item in items for name in item})
    labels = sorted({label for item in items for given in item.values() for label in given})
    classes = (NONE, *(label for label in labels if label != NONE))
    number = {label: at for at, label in enumerate(classes)}
    counts = np.zeros((len(items), len(names), len(classes)))
    for row, item in enumerate(items):
        for column, name in enumerate(names):
            for label in item.get(name, ()):
                counts[row, column, number[label]] += 1
    if not items:
        return Reliability(
            classes=(NONE,), prior=(1.0,), annotators={}, accuracy={}, items=0, rounds=0
        )
    _, prior, tables, rounds = dawid_skene(counts, smoothing)
    return Reliability(
        classes=classes,
        prior=tuple(prior.tolist()),
        annotators={
            name: tuple(map(tuple, table.tolist()))
            for name, table in zip(names, tables, strict=True)
        },
        accuracy={
            name: float((prior * np.diag(table)).sum())
            for name, table in zip(names, tables, strict=True)
        },
        items=len(items),
        rounds=rounds,
    )


def dawid_skene(
    counts: Array, smoothing: float = 0.0, rounds: int = 500, tolerance: float = 1e-7
) -> tuple[Array, Array, Array, int]:
    """The expectation-maximisation algorithm.

    Args:
        counts: items by annotators by classes: how often the annotator gave the item the class.
        smoothing: added to every cell of the annotators' tables.
        rounds: maximum number of iterations.
        tolerance: stop when no probability of a class changes by more than this.

    Returns:
        The probability of each class for each item; the share of each class; the table of each
        annotator (true class by given class); the number of iterations.
    """
    votes = counts.sum(axis=1)
    truth = votes / np.maximum(votes.sum(axis=1, keepdims=True), 1)
    iterations, change = 0, 1.0
    while iterations < rounds and change > tolerance:
        iterations += 1
        prior = truth.mean(axis=0)
        tables = np.einsum("ij,ikl->kjl", truth, counts) + smoothing
        tables /= np.maximum(tables.sum(axis=2, keepdims=True), _TINY)
        logs = np.log(np.maximum(prior, _TINY)) + np.einsum(
            "ikl,kjl->ij", counts, np.log(np.maximum(tables, _TINY))
        )
        updated = np.exp(logs - logs.max(axis=1, keepdims=True))
        updated /= updated.sum(axis=1, keepdims=True)
        change = float(np.abs(updated - truth).max())
        truth = updated
    return truth, prior, tables, iterations


def _items(versions: Versions) -> list[dict[str, tuple[str, ...]]]:
    """For each range that somebody marked, the labels that each annotator gave it."""
    marks = sorted(
        (span.start, span.end, name, span.label)
        for name, annotation in versions.items()
        for span in annotation.spans
    )
    items = []
    for _, group in groupby(marks, key=lambda mark: mark[:2]):
        given: dict[str, tuple[str, ...]] = dict.fromkeys(versions, ())
        for _, _, name, label in group:
            given[name] = (*given[name], label)
        items.append({name: labels or (NONE,) for name, labels in given.items()})
    return items
