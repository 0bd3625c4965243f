"""What was restored reaches the real Doccano with the next sync."""

from __future__ import annotations

import pytest
from support.sync_corpus import TEXT, gold, propose

from curate.history.blame import blame_span
from curate.history.restore import restore
from curate.sync.run import sync
from curate.sync.status import status

pytestmark = pytest.mark.server


def test_a_restored_revision_is_carried_to_doccano_and_stays(new_workspace, at_work):
    workspace = new_workspace()
    key = propose(workspace, TEXT, (0, 11, "PER"), (19, 26, "LOC"))
    sync(workspace)
    anna = at_work(workspace)
    number = anna.examples()[0]["id"]
    anna.confirm(number)
    sync(workspace)
    (place,) = (s["id"] for s in anna.spans(number) if s["start_offset"] == 19)
    anna.change(number, place, label="ORG")
    anna.add(number, 30, 34, "LOC")
    sync(workspace)
    assert set(gold(workspace, key)) == {(0, 11, "PER"), (19, 26, "ORG"), (30, 34, "LOC")}

    (made,) = restore(workspace, f"{key}@1").revisions
    assert (made.number, made.author) == (3, "curator:curator")
    assert status(workspace).states == {"ahead": 1}
    sync(workspace)
    names = {value: label for label, value in anna.label_ids.items()}
    there = {(s["start_offset"], s["end_offset"], names[s["label"]]) for s in anna.spans(number)}
    assert there == set(gold(workspace, key)) == {(0, 11, "PER"), (19, 26, "LOC")}
    assert sync(workspace).outcome.revisions == 0
    (told,) = blame_span(workspace, key, 19, 26, "LOC")
    assert [event.kind for event in told.events][:2] == ["restored", "added"]
