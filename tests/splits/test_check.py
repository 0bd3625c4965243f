"""Checking splits: linked documents in different splits, and moved test documents."""

from __future__ import annotations

import pytest
from support.split_items import name, release

from curate.splits import SharedPassage, split_problems
from curate.splits.leakage import COMMON


def test_sound_splits_and_no_splits_have_no_problems():
    splits = {name(0): "train", name(1): "test"}
    links = {"duplicates": {name(0): "a", name(1): "b"}, "revisions": {}, "together": {}}
    releases = [release("1.0.0", train=(name(0),), test=(name(1),))]
    assert split_problems(splits, splits.keys(), links, releases) == ()
    assert split_problems({}, [name(0)], links) == ()


@pytest.mark.parametrize(
    ("kind", "severity"), [("duplicates", "error"), ("revisions", "error"), ("together", "warning")]
)
def test_a_group_in_two_splits_is_found(kind, severity):
    splits = {name(0): "train", name(1): "test", name(2): "test", name(3): "train"}
    links = {kind: dict.fromkeys((name(0), name(1)), "a")}
    (problem,) = split_problems(splits, splits.keys(), links)
    assert (problem.code, problem.severity, problem.document) == (
        f"split.{kind}",
        severity,
        name(0),
    )
    assert problem.hint == f"`curate split --move {name(0)}=test`"
    assert split_problems(splits, [name(1), name(2)], links) == ()  # one of the two has no gold


def test_moved_lost_and_unassigned_documents_are_found():
    splits = {name(0): "train", name(3): "test"}
    releases = [release("1.0.0", train=(name(3),), test=(name(0), name(1)))]
    problems = split_problems(splits, [name(0), name(2), name(3)], {}, releases)
    assert [(p.code, p.severity, p.document) for p in problems] == [
        ("split.frozen", "error", name(0)),
        ("split.frozen", "error", name(1)),
        ("split.seen", "warning", name(3)),
        ("split.unassigned", "warning", name(2)),
    ]


def test_a_passage_between_train_and_test_is_an_error_and_its_hint_moves_into_test():
    splits = {"a": "train", "b": "test", "c": "dev"}
    passages = [
        SharedPassage(document="b", other="a", start=3, end=90, words=51),
        SharedPassage(document="a", other="c", start=3, end=90, words=51, documents=4),
        SharedPassage(document="a", other="b", start=3, end=90, words=51, documents=COMMON + 1),
        SharedPassage(document="a", other="gone", start=3, end=90, words=51),
    ]
    problems = split_problems(splits, ["a", "b", "c"], {}, (), passages)
    assert [(p.severity, p.document) for p in problems] == [
        ("error", "b"),
        ("warning", "a"),
        ("warning", "a"),
    ]
    assert {p.code for p in problems} == {"split.passage"}
    assert problems[0].hint.startswith("`curate split --move a=test`")
    assert "4 documents" in problems[1].message
