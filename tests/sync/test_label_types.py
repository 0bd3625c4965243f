"""Label types that somebody deleted, renamed or exchanged on Doccano's page, on the real server."""

from __future__ import annotations

import shutil

import pytest
from support.sync_corpus import TEXT, gold, planned, project_of, propose, spans_there

from curate.errors import RemoteError
from curate.sync.conflicts import list_conflicts, resolve
from curate.sync.run import preview_sync, sync
from curate.sync.status import status
from curate.workspace import Workspace

pytestmark = [pytest.mark.server, pytest.mark.slow]

RUBIO = (0, 11, "PER")
UKRAINE = (19, 26, "LOC")
KIEV = (30, 34, "LOC")
OTHER = "Anna habite à Paris."
ANNA, PARIS = (0, 4, "PER"), (14, 19, "LOC")


class LabelPage:
    """The page of labels of a workspace's project."""

    def __init__(self, admin, workspace: Workspace) -> None:
        self.admin = admin
        self.resource = f"{project_of(admin, workspace)}/span-types"
        self.ids = self.names()

    def names(self) -> dict[str, int]:
        return {row["text"]: row["id"] for row in self.admin.get(self.resource).json()}

    def rename(self, number: int, text: str) -> None:
        self.admin.patch(f"{self.resource}/{number}", json={"text": text})

    def exchange(self, first: str, second: str) -> None:
        self.rename(self.ids[first], "for a moment")
        self.rename(self.ids[second], first)
        self.rename(self.ids[first], second)


@pytest.fixture
def confirmed(new_workspace, at_work, admin):
    """A workspace with gold of one document and a pushed proposal of another, and its labels."""
    workspace = new_workspace()
    keys = [propose(workspace, TEXT, RUBIO, KIEV), propose(workspace, OTHER, ANNA, PARIS)]
    sync(workspace)
    anna = at_work(workspace)
    numbers = {row["text"]: row["id"] for row in anna.examples()}
    anna.confirm(numbers[TEXT])
    sync(workspace)
    return workspace, keys, anna, numbers, LabelPage(admin, workspace)


def changes_of(report) -> list[tuple[str, int, int]]:
    return [(each.code, len(each.documents), each.spans) for each in report.server_changes]


def test_a_renamed_label_type_is_renamed_back_and_gold_stays(confirmed, admin):
    workspace, (key, _), anna, numbers, page = confirmed
    page.rename(page.ids["PER"], "PERSON")
    anna.add(numbers[TEXT], *UKRAINE)

    change = [("remote.label-renamed", 2, 2)]
    preview = preview_sync(workspace)
    assert changes_of(preview.plan) == change
    assert preview.project == ("rename span label type PERSON back to PER",)
    assert [pull.document for pull in preview.plan.pull] == [key]
    assert status(workspace).states == {"confirmed": 1, "pushed": 1}
    assert [c["code"] for c in planned(workspace)["plan"]["server_changes"]] == [change[0][0]]
    assert page.names()["PERSON"] == page.ids["PER"]  # nothing was written

    outcome = sync(workspace).outcome
    assert changes_of(outcome) == change
    assert (outcome.pulled, outcome.conflicts, outcome.carried) == (1, 0, 0)
    assert page.names() == page.ids
    assert gold(workspace, key) == {
        RUBIO: "model:test@1",
        KIEV: "model:test@1",
        UKRAINE: "annotator:anna",
    }
    assert (sync(workspace).outcome.server_changes, status(workspace).problems) == ((), ())


def test_renamed_types_alone_change_nothing(confirmed):
    workspace, (key, _), _, _, page = confirmed
    page.exchange("PER", "LOC")
    plan = preview_sync(workspace).plan
    assert (plan.pull, plan.update, plan.states) == ((), (), {"gold": 1, "pushed": 1})
    outcome = sync(workspace).outcome
    assert (outcome.pulled, outcome.carried, outcome.revisions) == (0, 0, 0)
    assert sorted(changes_of(outcome)) == [("remote.label-renamed", 2, 2)] * 2
    assert page.names() == page.ids
    assert set(gold(workspace, key)) == {RUBIO, KIEV}


@pytest.mark.parametrize(("take", "ends_as"), [("ours", set()), ("theirs", {(19, 26, "PER")})])
def test_a_mark_under_exchanged_names_is_a_conflict(confirmed, admin, take, ends_as):
    """Anna chose LOC on the page, which was the type PER; or she chose PER before, who knows."""
    workspace, (key, _), anna, numbers, page = confirmed
    page.exchange("PER", "LOC")
    anna.add(numbers[TEXT], 19, 26, "PER")
    outcome = sync(workspace).outcome
    assert (outcome.pulled, outcome.conflicts) == (1, 1)
    assert set(gold(workspace, key)) == {RUBIO, KIEV}
    ((conflict,),) = (each.conflicts for each in list_conflicts(workspace))
    assert [span.key for span in conflict.theirs] == [(19, 26, "PER")]
    assert conflict.theirs_by == "annotator:anna"
    assert sync(workspace).outcome.pulled == 0
    resolve(workspace, key, 1, take)
    sync(workspace)
    assert set(gold(workspace, key)) == {RUBIO, KIEV} | ends_as
    assert set(spans_there(admin, workspace, numbers[TEXT])) == {RUBIO, KIEV} | ends_as
    assert status(workspace).states == {"gold": 1, "pushed": 1}


def test_a_mark_under_exchanged_names_waits_until_it_is_confirmed(confirmed, admin):
    """The names are right again by then, and it is still not known what was meant."""
    workspace, (_, other), anna, numbers, page = confirmed
    page.exchange("PER", "LOC")
    anna.add(numbers[OTHER], 5, 11, "PER")
    assert sync(workspace).outcome.pulled == 0
    anna.add(numbers[OTHER], 12, 13, "PER")
    anna.confirm(numbers[OTHER])
    outcome = sync(workspace).outcome
    assert (outcome.pulled, outcome.conflicts) == (1, 1)
    assert set(gold(workspace, other)) == {ANNA, PARIS, (12, 13, "PER")}


def test_a_deleted_label_type_is_made_again_and_gold_is_carried_back(confirmed, admin):
    workspace, (key, _), anna, numbers, page = confirmed
    anna.add(numbers[TEXT], *UKRAINE)
    sync(workspace)
    admin.delete(f"{page.resource}/{page.ids['LOC']}")
    plan = preview_sync(workspace).plan
    assert changes_of(plan) == [("remote.label-type-gone", 2, 3)]
    assert "LOC" not in page.names()

    outcome = sync(workspace).outcome
    assert changes_of(outcome) == [("remote.label-type-gone", 2, 3)]
    assert (outcome.revisions, outcome.conflicts) == (0, 0)
    assert set(gold(workspace, key)) == {RUBIO, KIEV, UKRAINE}
    assert spans_there(admin, workspace, numbers[TEXT]) == [RUBIO, UKRAINE, KIEV]
    assert spans_there(admin, workspace, numbers[OTHER]) == [ANNA, PARIS]
    assert sync(workspace).outcome.server_changes == ()
    assert status(workspace).states == {"gold": 1, "pushed": 1}


def test_work_beside_a_deleted_label_type_is_taken(confirmed, admin):
    workspace, (key, _), anna, numbers, page = confirmed
    admin.delete(f"{page.resource}/{page.ids['LOC']}")
    anna.add(numbers[TEXT], 19, 26, "ORG")
    for _ in range(2):
        anna.confirm(numbers[TEXT])
    sync(workspace)
    assert set(gold(workspace, key)) == {RUBIO, KIEV, (19, 26, "ORG")}
    assert spans_there(admin, workspace, numbers[TEXT]) == [RUBIO, (19, 26, "ORG"), KIEV]


@pytest.mark.parametrize("cure", ["relabel and delete", "rename", "rename and add"])
def test_a_name_that_another_type_took_stops_the_sync_and_says_how_to_go_on(confirmed, cure):
    workspace, (key, _), anna, numbers, page = confirmed
    page.rename(page.ids["PER"], "PERSON")
    new = page.admin.post(page.resource, json={"text": "PER"}).json()["id"]
    anna.label_ids["new"] = new
    mark = anna.add(numbers[TEXT], 19, 26, "new")  # she chose PER, as the page called it
    seen = status(workspace)
    assert {p.code for p in seen.problems} == {"remote.label-renamed", "remote.label-taken"}
    plan = planned(workspace)["plan"]
    assert "remote.label-taken" in [p["code"] for p in plan["problems"]]
    assert not {"push", "pull", "update"} & plan.keys()
    with pytest.raises(RemoteError) as refused:
        sync(workspace)
    assert f"number {new}" in refused.value.hint
    before = gold(workspace, key)

    # What the hint says, and then what the next one says.
    if cure == "relabel and delete":
        anna.change(numbers[TEXT], mark, label="PER")  # the old type, now PERSON
        page.admin.delete(f"{page.resource}/{new}")
    else:
        page.rename(new, "Persona")
        held = [("remote.unknown-label", 1, 1)]
        assert held[0] in changes_of(preview_sync(workspace).plan)
        assert preview_sync(workspace).plan.pull == ()
        outcome = sync(workspace).outcome
        assert (outcome.pulled, outcome.conflicts, gold(workspace, key)) == (0, 0, before)
        assert changes_of(sync(workspace).outcome) == held  # as long as it is so
        if cure == "rename":
            anna.change(numbers[TEXT], mark, label="PER")
        else:
            add_label(workspace, "Persona")
            workspace = Workspace(workspace.root)
    outcome = sync(workspace).outcome
    assert (outcome.conflicts, "remote.unknown-label" in changes_of(outcome)) == (0, False)
    assert page.names()["PER"] == page.ids["PER"]
    label = "Persona" if cure == "rename and add" else "PER"
    assert set(gold(workspace, key)) == {RUBIO, KIEV, (19, 26, label)}
    assert sync(workspace).outcome.problems == ()


def add_label(workspace: Workspace, name: str) -> None:
    path = workspace.root / workspace.config.corpus.schema
    label = f'{{name: {name}, title: Somebody, colour: "#000000", description: Somebody.}}'
    text = path.read_text("utf-8")
    path.write_text(text.replace("labels:\n", f"labels:\n  - {label}\n", 1), "utf-8")


def test_a_shortcut_and_a_colour_that_somebody_took_are_set_back(confirmed, admin):
    workspace, (key, _), _, _, page = confirmed
    rows = {row["text"]: row for row in admin.get(page.resource).json()}
    per = rows["PER"]
    admin.patch(f"{page.resource}/{per['id']}", json={"suffix_key": None})
    body = {"text": "MINE", "suffix_key": per["suffix_key"], "background_color": "#000000"}
    admin.post(page.resource, json=body)
    admin.patch(f"{page.resource}/{rows['LOC']['id']}", json={"background_color": "#123456"})
    outcome = sync(workspace).outcome
    assert outcome.server_changes == ()
    now = {row["text"]: row for row in admin.get(page.resource).json()}
    assert {name: now[name] for name in rows} == rows
    assert now["MINE"]["suffix_key"] is None
    assert set(gold(workspace, key)) == {RUBIO, KIEV}


def has_gold(workspace: Workspace, key: str) -> bool:
    with workspace.store.begin() as tx:
        return tx.head(key) is not None


@pytest.mark.parametrize("confirmed_first", [True, False])
def test_proposals_that_went_with_their_label_type_are_in_no_gold_before_somebody_confirms_them(
    confirmed, admin, confirmed_first
):
    """Nobody knows whether anna saw them when she confirmed the document."""
    workspace, (_, other), anna, numbers, page = confirmed
    number = numbers[OTHER]
    if confirmed_first:
        anna.confirm(number)
    admin.delete(f"{page.resource}/{page.ids['LOC']}")
    anna.add(number, 5, 11, "ORG")
    if not confirmed_first:
        anna.confirm(number)
    lost = [("remote.confirm-again", 1, 0), ("remote.label-type-gone", 2, 2)]
    plan = preview_sync(workspace).plan
    assert changes_of(plan) == lost
    assert other not in [pull.document for pull in plan.pull]
    outcome = sync(workspace).outcome
    assert (changes_of(outcome), outcome.revisions, outcome.conflicts) == (lost, 0, 0)
    everything = [ANNA, (5, 11, "ORG"), PARIS]
    assert spans_there(admin, workspace, number) == everything
    for _ in range(2):
        waits = [("remote.confirm-again", 1, 0)]
        plan = preview_sync(workspace).plan
        assert (changes_of(plan), plan.pull) == (waits, ())
        outcome = sync(workspace).outcome
        assert (changes_of(outcome), outcome.pulled) == (waits, 0)
    assert not has_gold(workspace, other)
    for _ in range(2):
        anna.confirm(number)
    outcome = sync(workspace).outcome
    assert (outcome.problems, outcome.pulled) == ((), 1)
    assert sorted(gold(workspace, other)) == everything
    assert list_conflicts(workspace) == []


def test_proposals_that_were_lost_come_back_beside_work_that_nobody_confirmed(confirmed, admin):
    workspace, (_, other), anna, numbers, page = confirmed
    admin.delete(f"{page.resource}/{page.ids['LOC']}")
    anna.add(numbers[OTHER], 5, 11, "ORG")
    planned_counts = preview_sync(workspace).counts
    outcome = sync(workspace).outcome
    assert outcome.carried == planned_counts["carried"] == 2
    everything = [ANNA, (5, 11, "ORG"), PARIS]
    assert spans_there(admin, workspace, numbers[OTHER]) == everything
    anna.confirm(numbers[OTHER])
    outcome = sync(workspace).outcome
    assert (outcome.problems, outcome.pulled) == ((), 1)
    assert sorted(gold(workspace, other)) == everything


def test_another_store_waits_for_the_confirmation_too(confirmed, admin):
    """It knows the proposals as they were, and another curator's sync has written them again."""
    workspace, (_, other), anna, numbers, page = confirmed
    root = workspace.root.parent / "second"
    shutil.copytree(workspace.root, root)
    second = Workspace(root)
    admin.delete(f"{page.resource}/{page.ids['LOC']}")
    anna.confirm(numbers[OTHER])
    sync(workspace)
    for _ in range(2):
        outcome = sync(second).outcome
        assert ("remote.confirm-again", 1, 0) in changes_of(outcome)
        assert not has_gold(second, other)
    for _ in range(2):
        anna.confirm(numbers[OTHER])
    for each in (second, workspace):
        assert sync(each).outcome.problems == ()
        assert set(gold(each, other)) == {ANNA, PARIS}


def test_independent_annotators_confirm_proposals_that_were_lost_again(
    new_workspace, at_work, admin
):
    settings = '\n[tasks]\nmode = "independent"\nannotators = ["anna", "bela"]\noverlap = 1.0\n'
    workspace = new_workspace(settings=settings)
    key = propose(workspace, OTHER, ANNA, PARIS)
    sync(workspace)
    anna = at_work(workspace, part="-anna")
    (number,) = (row["id"] for row in anna.examples())
    admin.delete(f"{anna.resource}/span-types/{anna.label_ids['LOC']}")
    anna.confirm(number)
    outcome = sync(workspace).outcome
    assert "remote.confirm-again" in [code for code, _, _ in changes_of(outcome)]
    assert (outcome.pulled, has_gold(workspace, key)) == (0, False)
    for _ in range(2):
        anna.confirm(number)
    bela = at_work(workspace, "bela", "-bela")
    bela.confirm(bela.examples()[0]["id"])
    assert sync(workspace).outcome.problems == ()
    assert set(gold(workspace, key)) == {ANNA, PARIS}
