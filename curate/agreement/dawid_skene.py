"""How reliable each annotator is, measured without a gold standard.

Dawid and Skene 1979, "Maximum Likelihood Estimation of Observer Error-Rates Using the EM Algorithm"
(Applied Statistics 28, pp. 20-28): every item has one true class; every annotator gives class ``l``
to items of class ``j`` with a probability of their own. Expectation (equation 2.5) and maximisation
(2.3 and 2.4) take turns, beginning with the shares of the votes.

The items are the ranges of text that at least one annotator marked, exactly; the classes are the
labels, and "no span", which is also what an annotator says who marked other edges. With two
annotators the model can tell that they differ and hardly who errs: three or more are wanted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from curate.model import Annotation, Record

Array = NDArray[np.float64]
Versions = Mapping[str, Annotation]

NONE = ""  # the class of a range that is no span
_TINY = 1e-12  # instead of a probability of nothing, which one slip would make certain for ever


class Reliability(Record, frozen=True, kw_only=True):
    """What was estimated.

    Args:
        classes: the labels; the first is empty, for "no span".
        prior: share of each class.
        annotators: for each annotator, how likely an item of the class of the row is given the
            class of the column.
        accuracy: for each annotator, the share of items expected to be given their true class.
        items: number of items it is estimated from.
        rounds: rounds of the algorithm.
    """

    classes: tuple[str, ...]
    prior: tuple[float, ...]
    annotators: dict[str, tuple[tuple[float, ...], ...]]
    accuracy: dict[str, float]
    items: int
    rounds: int

    def posterior(self, given: Mapping[str, Iterable[str]]) -> dict[str, float]:
        """Probability of each class of an item, from the labels that each annotator gave it.

        Annotators who gave none said "no span"; those who did not see the document must not be in
        ``given``. Annotators and labels that the estimate does not know count for nothing.
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
    """Estimate from documents that several annotated; those with one version say nothing.

    Args:
        documents: for each document, its versions by annotator.
        smoothing: added to every count of the annotators' tables, so that what never happened in a
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
    """The algorithm itself.

    Args:
        counts: items by annotators by classes: how often the annotator gave the item the class.
        smoothing: added to every cell of the annotators' tables.
        rounds: at most.
        tolerance: it ends when no probability of a class changes by more.

    Returns:
        Probability of each class of each item; share of each class; table of each annotator (true
        class by given class); rounds taken.
    """
    votes = counts.sum(axis=1)
    truth = votes / np.maximum(votes.sum(axis=1, keepdims=True), 1)
    done, moved = 0, 1.0
    while done < rounds and moved > tolerance:
        done += 1
        prior = truth.mean(axis=0)
        tables = np.einsum("ij,ikl->kjl", truth, counts) + smoothing
        tables /= np.maximum(tables.sum(axis=2, keepdims=True), _TINY)
        logs = np.log(np.maximum(prior, _TINY)) + np.einsum(
            "ikl,kjl->ij", counts, np.log(np.maximum(tables, _TINY))
        )
        fresh = np.exp(logs - logs.max(axis=1, keepdims=True))
        fresh /= fresh.sum(axis=1, keepdims=True)
        moved = float(np.abs(fresh - truth).max())
        truth = fresh
    return truth, prior, tables, done


def _items(versions: Versions) -> list[dict[str, tuple[str, ...]]]:
    """For each range that somebody marked, what each annotator gave it."""
    marks = sorted(
        (span.start, span.end, name, span.label)
        for name, annotation in versions.items()
        for span in annotation.spans
    )
    found = []
    for _, group in groupby(marks, key=lambda mark: mark[:2]):
        given: dict[str, tuple[str, ...]] = dict.fromkeys(versions, ())
        for _, _, name, label in group:
            given[name] = (*given[name], label)
        found.append({name: labels or (NONE,) for name, labels in given.items()})
    return found
