"""The three-way merge: typed conflicts, and properties that hold for any annotation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.annotations.diff import common_part, compare, follow_spans, span_moves
from curate.annotations.merge import merge, open_conflicts, settle_conflict
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
    linked = ann(head, tail, relations=[arrow])
    ours = merge(base, linked, ann(head))
    assert ours.annotation == linked  # gold keeps its side
    theirs = merge(base, ann(head), linked)
    assert theirs.annotation == ann(head)
    for merged, side in ((ours, "ours"), (theirs, "theirs")):
        (conflict,) = merged.conflicts
        assert conflict.kind == "relation"
        assert conflict.version(side) == (Span(*tail), arrow)
        assert settle_conflict(merged.annotation, conflict, side) == linked
        other = "theirs" if side == "ours" else "ours"
        assert settle_conflict(merged.annotation, conflict, other) == ann(head)
        assert open_conflicts(
            [conflict], [], merged.annotation, ann(head) if side == "ours" else linked
        )
        assert not open_conflicts([conflict], [], linked, linked)


A, B, A_, B_ = (0, 5, PER), (7, 9, LOC), (0, 5, ORG), (6, 9, LOC)


def test_a_relation_put_here_follows_a_span_that_was_changed_there():
    arrow = Relation(A, B, "born in")
    merged = merge(ann(A, B), ann(A, B, relations=[arrow]), ann(A_, B_))
    assert not merged.conflicts
    assert merged.annotation == ann(A_, B_, relations=[Relation(A_, B_, "born in")])


def test_a_relation_is_the_same_though_both_sides_moved_its_ends():
    base = ann(A, B, relations=[Relation(A, B, "born in")])
    ours = ann(A_, B, relations=[Relation(A_, B, "born in")])
    theirs = ann(A, B_, relations=[Relation(A, B_, "born in")])
    merged = merge(base, ours, theirs)
    assert not merged.conflicts
    assert merged.annotation == ann(A_, B_, relations=[Relation(A_, B_, "born in")])


@pytest.mark.parametrize(
    ("ours", "theirs", "labels", "kinds"),
    [
        (["B"], ["C"], ["B"], ["relation"]),  # relabelled here and there
        ([], ["C"], [], ["relation"]),  # deleted here, relabelled there
        (["B"], ["B"], ["B"], []),
        (["A", "B"], ["A", "C"], ["A", "B", "C"], []),
        ([], ["A", "C"], ["C"], []),
        (["A"], ["C"], ["C"], []),
    ],
)
def test_relations_between_the_same_spans(ours, theirs, labels, kinds):
    base, mine, there = (
        ann(A, B, relations=[Relation(A, B, label) for label in side])
        for side in (["A"], ours, theirs)
    )
    merged = merge(base, mine, there)
    assert [relation.label for relation in merged.annotation.relations] == labels
    assert [conflict.kind for conflict in merged.conflicts] == kinds
    for conflict in merged.conflicts:
        assert settle_conflict(merged.annotation, conflict, "theirs") == there
        assert open_conflicts([conflict], [], merged.annotation, there) == (conflict,)
        assert open_conflicts([conflict], [], there, there) == ()


def test_relations_that_hang_on_a_fought_span_are_settled_with_it():
    base = ann(A, B, relations=[Relation(A, B, "born in")])
    ours = ann((0, 5, LOC), B, relations=[Relation((0, 5, LOC), B, "born in")])
    theirs = ann(A_, B, relations=[Relation(A_, B, "born in"), Relation(B, A_, "of")])
    merged = merge(base, ours, theirs)
    (conflict,) = merged.conflicts
    assert conflict.kind == "relabel"
    assert settle_conflict(merged.annotation, conflict, "theirs") == theirs


def test_a_relation_changed_there_brings_back_its_span_that_was_deleted_here():
    base = ann(A, B, relations=[Relation(A, B, "born in")])
    theirs = ann(A, B, relations=[Relation(A, B, "died in")])
    merged = merge(base, ann(B), theirs)
    (conflict,) = merged.conflicts
    assert merged.annotation == ann(B)
    assert settle_conflict(merged.annotation, conflict, "theirs") == theirs


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "gold", "fought"),
    [
        ("a", "b", "c", "b", True),
        ("a", "b", "b", "b", False),
        ("a", "a", "c", "c", False),
        ("a", "", "c", "", True),
        ("", "b", "c", "b", True),
        ("a", "b", "a", "b", False),
    ],
)
def test_one_category_at_most_is_one_value(base, ours, theirs, gold, fought):
    sides = [ann(categories=side) for side in (base, ours, theirs)]
    merged = merge(*sides, exclusive=True)
    assert "".join(category.label for category in merged.annotation.categories) == gold
    assert [conflict.kind for conflict in merged.conflicts] == ["category"] * fought
    for conflict in merged.conflicts:
        assert settle_conflict(merged.annotation, conflict, "theirs") == sides[2]
        assert open_conflicts([conflict], [], merged.annotation, sides[2])
        assert not open_conflicts([conflict], [], sides[2], sides[2])


@st.composite
def linked(draw: st.DrawFn) -> Annotation:
    """An annotation with relations between its spans."""
    plain = draw(annotations)
    ends = [span.key for span in plain.spans]
    if not ends:
        return plain
    arrows = st.builds(
        Relation, st.sampled_from(ends), st.sampled_from(ends), st.sampled_from(["r", "s"])
    )
    return ann(*ends, relations=draw(st.lists(arrows, max_size=5)))


def arrows(annotation: Annotation) -> set:
    return {relation.key for relation in annotation.relations}


def home(base: Annotation, side: Annotation, relations) -> set:
    """Relations of a side, between the spans of the base that theirs came from."""
    came = {new: old for old, new in span_moves(base, side).items()}
    return {follow_spans(relation, came).key for relation in relations}


@given(linked(), linked())
def test_relations_that_one_side_changed_are_taken(base, changed):
    assert arrows(merge(base, base, base).annotation) == arrows(base)
    for merged in (
        merge(base, changed, base),
        merge(base, base, changed),
        merge(base, changed, changed),
    ):
        assert arrows(merged.annotation) == arrows(changed)
        assert not merged.conflicts


@given(linked(), linked(), linked())
def test_no_relation_vanishes_that_nobody_deleted(base, ours, theirs):
    merged = merge(base, ours, theirs)
    mine, there = home(base, ours, ours.relations), home(base, theirs, theirs.relations)
    deleted = (arrows(base) - mine) | (arrows(base) - there)
    stakes = [relation for c in merged.conflicts for side in c.links for relation in side.relations]
    kept = {
        (head, tail, relation.label)
        for relation in (*merged.annotation.relations, *stakes)
        for head in moved_back(base, (ours, theirs), relation.head)
        for tail in moved_back(base, (ours, theirs), relation.tail)
    }
    assert (mine | there) - deleted <= kept


def moved_back(base, sides, key) -> set:
    found = {key}
    for side in sides:
        found |= {old for old, new in span_moves(base, side).items() if new == key}
    return found


@given(linked(), linked(), linked(), st.sampled_from(["base", "ours", "theirs"]))
def test_no_relation_ever_dangles(base, ours, theirs, take):
    merged = merge(base, ours, theirs)
    found = merged.annotation
    for conflict in (None, *merged.conflicts):
        found = settle_conflict(found, conflict, take) if conflict else found
        ends = {end for relation in found.relations for end in (relation.head, relation.tail)}
        assert ends <= keys(found)


@given(linked(), linked(), linked())
def test_exchanging_the_sides_gives_the_same_relations_without_conflict(base, ours, theirs):
    one, other = merge(base, ours, theirs), merge(base, theirs, ours)
    if not one.conflicts and not other.conflicts:
        assert arrows(one.annotation) == arrows(other.annotation)


RELABEL = (ann((0, 5, PER)), ann((0, 5, LOC)), ann((0, 5, ORG)))


@pytest.mark.parametrize(("take", "label"), [("ours", LOC), ("theirs", ORG), ("base", PER)])
def test_a_conflict_is_settled_by_taking_a_side(take, label):
    merged = merge(*RELABEL)
    assert keys(settle_conflict(merged.annotation, merged.conflicts[0], take)) == {(0, 5, label)}


@given(annotations, annotations, annotations)
def test_taking_a_side_everywhere_gives_that_side_where_they_fought(base, ours, theirs):
    merged = merge(base, ours, theirs)
    settled = merged.annotation
    for conflict in merged.conflicts:
        settled = settle_conflict(settled, conflict, "theirs")
        assert {span.key for span in conflict.theirs} <= keys(settled)


def test_an_old_conflict_stays_open_until_somebody_settles_it():
    base, ours, theirs = RELABEL
    (old,) = merge(base, ours, theirs).conflicts
    assert open_conflicts([old], [], ours, theirs) == (old,)
    assert open_conflicts([old], [], ours, ours) == ()
    (new,) = merge(theirs, ours, ann((0, 6, ORG))).conflicts
    assert open_conflicts([old], [new], ours, ann((0, 6, ORG))) == (new,)


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
    assert keys(common_part(ann((0, 5, PER), (7, 9, LOC)), ann((0, 5, PER)))) == {(0, 5, PER)}
