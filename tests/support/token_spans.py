"""Random token spans, for property tests of the audit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

LABELS = st.sampled_from(["A", "B"])


@st.composite
def token_spans(draw: Callable[..., Any], size: int = 12) -> list[tuple[int, int, str]]:
    """Spans of a text of ``size`` tokens that do not overlap."""
    ends = draw(st.lists(st.integers(0, size), unique=True, max_size=8).map(sorted))
    pairs = zip(ends[::2], ends[1::2], strict=False)
    return [(first, last, draw(LABELS)) for first, last in pairs]
