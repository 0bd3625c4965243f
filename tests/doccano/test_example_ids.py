"""Which exports may have other numbers than the server's own; what a plan keeps of documents."""

from __future__ import annotations

import json

import pytest
from support.plan_sides import BASE, CHANGED, example, side

from curate.doccano.example_ids import ids_hidden
from curate.sync.plan import plan


def lines(*heads: tuple[object, str]) -> list[bytes]:
    rows = ({"id": n, "text": "t", "label": [], "curate_id": key} for n, key in heads)
    return [json.dumps(row).encode() for row in rows]


@pytest.mark.parametrize(
    ("heads", "last", "hidden"),
    [
        ([], None, False),
        ([(3, "a"), (5, "b"), (9, "")], 9, False),
        ([(3, ""), (5, ""), (9, "")], 9, False),
        ([(3, "a"), (5, "b"), (3, "c")], 6, True),  # the numbers of an older export
        ([(3, "a"), (5, "b"), (8, "a")], 8, True),  # a copy will be deleted: look twice
        ([(3, "a"), (5, "b")], 6, True),  # the newest has another number
        ([("x", "a")], 1, True),
        ([(float("nan"), "a")], 1, True),
    ],
)
def test_numbers_that_may_be_others(heads, last, hidden):
    assert ids_hidden(lines(*heads), last) is hidden


def test_a_plan_keeps_a_document_whole_only_where_it_differs():
    fresh = side(example=None)
    (same,) = plan({"d": fresh}, [example()]).arrived
    assert (same.content, same.annotation) == (BASE.content, None)
    (other,) = plan({"d": fresh}, [example(CHANGED)]).arrived
    assert (other.content, other.annotation) == (CHANGED.content, CHANGED)


def test_a_plan_says_whether_a_document_to_take_was_changed():
    (agreed,) = plan({"d": side()}, [example(confirmed=True)]).pull
    (edited,) = plan({"d": side()}, [example(CHANGED, confirmed=True)]).pull
    (unknown,) = plan({"d": side(base="")}, [example(confirmed=True)]).pull
    assert (agreed.changed, edited.changed, unknown.changed) == (False, True, True)
