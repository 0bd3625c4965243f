"""Settings of a project that somebody changed in Doccano: sharing, relations, the type."""

from __future__ import annotations

import shutil

import pytest
from support.sync_corpus import TEXT, gold, planned, project_of, propose, spans_there

from curate.sync.run import preview_sync, sync
from curate.sync.status import status
from curate.workspace import Workspace

pytestmark = [pytest.mark.server, pytest.mark.slow]

RUBIO = (0, 11, "PER")
UKRAINE = (19, 26, "LOC")
KIEV = (30, 34, "LOC")
OTHER = "Anna habite à Paris."
THIRD = "Boris habite à Kiev."


def share(admin, project: str, value: bool) -> None:
    body = {"resourcetype": "SequenceLabelingProject", "collaborative_annotation": value}
    admin.patch(project, json=body)


def codes(report) -> list[str]:
    return [problem.code for problem in report.problems]


@pytest.fixture
def three(new_workspace, at_work):
    """Gold of one document, two pushed proposals, their ids, and anna and bela at work."""
    workspace = new_workspace()
    spans = {TEXT: (RUBIO,), OTHER: ((0, 4, "PER"),), THIRD: ((0, 5, "PER"),)}
    keys = {text: propose(workspace, text, *found) for text, found in spans.items()}
    sync(workspace)
    anna, bela = at_work(workspace), at_work(workspace, "bela")
    numbers = {row["text"]: row["id"] for row in anna.examples()}
    anna.confirm(numbers[TEXT])
    sync(workspace)
    return workspace, keys, numbers, anna, bela


def test_what_people_did_without_seeing_each_other_waits_until_somebody_looks(three, admin):
    workspace, keys, numbers, anna, bela = three
    project = project_of(admin, workspace)
    share(admin, project, False)
    anna.add(numbers[TEXT], *UKRAINE)
    bela.add(numbers[TEXT], *KIEV)
    for person in (anna, bela):
        person.confirm(numbers[TEXT])
    bela.confirm(numbers[OTHER])  # she does not see the proposal that would become gold

    seen = status(workspace)
    assert codes(seen) == ["remote.sharing-off"]
    assert seen.states == {"annotating": 1, "pushed": 2}
    plan = planned(workspace)
    assert plan["project"] == ["set collaborative_annotation of the project"]
    assert [c["code"] for c in plan["plan"]["server_changes"]] == ["remote.sharing-off"]
    assert "pull" not in plan["plan"]

    first = sync(workspace).outcome
    assert codes(first) == ["remote.sharing-off"]
    (change,) = first.server_changes
    assert set(change.documents) == {keys[TEXT], keys[OTHER]}
    assert (first.pulled, first.revisions) == (0, 0)
    assert set(gold(workspace, keys[TEXT])) == {RUBIO}
    assert admin.get(project).json()["collaborative_annotation"]

    again = sync(workspace).outcome
    assert (again.pulled, codes(again)) == (0, ["remote.sharing-off"])
    assert status(workspace).states == {"kept": 2, "pushed": 1}

    for text in (TEXT, OTHER):  # as the hint says: take the confirmation back, then confirm
        anna.confirm(numbers[text])
        anna.confirm(numbers[text])
    anna.confirm(numbers[THIRD])
    done = sync(workspace).outcome
    assert (done.pulled, done.problems) == (3, ())
    assert gold(workspace, keys[TEXT]) == {
        RUBIO: "model:test@1",
        UKRAINE: "annotator:anna",
        KIEV: "annotator:bela",
    }
    assert set(gold(workspace, keys[OTHER])) == {(0, 4, "PER")}
    assert status(workspace).states == {"gold": 3}


def test_two_confirmations_show_that_sharing_was_off_between_two_syncs(three, admin):
    workspace, keys, numbers, anna, bela = three
    project = project_of(admin, workspace)
    share(admin, project, False)
    for person in (anna, bela):
        person.confirm(numbers[OTHER])
    share(admin, project, True)
    assert codes(status(workspace)) == ["remote.sharing-off"]
    assert preview_sync(workspace).plan.pull == ()
    outcome = sync(workspace).outcome
    assert (outcome.pulled, codes(outcome)) == (0, ["remote.sharing-off"])
    assert outcome.server_changes[0].documents == (keys[OTHER],)
    for _ in range(2):
        anna.confirm(numbers[OTHER])
    outcome = sync(workspace).outcome
    assert (outcome.pulled, outcome.problems) == (1, ())


def changes(report) -> dict[str, tuple[str, ...]]:
    return {change.code: change.documents for change in report.server_changes}


def test_marks_of_several_people_wait_if_sharing_may_have_been_off(three, admin):
    """It was off and on between two syncs: only the time of the last saving shows that."""
    workspace, keys, numbers, anna, bela = three
    project = project_of(admin, workspace)
    share(admin, project, False)
    anna.add(numbers[OTHER], 14, 19, "LOC")
    bela.confirm(numbers[OTHER])  # she sees neither the proposal nor what anna marked
    anna.add(numbers[THIRD], 15, 19, "LOC")
    anna.confirm(numbers[THIRD])
    share(admin, project, True)

    expected = {"remote.sharing-off": (keys[OTHER],), "remote.settings-saved": (keys[THIRD],)}
    plan = preview_sync(workspace).plan
    assert (changes(plan), [pull.document for pull in plan.pull]) == (expected, [keys[THIRD]])
    first = sync(workspace).outcome
    assert (changes(first), first.pulled) == (expected, 1)
    assert set(gold(workspace, keys[THIRD])) == {(0, 5, "PER"), (15, 19, "LOC")}
    again = sync(workspace).outcome
    assert (codes(again), again.pulled) == (["remote.sharing-off"], 0)
    for _ in range(2):
        anna.confirm(numbers[OTHER])
    done = sync(workspace).outcome
    assert (done.problems, done.pulled) == ((), 1)
    assert set(gold(workspace, keys[OTHER])) == {(0, 4, "PER"), (14, 19, "LOC")}


def test_a_mark_over_a_proposal_shows_that_nobody_saw_it(three, admin):
    workspace, keys, numbers, anna, _ = three
    project = project_of(admin, workspace)
    share(admin, project, False)
    anna.add(numbers[OTHER], 0, 3, "PER")  # the project forbids overlaps, but she is alone
    anna.confirm(numbers[OTHER])
    share(admin, project, True)
    outcome = sync(workspace).outcome
    assert (codes(outcome), outcome.pulled) == (["remote.sharing-off"], 0)
    (mine,) = (row for row in anna.spans(numbers[OTHER]) if row["end_offset"] == 3)
    anna.remove(numbers[OTHER], mine["id"])
    for _ in range(2):
        anna.confirm(numbers[OTHER])
    assert sync(workspace).outcome.problems == ()
    assert set(gold(workspace, keys[OTHER])) == {(0, 4, "PER")}


def test_two_confirmations_of_one_document_make_all_of_that_time_wait(three, admin):
    workspace, keys, numbers, anna, bela = three
    project = project_of(admin, workspace)
    share(admin, project, False)
    for person in (anna, bela):
        person.confirm(numbers[OTHER])
    bela.confirm(numbers[THIRD])
    share(admin, project, True)
    expected = {"remote.sharing-off": tuple(sorted((keys[OTHER], keys[THIRD])))}
    plan = preview_sync(workspace).plan
    assert (changes(plan), plan.pull) == (expected, ())
    assert changes(sync(workspace).outcome) == expected


def test_what_other_stores_save_in_the_project_is_no_sign(three, admin):
    workspace, keys, numbers, anna, bela = three
    root = workspace.root.parent / "second"
    shutil.copytree(workspace.root, root)
    anna.add(numbers[OTHER], 14, 19, "LOC")
    bela.confirm(numbers[OTHER])
    anna.add(numbers[THIRD], 15, 19, "LOC")
    assert sync(Workspace(root)).outcome.pulled == 1  # leaves a stamp in the description
    bela.confirm(numbers[THIRD])
    outcome = sync(workspace).outcome
    assert (outcome.problems, outcome.pulled) == ((), 2)


def test_a_type_that_somebody_changed_is_set_back_before_anything_is_read(three, admin):
    workspace, keys, numbers, anna, _ = three
    project = project_of(admin, workspace)
    anna.add(numbers[TEXT], *KIEV)
    body = {"resourcetype": "SequenceLabelingProject", "project_type": "DocumentClassification"}
    admin.patch(project, json=body)
    assert codes(status(workspace)) == ["remote.project-type"]
    preview = preview_sync(workspace)
    assert preview.project == ("set project_type of the project",)
    assert preview.plan.pull == ()
    outcome = sync(workspace).outcome
    assert (outcome.pulled, codes(outcome)) == (1, ["remote.settings-saved"])
    assert set(gold(workspace, keys[TEXT])) == {RUBIO, KIEV}
    assert admin.get(project).json()["project_type"] == "SequenceLabeling"
    assert status(workspace).states == {"gold": 1, "pushed": 2}


def test_overlaps_and_other_settings_are_set_back_and_gold_stays(three, admin):
    workspace, keys, numbers, _, _ = three
    project = project_of(admin, workspace)
    body = {
        "resourcetype": "SequenceLabelingProject",
        "allow_overlapping": True,
        "use_relation": True,
        "grapheme_mode": True,
        "single_class_classification": True,
        "random_order": True,
    }
    admin.patch(project, json=body)
    assert status(workspace).states == {"gold": 1, "pushed": 2}
    outcome = sync(workspace).outcome
    assert len(outcome.project) == 5
    assert (outcome.pulled, outcome.problems) == (0, ())
    assert spans_there(admin, workspace, numbers[TEXT]) == [RUBIO]
    assert set(gold(workspace, keys[TEXT])) == {RUBIO}
