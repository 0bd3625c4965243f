"""Metadata of examples that somebody wiped or mixed up: the documents are known all the same."""

from __future__ import annotations

import shutil

import pytest
from support.sync_corpus import TEXT, gold, project_of, propose

from curate.sync.conflicts import list_conflicts, resolve
from curate.sync.run import preview_sync, sync
from curate.sync.status import status
from curate.workspace import Workspace

pytestmark = [pytest.mark.server, pytest.mark.slow]

RUBIO = (0, 11, "PER")
KIEV = (30, 34, "LOC")
OTHER = "Anna habite à Paris."


@pytest.fixture
def two(new_workspace, at_work):
    """A workspace with two documents of confirmed gold, their ids, anna, and their examples."""
    workspace = new_workspace()
    keys = [propose(workspace, TEXT, RUBIO), propose(workspace, OTHER, (0, 4, "PER"))]
    sync(workspace)
    anna = at_work(workspace)
    examples = {row["text"]: row["id"] for row in anna.examples()}
    numbers = [examples[TEXT], examples[OTHER]]
    for number in numbers:
        anna.confirm(number)
    sync(workspace)
    return workspace, keys, anna, numbers


def codes(problems) -> list[str]:
    return [problem.code for problem in problems]


def meta_of(admin, workspace: Workspace, number: int) -> dict:
    return admin.get(f"{project_of(admin, workspace)}/examples/{number}").json()["meta"]


def set_meta(admin, workspace: Workspace, number: int, meta: dict) -> None:
    admin.patch(f"{project_of(admin, workspace)}/examples/{number}", json={"meta": meta})


def test_wiped_metadata_are_written_again_and_work_is_pulled(two, admin):
    workspace, (key, other), anna, (number, second) = two
    before = meta_of(admin, workspace, number)
    set_meta(admin, workspace, number, {})
    anna.add(number, *KIEV)
    anna.confirm(second)  # takes her confirmation back
    anna.confirm(second)

    plan = preview_sync(workspace).plan
    assert codes(plan.problems) == ["remote.metadata"]
    assert [update.document for update in plan.unmarked] == [key]
    assert plan.states == {"confirmed": 1, "gold": 1}
    assert meta_of(admin, workspace, number) == {}

    outcome = sync(workspace).outcome
    assert codes(outcome.problems) == ["remote.metadata"]
    assert (outcome.pushed, outcome.pulled) == (0, 1)
    assert gold(workspace, key)[KIEV] == "annotator:anna"
    assert meta_of(admin, workspace, number) == before
    assert sync(workspace).outcome.problems == ()
    assert status(workspace).states == {"gold": 2}
    assert list_conflicts(workspace) == []


def test_metadata_that_name_another_document_are_corrected(two, admin):
    workspace, (key, other), _, (number, second) = two
    first = meta_of(admin, workspace, number)
    set_meta(admin, workspace, number, meta_of(admin, workspace, second))
    outcome = sync(workspace).outcome
    assert codes(outcome.problems) == ["remote.metadata"]
    assert meta_of(admin, workspace, number) == first
    assert sum(1 for _ in admin.pages(f"{project_of(admin, workspace)}/examples")) == 2
    assert status(workspace).states == {"gold": 2}


def test_a_new_store_knows_a_document_by_its_text(two, admin):
    workspace, (key, _), anna, (number, _) = two
    set_meta(admin, workspace, number, {})
    anna.add(number, *KIEV)
    clone = workspace.root.parent / "clone"
    shutil.copytree(workspace.root, clone, ignore=shutil.ignore_patterns(".curate"))
    Workspace.init(clone)
    other = Workspace(clone)
    outcome = sync(other).outcome
    assert (outcome.pushed, codes(outcome.problems)) == (0, ["remote.metadata"])
    assert KIEV in gold(other, key)


def test_a_copy_that_somebody_imported_by_hand_is_left_alone(two, admin):
    workspace, _, _, _ = two
    admin.post(f"{project_of(admin, workspace)}/examples", json={"text": TEXT})
    outcome = sync(workspace).outcome
    assert codes(outcome.problems) == ["remote.foreign"]
    assert sum(1 for _ in admin.pages(f"{project_of(admin, workspace)}/examples")) == 3


def text_of(admin, workspace: Workspace, number: int) -> str:
    return admin.get(f"{project_of(admin, workspace)}/examples/{number}").json()["text"]


@pytest.mark.parametrize("text", ["Autre texte.", OTHER], ids=["another text", "another's text"])
@pytest.mark.parametrize("store", ["known", "new"])
def test_a_document_that_lost_its_metadata_and_its_text_is_known_by_its_file_name(
    two, admin, text, store
):
    workspace, (key, _), anna, (number, _) = two
    project, meta = project_of(admin, workspace), meta_of(admin, workspace, number)
    admin.patch(f"{project}/examples/{number}", json={"meta": {}, "text": text})
    if store == "new":
        clone = workspace.root.parent / "clone"
        shutil.copytree(workspace.root, clone, ignore=shutil.ignore_patterns(".curate"))
        Workspace.init(clone)
        workspace = Workspace(clone)
    expected = ["remote.metadata", "remote.text"]
    assert sorted(codes(preview_sync(workspace).plan.problems)) == expected
    assert sorted(codes(sync(workspace).outcome.problems)) == expected
    assert meta_of(admin, workspace, number) == meta
    assert codes(sync(workspace).outcome.problems) == ["remote.text"]
    (opened,) = list_conflicts(workspace)
    assert (opened.document.id, opened.conflicts[0].kind) == (key, "text-changed")
    resolve(workspace, key, 1, "ours")
    assert text_of(admin, workspace, number) == TEXT
    anna.add(number, *KIEV)
    outcome = sync(workspace).outcome
    assert (outcome.problems, list_conflicts(workspace)) == ((), [])
    assert set(gold(workspace, key)) == {RUBIO, KIEV}
    assert status(workspace).states == {"gold": 2}


def test_a_document_that_was_given_up_as_gone_is_found_again(two, admin):
    """An earlier version took it for gone, and its curator chose to push it again."""
    workspace, (key, _), _, (number, _) = two
    project = project_of(admin, workspace)
    admin.patch(f"{project}/examples/{number}", json={"meta": {}, "text": "Autre texte."})
    with workspace.store.begin() as tx:
        tx.forget(key, next(iter(tx.remotes())).marker)
    outcome = sync(workspace).outcome
    assert sorted(codes(outcome.problems)) == ["remote.metadata", "remote.text"]
    resolve(workspace, key, 1, "ours")
    assert sync(workspace).outcome.problems == ()
    assert status(workspace).states == {"gold": 2}
    assert text_of(admin, workspace, number) == TEXT


def test_metadata_that_break_the_export_are_written_again(two, admin):
    """Doccano takes a list for metadata, and cannot export the project any more."""
    workspace, (key, _), anna, (number, _) = two
    before = meta_of(admin, workspace, number)
    admin.patch(f"{project_of(admin, workspace)}/examples/{number}", json={"meta": ["x"]})
    anna.add(number, *KIEV)
    assert "curate sync" in status(workspace).unreachable
    outcome = sync(workspace).outcome
    assert (outcome.pulled, codes(outcome.problems)) == (1, ["remote.metadata"])
    assert KIEV in gold(workspace, key)
    assert meta_of(admin, workspace, number) == before
    assert status(workspace).states == {"gold": 2}
