"""Features of tokens."""

from __future__ import annotations

import numpy as np

from curate.audit.features import feature_matrix
from curate.audit.tokens import tokenise_text


def test_features_that_only_one_piece_has_are_left_out():
    texts = [tokenise_text("un chat"), tokenise_text("un chien")]
    table = feature_matrix(texts, [range(2), range(2, 4)])
    assert table.shape[0] == 4
    in_both = np.asarray((table[:2].sum(axis=0) > 0) & (table[2:].sum(axis=0) > 0))
    assert in_both.all()
