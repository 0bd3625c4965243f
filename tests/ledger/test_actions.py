"""The actions that annotations take, with and without a proposal."""

from __future__ import annotations

import pytest
from support.ledger_works import MODEL, PROPOSED, RESULT, layer, span

from curate.annotations.corrections import corrections
from curate.annotations.diff import compare
from curate.ledger import Effort, span_efforts


def efforts(proposed, result):
    before, after = layer("proposal", *proposed), layer("gold", *result)
    return list(span_efforts(corrections(compare(before, after), before.spans)))


def test_each_operation_takes_the_actions_of_the_table():
    by_kind = {s.correction.kind: (s.blank, s.corrected) for s in efforts(PROPOSED, RESULT)}
    key_and_drag = Effort(keys=1, clicks=0, drags=1)
    assert by_kind["accepted"] == (key_and_drag, Effort(keys=0, clicks=0, drags=0))
    assert by_kind["relabelled"] == (key_and_drag, Effort(keys=0, clicks=2, drags=0))
    assert by_kind["rejected"] == (
        Effort(keys=0, clicks=0, drags=0),
        Effort(keys=0, clicks=1, drags=0),
    )
    assert by_kind["moved"] == (key_and_drag, Effort(keys=1, clicks=1, drags=1))
    # The label of the span before is still ticked.
    assert by_kind["missed"] == (
        Effort(keys=0, clicks=0, drags=1),
        Effort(keys=0, clicks=0, drags=1),
    )


def test_a_label_s_key_is_pressed_where_the_label_changes():
    result = (span("Marie Dupont", "PER"), span("Ali", "PER"), span("Rabat", "LOC"))
    keys = [effort.blank.keys for effort in efforts((), result)]
    assert keys == [1, 1, 1]  # PER, LOC, PER: in the order of the text
    result = (span("Marie Dupont", "PER"), span("Ali", "PER"), span("Omar", "PER"))
    assert [effort.blank.keys for effort in efforts((), result)] == [1, 0, 0]


def test_a_replaced_span_is_deleted_and_marked_anew():
    (effort,) = efforts((span("Rabat avec", "ORG", by=MODEL),), (span("Rabat", "LOC"),))
    assert effort.correction.kind == "replaced"
    assert effort.corrected == Effort(keys=1, clicks=1, drags=1)


def test_seconds_are_those_of_the_keystroke_level_model():
    assert Effort(keys=1, clicks=0, drags=0).seconds == pytest.approx(0.28)
    assert Effort(keys=0, clicks=1, drags=0).seconds == pytest.approx(1.3)
    assert Effort(keys=1, clicks=1, drags=1).seconds == pytest.approx(0.28 + 1.3 + 2.4)
