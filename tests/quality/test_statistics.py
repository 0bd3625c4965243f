"""The statistics, against those of SciPy."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

COUNTS = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=8).filter(
    lambda pairs: sum(a for a, _ in pairs) and sum(b for _, b in pairs)
)


@given(COUNTS)
def test_the_divergence_is_that_of_scipy(pairs):
    import numpy as np
    from scipy.spatial.distance import jensenshannon

    from curate.quality.statistics import divergence

    now, before = (np.array(side) for side in zip(*pairs, strict=True))
    assert divergence(now, before) == pytest.approx(
        jensenshannon(now, before, base=2) ** 2, abs=1e-7
    )
    assert divergence(now, before) == pytest.approx(divergence(before, now))
