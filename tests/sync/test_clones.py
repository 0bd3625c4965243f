"""Two copies of one corpus without a shared store, and a copy that is older than the server."""

from __future__ import annotations

import shutil

import pytest
from support.sync_corpus import TEXT, gold, propose_and_confirm, spans_there

from curate.history.restore import restore
from curate.store.address import VARIABLE
from curate.sync.conflicts import list_conflicts
from curate.sync.run import sync
from curate.workspace import Workspace

pytestmark = [pytest.mark.server, pytest.mark.slow]

RUBIO, UKRAINE, KIEV, DATE = (0, 11, "PER"), (19, 26, "LOC"), (30, 34, "LOC"), (38, 44, "DATE")


@pytest.fixture
def confirmed(new_workspace, at_work):
    workspace = new_workspace()
    return workspace, *propose_and_confirm(workspace, at_work, TEXT, RUBIO, UKRAINE)


@pytest.fixture
def in_a_file(monkeypatch) -> None:
    """The store is in the workspace, so that it is copied with it, also where others are not."""
    monkeypatch.delenv(VARIABLE, raising=False)


def clone(workspace: Workspace, folder, store: bool = False) -> Workspace:
    """A copy of the folder, as git has it, or as a backup of it with the store has it."""
    ignored = None if store else shutil.ignore_patterns(".curate")
    shutil.copytree(workspace.root, folder, ignore=ignored)
    return Workspace(folder)


def confirm_again(*people) -> None:
    """The first takes the confirmation back, the last one confirms."""
    for person, number in people:
        person.confirm(number)


def test_two_clones_that_sync_in_turn_take_the_same_acts_once(confirmed, tmp_path, admin, at_work):
    mine, key, anna, number = confirmed
    other = clone(mine, tmp_path / "other")
    first = sync(other).outcome
    assert (first.revisions, first.conflicts, first.carried) == (0, 0, 0)
    bela = at_work(mine, "bela")
    bela.add(number, *KIEV)
    bela.remove(number, bela.spans(number)[1]["id"])
    confirm_again((anna, number), (bela, number))
    for workspace in (mine, other, mine, other):
        outcome = sync(workspace).outcome
        assert (outcome.conflicts, outcome.carried, outcome.server_changes) == (0, 0, ())
        assert gold(workspace, key) == {RUBIO: "model:test@1", KIEV: "annotator:bela"}
    # A deletion that nobody confirmed is known as an act too, as each clone sees its own stamps.
    bela.remove(number, bela.spans(number)[1]["id"])
    for workspace in (mine, other):
        assert sync(workspace).outcome.conflicts == 0
        assert set(gold(workspace, key)) == {RUBIO}


def test_a_workspace_that_is_older_than_the_server_takes_what_people_did_since(
    in_a_file, confirmed, tmp_path, admin, at_work
):
    mine, key, anna, number = confirmed
    older = clone(mine, tmp_path / "older", store=True)
    bela = at_work(mine, "bela")
    bela.add(number, *KIEV)
    bela.remove(number, bela.spans(number)[1]["id"])
    confirm_again((anna, number), (bela, number))
    sync(mine)
    outcome = sync(older).outcome
    assert (outcome.conflicts, outcome.carried, outcome.server_changes) == (0, 0, ())
    assert gold(older, key) == gold(mine, key) == {RUBIO: "model:test@1", KIEV: "annotator:bela"}
    assert spans_there(admin, mine, number) == [RUBIO, KIEV]


def test_a_clone_whose_gold_is_newer_than_doccano_carries_it_there(
    confirmed, tmp_path, admin, at_work
):
    """What the curator took out of the gold does not come back from Doccano."""
    mine, key, anna, number = confirmed
    anna.add(number, *DATE)
    confirm_again((anna, number), (anna, number))
    sync(mine)
    restore(mine, f"{key}@1")
    assert set(gold(mine, key)) == {RUBIO, UKRAINE}
    other = clone(mine, tmp_path / "other")
    outcome = sync(other).outcome
    assert [change.code for change in outcome.server_changes] == ["remote.older"]
    assert set(gold(other, key)) == {RUBIO, UKRAINE}
    assert spans_there(admin, mine, number) == [RUBIO, UKRAINE]
    assert list_conflicts(other) == []
    sync(mine)
    assert set(gold(mine, key)) == {RUBIO, UKRAINE}
