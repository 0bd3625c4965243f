"""Changes on both sides, and duplicates that a server holds, on the real server."""

from __future__ import annotations

import pytest
from support.cli import run_command
from support.sync_corpus import TEXT, edit_gold, gold, propose_and_confirm, spans_there

from curate.doccano.push import push
from curate.sync.conflicts import list_conflicts, resolve
from curate.sync.run import preview_sync, sync
from curate.sync.status import status
from curate.workspace import Workspace

pytestmark = pytest.mark.server

RUBIO = (0, 11, "PER")
UKRAINE = (19, 26, "LOC")
KIEV = (30, 34, "LOC")


@pytest.fixture
def confirmed(new_workspace, at_work):
    """A synced workspace with one confirmed document, its key, and anna at work on it."""
    workspace = new_workspace()
    return workspace, *propose_and_confirm(workspace, at_work, TEXT, RUBIO, UKRAINE)


def test_gold_that_changed_here_is_updated_in_doccano(confirmed, admin):
    workspace, key, _, number = confirmed
    edit_gold(workspace, key, (0, 5, "PER"), (19, 26, "ORG"), KIEV)
    assert status(workspace).states == {"ahead": 1}
    assert sync(workspace).outcome.carried == 1
    wanted = [(0, 5, "PER"), (19, 26, "ORG"), KIEV]
    assert spans_there(admin, workspace, number) == wanted
    assert status(workspace).states == {"gold": 1}
    assert sync(workspace).outcome.carried == 0


def test_an_update_that_was_interrupted_is_completed(confirmed, admin):
    workspace, key, anna, number = confirmed
    edit_gold(workspace, key, (0, 5, "PER"), KIEV)
    with workspace.store.begin() as tx:
        tx.start_step("died", "update", key, "2026-01-01T00:00:00Z")
    rows = {(r["start_offset"], r["end_offset"]): r["id"] for r in anna.spans(number)}
    anna.remove(number, rows[19, 26])  # what the dead sync had done
    assert sync(workspace).outcome.problems == ()
    assert spans_there(admin, workspace, number) == [(0, 5, "PER"), KIEV]
    assert set(gold(workspace, key)) == {(0, 5, "PER"), KIEV}
    assert list_conflicts(workspace) == []


def test_changes_in_different_places_on_both_sides_are_merged(confirmed, admin):
    workspace, key, anna, number = confirmed
    edit_gold(workspace, key, RUBIO, (19, 26, "ORG"))
    anna.add(number, *KIEV)
    outcome = sync(workspace).outcome
    assert (outcome.pulled, outcome.carried, outcome.conflicts) == (1, 1, 0)
    both = {RUBIO, (19, 26, "ORG"), KIEV}
    assert set(gold(workspace, key)) == both == set(spans_there(admin, workspace, number))


def both_change_ukraine(confirmed):
    workspace, key, anna, number = confirmed
    edit_gold(workspace, key, RUBIO, (19, 26, "ORG"))
    rows = {(r["start_offset"], r["end_offset"]): r["id"] for r in anna.spans(number)}
    anna.change(number, rows[19, 26], label="MISC")
    anna.confirm(number)  # takes the confirmation back
    anna.confirm(number)
    return workspace, key, number


def test_a_conflict_waits_for_a_decision_which_is_pushed_to_doccano(confirmed, admin):
    workspace, key, number = both_change_ukraine(confirmed)
    outcome = sync(workspace).outcome
    assert (outcome.conflicts, outcome.carried) == (1, 0)
    assert set(gold(workspace, key)) == {RUBIO, (19, 26, "ORG")}
    assert spans_there(admin, workspace, number) == [RUBIO, (19, 26, "MISC")]
    assert status(workspace).states == {"conflict": 1}
    (found,) = list_conflicts(workspace)
    (conflict,) = found.conflicts
    assert conflict.kind == "relabel"
    assert [s.by for s in conflict.theirs] == ["annotator:anna"]
    assert [s.by for s in conflict.ours] == ["curator:c"]

    assert sync(workspace).outcome.pulled == 0
    assert len(list_conflicts(workspace)) == 1

    done = resolve(workspace, key[:6], 1, "ours")
    assert (done.settled, done.open, done.revision) == (1, 0, None)
    assert sync(workspace).outcome.carried == 1
    assert spans_there(admin, workspace, number) == [RUBIO, (19, 26, "ORG")]
    assert status(workspace).states == {"gold": 1}


def test_taking_theirs_commits_a_revision_that_agrees_with_doccano(confirmed, admin):
    workspace, key, number = both_change_ukraine(confirmed)
    sync(workspace)
    done = resolve(workspace, key, None, "theirs")
    assert done.revision is not None
    assert done.revision.author == "curator:curator"
    assert gold(workspace, key) == {RUBIO: "curator:c", (19, 26, "MISC"): "annotator:anna"}
    assert sync(workspace).outcome.carried == 0
    assert status(workspace).states == {"gold": 1}


def test_a_conflict_stays_open_when_another_place_is_changed(confirmed, at_work):
    workspace, key, number = both_change_ukraine(confirmed)
    sync(workspace)
    at_work(workspace).add(number, *KIEV)
    assert sync(workspace).outcome.conflicts == 1
    assert len(list_conflicts(workspace)) == 1
    assert KIEV in gold(workspace, key)


@pytest.mark.parametrize(
    ("policy", "label"),
    [("prefer-doccano", "MISC"), ("prefer-gold", "ORG"), ("prefer-newest", "MISC")],
)
def test_a_policy_settles_conflicts(confirmed, admin, policy, label):
    workspace, key, number = both_change_ukraine(confirmed)
    path = workspace.root / "curate.toml"
    path.write_text(path.read_text("utf-8").replace('policy = "ask"', f'policy = "{policy}"'))
    workspace = Workspace(workspace.root)
    result = run_command("sync", root=workspace.root)
    assert "decided 1 conflict" in result.output
    with workspace.store.begin() as tx:
        versions = {span.label for each in tx.revisions(key) for span in each.spans}
    assert {"ORG", "MISC"} <= versions  # the one that lost is kept
    assert list_conflicts(workspace) == []
    assert set(gold(workspace, key)) == {RUBIO, (19, 26, label)}
    assert spans_there(admin, workspace, number) == [RUBIO, (19, 26, label)]


def import_copy(workspace: Workspace, admin, key: str) -> tuple[str, list[int]]:
    """What importing a file by hand does: the same document once more, under another key."""
    row = next(r for r in admin.pages("projects") if r["name"] == workspace.config.project)
    with workspace.store.begin() as tx:
        document = tx.document(key)
        assert document is not None
        proposal = tx.annotation(key, "proposal")
        assert proposal is not None
    push(admin, row["id"], f"by hand in {row['id']}", [(document, proposal)])
    base = f"projects/{row['id']}"
    return base, sorted(e["id"] for e in admin.pages(f"{base}/examples"))


def test_the_same_push_twice_adds_nothing(confirmed, admin):
    workspace, key, _, _ = confirmed
    row = next(r for r in admin.pages("projects") if r["name"] == workspace.config.project)
    with workspace.store.begin() as tx:
        document, proposal = tx.document(key), tx.annotation(key, "proposal")
        (remote,) = tx.remotes()
    assert document is not None
    assert proposal is not None
    result = push(admin, row["id"], remote.marker, [(document, proposal)])
    assert (result.refused, result.unsent) == ({}, ())
    assert len(list(admin.pages(f"projects/{row['id']}/examples"))) == 1


def test_a_copy_that_nobody_changed_is_deleted(confirmed, admin):
    workspace, key, _, number = confirmed
    base, both = import_copy(workspace, admin, key)
    assert len(both) == 2
    assert preview_sync(workspace).plan.copies[0].examples == tuple(both)
    outcome = sync(workspace).outcome
    assert [problem.code for problem in outcome.problems] == ["remote.copy"]
    assert [e["id"] for e in admin.pages(f"{base}/examples")] == [number]
    assert sync(workspace).outcome.problems == ()


def test_work_in_a_copy_is_merged_before_the_copy_is_deleted(confirmed, admin, at_work):
    workspace, key, anna, number = confirmed
    base, both = import_copy(workspace, admin, key)
    (copy,) = set(both) - {number}
    anna.add(number, 38, 44, "DATE")
    bela = at_work(workspace, "bela")
    bela.add(copy, *KIEV)
    sync(workspace)
    assert [e["id"] for e in admin.pages(f"{base}/examples")] == [number]
    everything = {RUBIO, UKRAINE, KIEV, (38, 44, "DATE")}
    assert set(spans_there(admin, workspace, number)) == everything == set(gold(workspace, key))


def test_copies_changed_in_one_place_both_stay_and_are_reported(confirmed, admin, at_work):
    workspace, key, anna, number = confirmed
    base, both = import_copy(workspace, admin, key)
    (copy,) = set(both) - {number}
    for example, label in ((number, "ORG"), (copy, "MISC")):
        rows = {(r["start_offset"], r["end_offset"]): r["id"] for r in anna.spans(example)}
        anna.change(example, rows[19, 26], label=label)
    outcome = sync(workspace).outcome
    assert "remote.copies" in [problem.code for problem in outcome.problems]
    assert sorted(e["id"] for e in admin.pages(f"{base}/examples")) == both
    assert (19, 26, "ORG") in gold(workspace, key)


def test_a_duplicate_span_is_removed(confirmed, admin):
    """A bulk import does not check for overlaps, so a late one can put a span there again."""
    workspace, key, anna, number = confirmed
    row = next(r for r in admin.pages("projects") if r["name"] == workspace.config.project)
    base = f"projects/{row['id']}"
    settings = {"resourcetype": "SequenceLabelingProject"}
    admin.patch(base, json={**settings, "allow_overlapping": True})
    anna.add(number, *RUBIO)
    admin.patch(base, json={**settings, "allow_overlapping": False})
    assert spans_there(admin, workspace, number) == [RUBIO, RUBIO, UKRAINE]
    sync(workspace)
    assert spans_there(admin, workspace, number) == [RUBIO, UKRAINE]
    assert set(gold(workspace, key)) == {RUBIO, UKRAINE}


def test_neighbouring_spans_that_move_into_each_others_place(confirmed, admin):
    """Doccano refuses an overlap, so the order of the changes matters."""
    workspace, key, _, number = confirmed
    edit_gold(workspace, key, (0, 5, "PER"), (6, 26, "LOC"), KIEV)
    sync(workspace)
    assert spans_there(admin, workspace, number) == [(0, 5, "PER"), (6, 26, "LOC"), KIEV]


def test_a_wiped_server_is_rebuilt_from_gold(confirmed, admin, at_work):
    workspace, key, _, _ = confirmed
    row = next(r for r in admin.pages("projects") if r["name"] == workspace.config.project)
    edit_gold(workspace, key, RUBIO, UKRAINE, KIEV)
    sync(workspace)
    admin.delete(f"projects/{row['id']}")
    outcome = sync(workspace, new_project=True).outcome
    assert outcome.pushed == 1
    anna = at_work(workspace)
    (example,) = anna.examples()
    assert spans_there(admin, workspace, example["id"]) == [RUBIO, UKRAINE, KIEV]
    assert set(gold(workspace, key)) == {RUBIO, UKRAINE, KIEV}
    assert status(workspace).states == {"gold": 1}
