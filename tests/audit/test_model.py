"""The method model: confident learning with cross-validation."""

from __future__ import annotations

import pytest
from support.audit_corpus import ERRORS, annotated, in_code_points, tokenised

from curate.audit.folds import is_trainable
from curate.audit.model import model_signals
from curate.util.progress import silent


@pytest.mark.parametrize("plant", ERRORS)
def test_the_model_alone_finds_the_error(plant):
    pairs, error = plant()
    corpus = tokenised(pairs)
    signals = sorted(model_signals(corpus, 0, silent), key=lambda signal: -signal.score)
    assert in_code_points(corpus, signals)[0] == error
    assert signals[0].confident


def test_too_little_gold_to_train_on_gives_no_signals():
    corpus = tokenised([annotated("Lyon", (0, 4, "LOC"))])
    assert not is_trainable(corpus)
    assert list(model_signals(corpus, 0, silent)) == []
