"""Strategies: what they refuse."""

from __future__ import annotations

import pytest

from curate.agreement import by_role, reliability, weighted
from curate.errors import InputError


def test_an_unknown_role_is_refused():
    with pytest.raises(InputError, match="no such role: boss; give one of curator"):
        by_role({"anna": "boss"}, ("curator",))


def test_a_confidence_out_of_range_is_refused():
    with pytest.raises(InputError, match="a confidence of 0.5"):
        weighted(reliability([]), 0.5)
