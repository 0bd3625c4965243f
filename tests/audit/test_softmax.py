"""The model that is trained online, compared with scikit-learn's logistic regression."""

from __future__ import annotations

import numpy as np
from sklearn.linear_model import LogisticRegression

from curate.audit.softmax import predict_held_out


def noisy_rows(rows=600, features=40, classes=3, seed=0):
    """Rows of five features, and classes drawn by the weights of their features."""
    rng = np.random.default_rng(seed)
    columns = np.stack([rng.permutation(features)[:5] for _ in range(rows)]).astype(np.int32)
    weights = rng.normal(0, 1.5, (features, classes))
    logits = weights[columns].sum(axis=1)
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return columns, np.array([rng.choice(classes, p=row) for row in probabilities])


def test_probabilities_are_nearly_those_of_a_logistic_regression():
    columns, given = noisy_rows()
    held_out = np.arange(len(given)) % 3 == 0
    ours = predict_held_out(columns, given, held_out, 3, seed=0, epochs=30)
    assert np.allclose(ours.sum(axis=1), 1, atol=1e-5)
    dense = np.zeros((len(given), 40))
    np.put_along_axis(dense, columns, 1, axis=1)
    model = LogisticRegression(max_iter=1000).fit(dense[~held_out], given[~held_out])
    assert np.abs(ours - model.predict_proba(dense[held_out])).mean() < 0.05


def test_rows_that_are_held_out_teach_nothing():
    columns, given = noisy_rows()
    held_out = np.arange(len(given)) % 2 == 0
    other = np.where(held_out, (given + 1) % 3, given)
    first, second = (predict_held_out(columns, it, held_out, 3, seed=1) for it in (given, other))
    assert np.array_equal(first, second)


def test_a_class_that_was_never_seen_and_rows_without_features():
    columns = np.array([[0, -1], [0, -1], [-1, -1], [1, 0]], dtype=np.int32)
    held_out = np.array([False, False, True, True])
    rows = predict_held_out(columns, np.array([0, 0, 2, 1]), held_out, 3, seed=0)
    assert np.allclose(rows[0], 1 / 3)
    assert rows[1].argmax() == 0 and np.isfinite(rows).all()
