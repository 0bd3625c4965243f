"""Clocks that are hours apart, or that go back, and what a policy overrules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from support.shifted_clock import ShiftedClock
from support.sync_corpus import TEXT, gold, propose_and_confirm, spans_there

from curate.doccano.credentials import URL
from curate.history.restore import restore
from curate.sync.run import sync
from curate.sync.status import status
from curate.workspace import Workspace

pytestmark = [pytest.mark.server, pytest.mark.slow]

RUBIO, UKRAINE, KIEV = (0, 11, "PER"), (19, 26, "LOC"), (30, 34, "LOC")
HOURS = 2 * 3600


@pytest.fixture
def clock(request) -> ShiftedClock:
    """The server's clock: right, or as the test says."""
    return ShiftedClock(getattr(request, "param", 0))


@pytest.fixture
def changed_once(new_workspace, at_work, admin, clock, monkeypatch):
    """Gold in which a label was changed once, and the policy ``prefer-newest``."""
    with clock.seen_at(admin.url) as address:
        workspace = new_workspace()
        monkeypatch.setenv(URL, address)
        yield change_once(workspace, at_work)


def change_once(workspace: Workspace, at_work):
    path = workspace.root / "curate.toml"
    text = path.read_text("utf-8").replace('policy = "ask"', 'policy = "prefer-newest"')
    path.write_text(text, encoding="utf-8")
    workspace = Workspace(workspace.root)
    key, anna, number = propose_and_confirm(workspace, at_work, TEXT, RUBIO, UKRAINE)
    relabel(anna, number, "ORG")
    sync(workspace)
    return workspace, key, anna, number


def relabel(anna, number: int, label: str) -> None:
    span = next(row for row in anna.spans(number) if row["start_offset"] == 19)
    anna.change(number, span["id"], label=label)
    anna.confirm(number)  # takes the confirmation back
    anna.confirm(number)


def labels(workspace: Workspace, key: str) -> list[str]:
    """The label in this place in each revision, the oldest first."""
    with workspace.store.begin() as tx:
        revisions = reversed(tx.revisions(key))
        return [next(s.label for s in each.spans if s.start == 19) for each in revisions]


@pytest.mark.parametrize("clock", [HOURS, -HOURS], indirect=True)
def test_the_later_version_wins_however_wrong_the_servers_clock_is(changed_once):
    workspace, key, anna, number = changed_once
    restore(workspace, f"{key}@1")
    relabel(anna, number, "MISC")  # later than the curator's
    assert sync(workspace).outcome.decided == {"doccano": 1}
    assert labels(workspace, key) == ["LOC", "ORG", "LOC", "MISC"]


@pytest.mark.parametrize("clock", [HOURS, -HOURS], indirect=True)
def test_what_was_overruled_can_be_restored(changed_once, admin):
    workspace, key, anna, number = changed_once
    relabel(anna, number, "MISC")
    status(workspace)  # takes longer than the second to which times are kept
    status(workspace)
    restore(workspace, f"{key}@1")
    done = sync(workspace).outcome
    assert labels(workspace, key) == ["LOC", "ORG", "LOC", "MISC", "LOC"]
    assert (done.revisions, done.decided) == (2, {"gold": 1})
    assert spans_there(admin, workspace, number) == [RUBIO, UKRAINE]
    with workspace.store.begin() as tx:
        last, overruled = tx.revisions(key)[:2]
    assert (last.author[:8], overruled.author) == ("curator:", "annotator:anna")
    assert sync(workspace).outcome.revisions == 0
    restore(workspace, f"{key}@{overruled.number}")
    sync(workspace)
    assert set(gold(workspace, key)) == {RUBIO, (19, 26, "MISC")}
    assert spans_there(admin, workspace, number) == [RUBIO, (19, 26, "MISC")]


def set_seen_time(workspace: Workspace, **ahead: int) -> None:
    """Let the store have seen a later time on the server than it has now."""
    later = datetime.now(UTC).replace(tzinfo=None) + timedelta(**ahead)
    with workspace.store.begin() as tx:
        (remote,) = tx.remotes()
        state = tx.remote_state(remote.marker)
        time = later.isoformat(timespec="microseconds") + "Z"
        tx.put_remote_state(remote.marker, msgspec.structs.replace(state, server_time=time))


def test_a_clock_of_the_server_that_went_back_is_reported_and_acts_are_taken(changed_once):
    workspace, key, anna, number = changed_once
    set_seen_time(workspace, hours=3)
    relabel(anna, number, "MISC")
    anna.add(number, *KIEV)
    outcome = sync(workspace).outcome
    assert [problem.code for problem in outcome.problems] == ["remote.clock"]
    assert set(gold(workspace, key)) == {RUBIO, (19, 26, "MISC"), KIEV}
    assert sync(workspace).outcome.problems == ()


def test_without_stamp_and_clock_a_difference_is_a_conflict(changed_once, admin):
    """Somebody cleared the description, and the server's clock went back."""
    workspace, key, anna, number = changed_once
    set_seen_time(workspace, hours=3)
    project = admin.get(anna.resource).json()
    text = project["description"].partition(" sync:")[0]
    admin.patch(anna.resource, json={"resourcetype": project["resourcetype"], "description": text})
    before = gold(workspace, key)
    anna.remove(number, anna.spans(number)[0]["id"])
    anna.add(number, *KIEV)
    outcome = sync(workspace).outcome
    codes = {problem.code for problem in outcome.problems}
    assert codes == {"remote.clock", "remote.stamp", "remote.doubtful"}
    assert (outcome.conflicts, gold(workspace, key)) == (1, before)
    with workspace.store.begin() as tx:
        assert [conflict.kind for conflict in tx.conflicts_of(key)] == ["delete-edit", "add-add"]
