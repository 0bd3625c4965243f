"""Comparing annotations: half-way changes, imports that stopped, what changed in words."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from curate.annotations.diff import describe_changes, is_between, is_partial_import, span_moves
from curate.model import Annotation, Category, Relation, Span

A, B, C = (0, 5, "PER"), (7, 9, "LOC"), (12, 15, "ORG")
A_ = (0, 5, "ORG")


def ann(*spans: tuple[int, int, str], relations=(), categories=()) -> Annotation:
    return Annotation(
        document="d",
        layer="remote",
        spans=tuple(Span(*span) for span in spans),
        relations=tuple(Relation(*relation) for relation in relations),
        categories=tuple(Category(label) for label in categories),
    ).sorted()


BEFORE = ann(A, B, relations=[(A, B, "r")], categories=["sport"])
AFTER = ann(A_, C, relations=[(A_, C, "s")], categories=["politics"])


def test_a_change_left_anywhere_between_is_known():
    steps = [
        BEFORE,
        ann(A, B, categories=["sport"]),  # relations go first,
        ann(A, categories=["sport"]),  # then spans,
        ann(A_, categories=["sport"]),
        ann(A_, C, categories=["sport"]),
        ann(A_, C, relations=[(A_, C, "s")], categories=["sport"]),  # relations come back,
        ann(A_, C, relations=[(A_, C, "s")]),  # and categories are last
        AFTER,
    ]
    assert all(is_between(step, BEFORE, AFTER) for step in steps)


def test_a_relation_whose_span_was_changed_already_is_between():
    after = ann(A_, B, relations=[(A_, B, "r"), (B, A_, "s")])
    assert is_between(ann(A_, B, relations=[(A_, B, "r")]), BEFORE, after)


def test_what_a_person_did_is_not_between():
    for more in (
        ann(A, B, (20, 22, "PER")),
        ann(A, B, relations=[(B, A, "r")]),
        ann(A, B, relations=[(A, B, "t")]),
        ann(A, B, categories=["war"]),
    ):
        assert not is_between(more, BEFORE, AFTER)


@given(st.sets(st.sampled_from(["spans", "relations", "categories"])))
def test_an_import_that_stopped_lacks_whole_kinds(kept):
    parts = {
        "relations": [(A, B, "r")] if {"relations", "spans"} <= kept else [],
        "categories": ["sport"] if "categories" in kept else [],
    }
    there = ann(*((A, B) if "spans" in kept else ()), **parts)
    assert is_partial_import(BEFORE, there) == (there != BEFORE)


def test_work_of_a_person_is_no_import_that_stopped():
    assert not is_partial_import(BEFORE, BEFORE)
    assert not is_partial_import(BEFORE, ann(A, relations=[], categories=["sport"]))
    assert not is_partial_import(BEFORE, ann(A, B, relations=[(B, A, "r")], categories=["sport"]))
    assert not is_partial_import(BEFORE, ann(A, B, categories=["sport", "politics"]))
    assert not is_partial_import(ann(A), ann(A, categories=["sport"]))


def test_what_changed_in_words():
    assert describe_changes(ann(), ann()) == ""
    assert describe_changes(BEFORE, AFTER) == (
        "1 relabelled, 1 added, 1 removed, 1 relation added, 1 relation removed, "
        "1 category added, 1 category removed"
    )
    followed = ann(A_, B, relations=[(A_, B, "r")], categories=["sport"])
    assert describe_changes(BEFORE, followed) == "1 kept, 1 relabelled"
    assert span_moves(BEFORE, followed) == {A: A_}
