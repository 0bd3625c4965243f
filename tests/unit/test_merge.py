"""The three-way merge: typed conflicts, and properties that hold for any annotation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.diff import common, compare
from curate.merge import merge, outstanding, settle
from curate.model import Annotation, Category, Relation, Span

PER, LOC, ORG = "PER", "LOC", "ORG"


def ann(*spans: tuple[int, int, str], relations=(), categories=()) -> Annotation:
    return Annotation(
        document="d",
        layer="gold",
        spans=tuple(Span(*span) for span in spans),
        relations=tuple(relations),
        categories=tuple(Category(name) for name in categories),
    ).sorted()


def keys(annotation: Annotation) -> set[tuple[int, int, str]]:
    return {span.key for span in annotation.spans}


edges = st.integers(0, 12)
spans = st.builds(
    lambda start, size, label: (start, start + size, label),
    edges,
    st.integers(1, 5),
    st.sampled_from([PER, LOC, ORG]),
)
annotations = st.lists(spans, max_size=6).map(lambda found: ann(*found))


@given(annotations)
def test_merging_what_nobody_changed_changes_nothing(base):
    merged = merge(base, base, base)
    assert merged.annotation == base
    assert not merged.conflicts


@given(annotations, annotations)
def test_a_change_on_one_side_is_taken(base, changed):
    assert keys(merge(base, changed, base).annotation) == keys(changed)
    assert keys(merge(base, base, changed).annotation) == keys(changed)
    assert not merge(base, base, changed).conflicts


@given(annotations, annotations)
def test_the_same_change_on_both_sides_is_one_change(base, changed):
    merged = merge(base, changed, changed)
    assert keys(merged.annotation) == keys(changed)
    assert not merged.conflicts


@given(annotations, annotations, annotations)
def test_without_conflict_the_sides_can_be_exchanged(base, ours, theirs):
    one, other = merge(base, ours, theirs), merge(base, theirs, ours)
    assert len(one.conflicts) == len(other.conflicts)
    if not one.conflicts:
        assert keys(one.annotation) == keys(other.annotation)


@given(annotations, annotations, annotations)
def test_no_span_vanishes_that_nobody_deleted(base, ours, theirs):
    merged = merge(base, ours, theirs)
    kept = keys(merged.annotation)
    for conflict in merged.conflicts:
        kept |= {span.key for span in (*conflict.ours, *conflict.theirs)}
    deleted = (keys(base) - keys(ours)) | (keys(base) - keys(theirs))
    assert (keys(ours) | keys(theirs)) - deleted <= kept


@given(annotations, annotations, annotations)
def test_no_span_comes_from_nowhere(base, ours, theirs):
    assert keys(merge(base, ours, theirs).annotation) <= keys(ours) | keys(theirs)


@given(annotations, annotations)
def test_every_span_of_a_comparison_is_counted_once(before, after):
    found = compare(before, after)
    counts = found.counts
    paired = sum(counts[kind] for kind in ("kept", "relabelled", "moved", "replaced"))
    assert paired + counts["removed"] == len(before.spans)
    assert paired + counts["added"] == len(after.spans)


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "kind"),
    [
        (ann((0, 5, PER)), ann((0, 5, LOC)), ann((0, 5, ORG)), "relabel"),
        (ann((0, 5, PER)), ann((0, 4, PER)), ann((0, 6, PER)), "boundary"),
        (ann((0, 5, PER)), ann(), ann((0, 5, LOC)), "delete-edit"),
        (ann((0, 5, PER)), ann((1, 5, PER)), ann(), "delete-edit"),
        (ann(), ann((0, 5, PER)), ann((3, 8, LOC)), "add-add"),
    ],
)
def test_a_region_both_sides_changed_is_a_conflict_and_keeps_ours(base, ours, theirs, kind):
    merged = merge(base, ours, theirs)
    assert [conflict.kind for conflict in merged.conflicts] == [kind]
    assert keys(merged.annotation) == keys(ours)
    conflict = merged.conflicts[0]
    assert {span.key for span in conflict.theirs} == keys(theirs)


def test_changes_in_different_places_are_both_taken():
    base = ann((0, 5, PER), (10, 15, LOC))
    merged = merge(base, ann((0, 5, ORG), (10, 15, LOC)), ann((0, 5, PER), (10, 16, LOC)))
    assert keys(merged.annotation) == {(0, 5, ORG), (10, 16, LOC)}
    assert not merged.conflicts


def test_gold_keeps_its_provenance_and_a_new_span_brings_its_own():
    base = ann((0, 5, PER))
    ours = Annotation(document="d", layer="gold", spans=(Span(0, 5, PER, by="model:m@1"),))
    new = Span(7, 9, LOC, by="annotator:anna", at="2026-01-01T00:00:00Z")
    theirs = Annotation(document="d", layer="remote", spans=(Span(0, 5, PER), new))
    merged = merge(base, ours, theirs).annotation
    assert merged.spans == (Span(0, 5, PER, by="model:m@1"), new)


def test_relations_follow_their_spans_and_categories_merge_as_sets():
    head, tail = (0, 5, PER), (7, 9, LOC)
    arrow = Relation(head, tail, "born in")
    base = ann(head, tail, relations=[arrow], categories=["politics"])
    ours = ann(head, tail, relations=[arrow], categories=["politics", "war"])
    merged = merge(base, ours, ann(head, tail, categories=["politics"]))
    assert merged.annotation.relations == ()
    assert [category.label for category in merged.annotation.categories] == ["politics", "war"]


def test_a_relation_whose_end_went_is_a_conflict_and_not_dropped():
    head, tail = (0, 5, PER), (7, 9, LOC)
    arrow = Relation(head, tail, "born in")
    base = ann(head, tail)
    merged = merge(base, ann(head, tail, relations=[arrow]), ann(head))
    assert [conflict.kind for conflict in merged.conflicts] == ["relation"]
    assert merged.conflicts[0].relation == arrow


RELABEL = (ann((0, 5, PER)), ann((0, 5, LOC)), ann((0, 5, ORG)))


@pytest.mark.parametrize(("take", "label"), [("ours", LOC), ("theirs", ORG), ("base", PER)])
def test_a_conflict_is_settled_by_taking_a_side(take, label):
    merged = merge(*RELABEL)
    assert keys(settle(merged.annotation, merged.conflicts[0], take)) == {(0, 5, label)}


@given(annotations, annotations, annotations)
def test_taking_a_side_everywhere_gives_that_side_where_they_fought(base, ours, theirs):
    merged = merge(base, ours, theirs)
    settled = merged.annotation
    for conflict in merged.conflicts:
        settled = settle(settled, conflict, "theirs")
        assert {span.key for span in conflict.theirs} <= keys(settled)


def test_an_old_conflict_stays_open_until_somebody_settles_it():
    base, ours, theirs = RELABEL
    (old,) = merge(base, ours, theirs).conflicts
    assert outstanding([old], [], ours, theirs) == (old,)
    assert outstanding([old], [], ours, ours) == ()
    (new,) = merge(theirs, ours, ann((0, 6, ORG))).conflicts
    assert outstanding([old], [new], ours, ann((0, 6, ORG))) == (new,)


def test_kinds_of_change():
    before = ann((0, 5, PER), (10, 15, LOC), (20, 25, ORG), (30, 35, PER), (40, 45, PER))
    after = ann((0, 5, LOC), (10, 16, LOC), (20, 26, PER), (30, 35, PER), (50, 55, PER))
    assert compare(before, after).counts == {
        "kept": 1,
        "relabelled": 1,
        "moved": 1,
        "replaced": 1,
        "added": 1,
        "removed": 1,
    }


def test_what_two_annotations_have_in_common():
    assert keys(common(ann((0, 5, PER), (7, 9, LOC)), ann((0, 5, PER)))) == {(0, 5, PER)}
