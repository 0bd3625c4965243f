"""The comparison itself: what it calls lost, duplicated and different."""

from __future__ import annotations

from collections import Counter

import pytest
from support.faults.truth import Facts, compare

pytestmark = pytest.mark.faults

SPAN, OTHER = ("span", "d", 0, 4, "PER"), ("span", "d", 5, 9, "LOC")
CLEAN: Facts = Counter({(SPAN, "anna"): 1})


@pytest.mark.parametrize(
    ("facts", "counts"),
    [
        ({(SPAN, "anna"): 1}, (0, 0, 0)),
        ({}, (1, 0, 0)),
        ({(SPAN, "anna"): 2}, (0, 1, 0)),
        ({(SPAN, "anna"): 1, (SPAN, "bela"): 1}, (0, 1, 0)),
        ({(SPAN, "bela"): 1}, (0, 0, 1)),
        ({(SPAN, "anna"): 1, (OTHER, "anna"): 1}, (0, 0, 1)),
        ({(OTHER, "anna"): 1}, (1, 0, 1)),
    ],
)
def test_what_is_lost_duplicated_and_different(facts, counts):
    found = compare(CLEAN, Counter(facts))
    assert (len(found.lost), len(found.duplicated), len(found.different)) == counts
    assert bool(found) == (sum(counts) > 0) == bool(found.lines())
