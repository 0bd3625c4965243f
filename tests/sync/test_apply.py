"""A sync does what its plan says, in every state a document can be in, on the real server."""

from __future__ import annotations

import pytest
from support.sync_corpus import (
    TEXT,
    edit_gold,
    gold,
    past,
    planned,
    project_of,
    propose,
    repropose,
)

from curate.doccano.push import push
from curate.model import Annotation, Document
from curate.sync.conflicts import withdraw
from curate.sync.run import preview_sync
from curate.sync.run import sync as run_sync
from curate.workspace import Workspace

pytestmark = [pytest.mark.server, pytest.mark.slow]

PER, UKRAINE, KIEV = (0, 11, "PER"), (19, 26, "LOC"), (30, 34, "LOC")


def journal(workspace: Workspace, sync: str, step: str) -> list[str]:
    with workspace.store.begin() as tx:
        return [each.detail for each in tx.steps(sync) if each.step == step]


@pytest.fixture
def busy(new_workspace, at_work, admin):
    """A workspace with a document in each state, and a project that differs from the schema."""
    workspace = new_workspace()
    names = ("pushed", "anew", "annotating", "confirmed", "changed", "merged", "ahead", "conflict")
    names += ("gone", "withdrawn", "copied")
    keys = {name: propose(workspace, f"{TEXT} {name}.", PER) for name in names}
    run_sync(workspace)
    anna = at_work(workspace)
    number = {row["meta"]["curate_id"]: row["id"] for row in anna.examples()}
    for name in ("changed", "merged", "ahead", "conflict", "withdrawn"):
        anna.confirm(number[keys[name]])
    run_sync(workspace)

    edit_gold(workspace, keys["merged"], PER, UKRAINE)
    edit_gold(workspace, keys["ahead"], PER, KIEV)
    edit_gold(workspace, keys["conflict"], (0, 11, "ORG"))
    withdraw(workspace, keys["withdrawn"], "not news")
    repropose(workspace, keys["anew"], PER, UKRAINE)
    anna.add(number[keys["annotating"]], *KIEV)
    anna.confirm(number[keys["confirmed"]])
    anna.add(number[keys["changed"]], *KIEV)
    anna.add(number[keys["merged"]], *KIEV)
    (span,) = anna.spans(number[keys["conflict"]])
    anna.change(number[keys["conflict"]], span["id"], label="LOC")
    base = project_of(admin, workspace)
    admin.delete(f"{base}/examples/{number[keys['gone']]}")
    text = f"{TEXT} copied."
    copy = (Document(id=keys["copied"], text=text), Annotation(document="", layer="remote"))
    push(admin, int(base.partition("/")[2]), "by hand", [copy])
    keys["local"] = propose(workspace, f"{TEXT} local.", PER)
    label = admin.get(f"{base}/span-types").json()[0]
    admin.patch(f"{base}/span-types/{label['id']}", json={"background_color": "#000000"})
    admin.patch(base, json={"resourcetype": "SequenceLabelingProject", "random_order": True})
    return workspace, keys


def test_a_sync_does_what_its_plan_says(busy):
    workspace, keys = busy
    seen = planned(workspace)
    plan = seen["plan"]
    assert {state: set(d) for state, d in plan["waiting"].items()} == {
        state: {keys[name] for name in names}
        for state, names in {
            "local": ("local",),
            "annotating": ("annotating",),
            "confirmed": ("confirmed", "changed", "merged", "conflict"),
            "ahead": ("ahead",),
            "gone": ("gone",),
        }.items()
    }
    outcome = run_sync(workspace).outcome
    assert sorted(outcome.project) == sorted(map(past, seen["project"]))
    assert any("random_order" in each for each in outcome.project)
    assert [keys["local"]] == plan["push"]
    assert outcome.pushed == 1
    pulls = {each["document"]: each.get("merges", False) for each in plan["pull"]}
    assert outcome.pulled == len(pulls)
    assert pulls == {
        keys["confirmed"]: False,
        keys["changed"]: False,
        keys["merged"]: True,
        keys["conflict"]: True,
    }
    updates = {each["document"] for each in plan["update"]}
    assert updates == {keys["ahead"], keys["anew"]}
    updated = set(journal(workspace, outcome.sync, "update"))
    assert updated == updates | {keys["merged"]}  # what is in conflict waits
    withdrawn = [each["document"] for each in plan["withdraw"]]
    assert journal(workspace, outcome.sync, "withdraw") == withdrawn == [keys["withdrawn"]]
    merged = [each["document"] for each in plan["copies"]]
    assert journal(workspace, outcome.sync, "merge copies") == merged == [keys["copied"]]
    assert plan["gone"] == [keys["gone"]]
    assert outcome.states == plan["states"]

    again = planned(workspace)
    assert again["project"] == []
    assert {part: again["plan"].get(part, []) for part in ("push", "pull", "update", "copies")} == {
        "push": [],
        "pull": [],
        "update": [],
        "copies": [],
    }
    assert list(gold(workspace, keys["merged"])) == [PER, UKRAINE, KIEV]


def test_a_preview_reports_a_member_without_account(new_workspace):
    workspace = naming_nobody(new_workspace())
    (problem,) = preview_sync(workspace).plan.problems
    assert (problem.code, "nobody" in problem.message) == ("remote.member", True)
    assert "admin" in problem.hint
    assert "anna" not in problem.hint


def test_the_member_that_an_account_may_have_been_renamed_to_is_named(new_workspace):
    workspace = new_workspace()
    run_sync(workspace)
    (problem,) = preview_sync(naming_nobody(workspace)).plan.problems
    assert (problem.code, "nobody" in problem.message) == ("remote.member", True)
    assert "anna" in problem.hint


def naming_nobody(workspace: Workspace) -> Workspace:
    settings = workspace.root / "curate.toml"
    text = settings.read_text("utf-8").replace('anna = "annotator"', 'nobody = "annotator"')
    settings.write_text(text, "utf-8")
    return Workspace(workspace.root)
