"""The fixed order of the layers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from curate.model import Span
from curate.preannotate.overlaps import resolve_overlaps

MODEL, RULES = "model:m@1", "rules:r@1"


def _keys(*spans: Span, overlap: bool = False) -> list[tuple[int, int, str]]:
    return [span.key for span in resolve_overlaps(spans, overlap=overlap)]


def test_a_sure_rule_beats_a_longer_model() -> None:
    """« ministre des Affaires étrangères de France », which the model calls an organisation."""
    org = Span(0, 42, "ORG", by=MODEL)
    role = Span(0, 32, "ROLE", by=RULES, score=0.9)
    france = Span(36, 42, "LOC", by=RULES, score=0.5)
    assert _keys(org, role, france) == [role.key, france.key]


def test_an_ordinary_rule_yields_to_a_longer_model() -> None:
    union = Span(0, 16, "ORG", by=MODEL)
    assert _keys(union, Span(6, 16, "NORP", by=RULES, score=0.5)) == [union.key]


def test_an_ordinary_rule_beats_a_shorter_or_equal_model() -> None:
    rule = Span(0, 12, "LOC", by=RULES, score=0.5)
    assert _keys(Span(0, 12, "AAA", by=MODEL), rule) == [rule.key]
    assert _keys(Span(0, 5, "MISC", by=MODEL), rule) == [rule.key]


def test_a_weak_rule_yields_to_any_model() -> None:
    model = Span(3, 5, "PER", by=MODEL)
    assert _keys(Span(0, 12, "LOC", by=RULES, score=0.3), model) == [model.key]


def test_where_spans_may_overlap_each_key_is_kept_once() -> None:
    inner, outer = Span(3, 5, "PER", by=MODEL), Span(0, 9, "ORG", by=MODEL)
    assert _keys(inner, outer, inner, overlap=True) == [outer.key, inner.key]


SPANS = st.lists(
    st.builds(
        lambda start, length, label, by, score: Span(start, start + length, label, by, "", score),
        st.integers(0, 30),
        st.integers(1, 9),
        st.sampled_from("AB"),
        st.sampled_from([MODEL, RULES]),
        st.sampled_from([None, 0.3, 0.5, 0.9]),
    ),
    max_size=15,
)


@given(SPANS)
def test_the_proposal_is_flat_full_and_deterministic(spans: list[Span]) -> None:
    kept = resolve_overlaps(spans, overlap=False)
    assert all(a.end <= b.start for a, b in zip(kept, kept[1:], strict=False))
    assert all(any(span.overlaps(k) for k in kept) for span in spans)
    assert [s.key for s in resolve_overlaps(reversed(spans), overlap=False)] == [
        s.key for s in kept
    ]
    assert resolve_overlaps(kept, overlap=False) == kept
