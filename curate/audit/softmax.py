"""A multinomial logistic regression over sparse binary features, trained online.

The weights are learned by stochastic gradient descent with a step size of its own for every
feature, which shrinks with the sum of its squared gradients (after AdaGrad: Duchi, Hazan and Singer
2011, "Adaptive Subgradient Methods for Online Learning and Stochastic Optimization", JMLR 12; there
every weight has its own, which was slower and no better here). The L2 penalty of a weight is spread
over the occurrences of its feature, so that a row only touches the weights of its own features.

Numba compiles the loops. Importing this module imports it.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp, sqrt
from typing import TYPE_CHECKING, Any, TypeVar

import numba
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

EPOCHS = 3
RATE = 0.5
PENALTY = 1.0  # of a weight over all occurrences of its feature
_SMALL = 1e-6  # keeps the first step of a feature finite
_Function = TypeVar("_Function", bound=Callable[..., Any])


def predict_held_out(
    columns: NDArray[Any],
    given: NDArray[Any],
    held_out: NDArray[Any],
    classes: int,
    seed: int,
    epochs: int = EPOCHS,
) -> NDArray[Any]:
    """The probabilities of some rows, by a model that was trained on all the others.

    The interpreter lock is free meanwhile, so that several can be trained in threads.

    Args:
        columns: the columns that are 1, rows by features, -1 where a row has fewer.
        given: class of each row.
        held_out: whether each row is left out of the training, and predicted.
        classes: number of classes.
        seed: random seed of the order of training.
        epochs: how often each row is trained on.

    Returns:
        A row for each one that is held out, a column for each class.
    """
    rows = np.flatnonzero(~held_out)
    width = int(columns.max(initial=0)) + 1
    used = columns[rows]
    occurrences = np.bincount(used[used >= 0], minlength=width)
    penalties = (PENALTY / np.maximum(occurrences, 1)).astype(np.float32)
    weights = np.zeros((width, classes), dtype=np.float32)
    squares = np.full(width, _SMALL, dtype=np.float32)
    scratch = np.zeros(classes, dtype=np.float32)
    rng = np.random.default_rng(seed)
    for _ in range(epochs):
        rng.shuffle(rows)
        _train(columns, given, rows, penalties, weights, squares, scratch, np.float32(RATE))
    probabilities = np.zeros((int(held_out.sum()), classes), dtype=np.float32)
    _predict(columns, np.flatnonzero(held_out), weights, probabilities)
    return probabilities


def _compiled(function: _Function) -> _Function:
    """Compile a function; what was compiled is kept where there is a place for it."""
    try:
        return numba.njit(nogil=True, fastmath=True, cache=True)(function)  # type: ignore[no-any-return]
    except RuntimeError:  # neither the folder of this file nor that of the user can be written
        return numba.njit(nogil=True, fastmath=True)(function)  # type: ignore[no-any-return]


@_compiled
def _add_weights(columns: Any, weights: Any, total: Any) -> None:
    """The probabilities of the classes of one row, from the weights of its columns."""
    classes = len(total)
    for k in range(classes):
        total[k] = 0
    for column in columns:
        if column >= 0:
            for k in range(classes):
                total[k] += weights[column, k]
    highest = total.max()
    for k in range(classes):
        total[k] = exp(total[k] - highest)
    scale = total.sum()
    for k in range(classes):
        total[k] /= scale


@_compiled
def _train(
    columns: Any,
    given: Any,
    rows: Any,
    penalties: Any,
    weights: Any,
    squares: Any,
    errors: Any,
    rate: Any,
) -> None:
    """One epoch, in place; ``errors`` has room for a number of each class."""
    classes = len(errors)
    for row in rows:
        _add_weights(columns[row], weights, errors)
        errors[given[row]] -= 1
        for column in columns[row]:
            if column >= 0:
                penalty = penalties[column]
                total = squares[column]
                for k in range(classes):
                    gradient = errors[k] + penalty * weights[column, k]
                    total += gradient * gradient
                squares[column] = total
                step = rate / sqrt(total)
                for k in range(classes):
                    weights[column, k] -= step * (errors[k] + penalty * weights[column, k])


@_compiled
def _predict(columns: Any, rows: Any, weights: Any, probabilities: Any) -> None:
    for number, row in enumerate(rows):
        _add_weights(columns[row], weights, probabilities[number])
