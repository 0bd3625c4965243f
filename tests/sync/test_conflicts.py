"""Documents that were deleted, altered, withdrawn or pre-annotated again, on the real server."""

from __future__ import annotations

import pytest
from support.sync_corpus import TEXT, edit_gold, gold, project_of, propose, repropose, spans_there

from curate.errors import InputError
from curate.model import Annotation, Span
from curate.sync.conflicts import list_conflicts, resolve, withdraw
from curate.sync.run import preview_sync, sync
from curate.sync.status import status
from curate.workspace import Workspace

pytestmark = [pytest.mark.server, pytest.mark.slow]

RUBIO, UKRAINE, KIEV = (0, 11, "PER"), (19, 26, "LOC"), (30, 34, "LOC")


@pytest.fixture
def synced(new_workspace, at_work):
    """A workspace with two documents in Doccano, the first of them gold, and anna at work."""
    workspace = new_workspace()
    first = propose(workspace, TEXT, RUBIO)
    second = propose(workspace, TEXT + " Enfin.", RUBIO)
    sync(workspace)
    anna = at_work(workspace)
    number = {row["meta"]["curate_id"]: row["id"] for row in anna.examples()}
    anna.confirm(number[first])
    sync(workspace)
    return workspace, first, second, anna, number


def test_a_document_deleted_in_doccano_waits_for_a_decision(synced, admin):
    workspace, first, second, _, number = synced
    base = project_of(admin, workspace)
    for key in (first, second):
        admin.delete(f"{base}/examples/{number[key]}")
    done = sync(workspace).outcome
    assert [p.code for p in done.problems] == ["remote.gone", "remote.gone"]
    assert (done.pushed, status(workspace).states) == (0, {"gone": 2})
    assert gold(workspace, first) == {RUBIO: "model:test@1"}
    found = {each.document.id: each.conflicts[0] for each in list_conflicts(workspace)}
    assert {key: each.kind for key, each in found.items()} == {
        first: "document-deleted",
        second: "document-deleted",
    }
    assert found[first].ours_by == "annotator:anna"

    resolve(workspace, first, None, "ours")
    assert resolve(workspace, second, None, "theirs").revision.deleted  # type: ignore[union-attr]
    again = sync(workspace).outcome
    assert (again.pushed, again.problems) == (1, ())
    assert status(workspace).states == {"gold": 1, "withdrawn": 1}
    assert list_conflicts(workspace) == []
    assert gold(workspace, first) == {RUBIO: "model:test@1"}
    assert status(workspace).gold == 1


def test_a_text_changed_in_doccano_changes_nothing_here_and_can_be_restored(synced, admin):
    workspace, first, _, _, number = synced
    example = f"{project_of(admin, workspace)}/examples/{number[first]}"
    admin.patch(example, json={"text": "Autre chose."})
    done = sync(workspace).outcome
    assert [p.code for p in done.problems] == ["remote.text"]
    ((conflict,),) = [each.conflicts for each in list_conflicts(workspace)]
    assert conflict.kind == "text-changed"
    with pytest.raises(InputError):
        resolve(workspace, first, None, "theirs")
    resolve(workspace, first, None, "ours")
    assert admin.get(example).json()["text"] == TEXT
    assert sync(workspace).outcome.problems == ()
    assert list_conflicts(workspace) == []
    assert gold(workspace, first) == {RUBIO: "model:test@1"}


def test_a_conflict_about_a_text_is_closed_when_it_is_restored_in_doccano(synced, admin):
    workspace, first, _, _, number = synced
    example = f"{project_of(admin, workspace)}/examples/{number[first]}"
    admin.patch(example, json={"text": "Autre chose."})
    sync(workspace)
    admin.patch(example, json={"text": TEXT})
    assert sync(workspace).outcome.problems == ()
    assert list_conflicts(workspace) == []


def test_a_withdrawn_document_is_deleted_in_doccano_and_its_history_stays(synced, admin):
    workspace, first, second, anna, number = synced
    withdraw(workspace, first, "an advertisement")
    assert preview_sync(workspace).plan.withdraw[0].document == first
    assert sync(workspace).outcome.problems == ()
    assert [row["id"] for row in anna.examples()] == [number[second]]
    assert status(workspace).states == {"pushed": 1, "withdrawn": 1}
    with workspace.store.begin() as tx:
        assert [(r.number, r.deleted) for r in tx.revisions(first)] == [(2, True), (1, False)]
    with pytest.raises(InputError):
        withdraw(workspace, first, "again")
    with workspace.store.begin() as tx:
        assert len(tx.revisions(first)) == 2


def test_a_withdrawn_document_that_somebody_changed_is_not_deleted_in_doccano(synced):
    workspace, first, _, anna, number = synced
    anna.add(number[first], *KIEV)
    withdraw(workspace, first, "an advertisement")
    assert [p.code for p in sync(workspace).outcome.problems] == ["remote.withdrawn"]
    assert len(anna.spans(number[first])) == 2


def test_a_newer_proposal_reaches_the_documents_that_nobody_changed(synced, admin):
    workspace, first, second, anna, number = synced
    third = propose(workspace, TEXT + " Encore.", RUBIO)
    sync(workspace)
    number = {row["meta"]["curate_id"]: row["id"] for row in anna.examples()}
    anna.add(number[third], *KIEV)
    for key in (first, second, third):
        repropose(workspace, key, RUBIO, UKRAINE)
    done = sync(workspace).outcome
    assert (done.carried, done.problems) == (1, ())
    assert spans_there(admin, workspace, number[first]) == [RUBIO]
    assert spans_there(admin, workspace, number[second]) == [RUBIO, UKRAINE]
    assert spans_there(admin, workspace, number[third]) == [RUBIO, KIEV]
    anna.confirm(number[second])
    sync(workspace)
    assert gold(workspace, second) == {RUBIO: "model:test@2", UKRAINE: "model:test@2"}
    assert sync(workspace).outcome.carried == 0


def test_the_most_useful_documents_come_first(new_workspace, at_work):
    workspace = new_workspace()
    sure = [propose(workspace, f"{TEXT} {number}", RUBIO) for number in range(3)]
    unsure = propose(workspace, TEXT, RUBIO)
    with workspace.store.begin() as tx:
        other = Span(*RUBIO[:2], "LOC")
        tx.put_annotation(Annotation(document=unsure, layer="rules:test@1", spans=(other,)))
    sync(workspace)
    order = [row["meta"]["curate_id"] for row in at_work(workspace).examples()]
    assert order[0] == unsure
    assert sorted(order[1:]) == sorted(sure)


def test_no_more_documents_wait_in_doccano_than_the_settings_allow(new_workspace, at_work):
    workspace = new_workspace(settings="\n[tasks]\nopen = 2\n")
    for number in range(5):
        propose(workspace, f"{TEXT} {number}", RUBIO)
    assert preview_sync(workspace).plan.held == 3
    outcome = sync(workspace).outcome
    assert (outcome.pushed, outcome.held) == (2, 3)
    assert (sync(workspace).outcome.pushed, sync(workspace).outcome.held) == (0, 3)
    anna = at_work(workspace)
    first = next(iter(anna.examples()))
    anna.confirm(first["id"])
    outcome = sync(workspace).outcome
    assert (outcome.pulled, outcome.pushed, outcome.held) == (1, 1, 2)


def test_the_policy_by_role_settles_a_conflict(synced, admin):
    workspace, first, _, anna, number = synced
    settings = workspace.root / "curate.toml"
    text = settings.read_text("utf-8").replace('policy = "ask"', 'policy = "by-role"')
    settings.write_text(text.replace('anna = "annotator"', 'anna = "annotation_approver"'), "utf-8")
    workspace = Workspace(workspace.root)
    edit_gold(workspace, first, (0, 11, "ORG"))  # by the curator, who comes first
    (span,) = anna.spans(number[first])
    anna.change(number[first], span["id"], label="LOC")
    done = sync(workspace).outcome
    assert (done.conflicts, done.problems) == (0, ())
    assert gold(workspace, first) == {(0, 11, "ORG"): "curator:c"}
    assert spans_there(admin, workspace, number[first]) == [(0, 11, "ORG")]
