"""Which exports may have other ids than the server's own."""

from __future__ import annotations

import json

import pytest

from curate.doccano.example_ids import ids_hidden


def lines(*ids: tuple[object, str]) -> list[bytes]:
    rows = ({"id": n, "text": "t", "label": [], "curate_id": key} for n, key in ids)
    return [json.dumps(row).encode() for row in rows]


@pytest.mark.parametrize(
    ("ids", "newest", "hidden"),
    [
        ([], None, False),
        ([(3, "a"), (5, "b"), (9, "")], 9, False),
        ([(3, ""), (5, ""), (9, "")], 9, False),
        ([(3, "a"), (5, "b"), (3, "c")], 6, True),  # the ids of an older export
        ([(3, "a"), (5, "b"), (8, "a")], 8, True),  # a copy will be deleted: look twice
        ([(3, "a"), (5, "b")], 6, True),  # the newest has another id
        ([("x", "a")], 1, True),
        ([(float("nan"), "a")], 1, True),
    ],
)
def test_ids_that_may_be_others(ids, newest, hidden):
    assert ids_hidden(lines(*ids), newest) is hidden
