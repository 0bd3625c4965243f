"""Label types that somebody deleted, renamed or exchanged on Doccano's page, on the real server."""

from __future__ import annotations

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


def test_a_name_that_another_type_took_stops_the_sync_and_says_how_to_go_on(confirmed, admin):
    workspace, (key, _), anna, _, page = confirmed
    page.rename(page.ids["PER"], "PERSON")
    new = admin.post(page.resource, json={"text": "PER"}).json()["id"]
    assert "remote.label-renamed" in [problem.code for problem in status(workspace).problems]
    with pytest.raises(RemoteError) as refused:
        sync(workspace)
    assert f"number {new}" in refused.value.hint
    page.rename(new, "Persona")  # what the hint says
    outcome = sync(workspace).outcome
    assert outcome.conflicts == 0
    assert page.names()["PER"] == page.ids["PER"]
    assert set(gold(workspace, key)) == {RUBIO, KIEV}


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


def test_what_was_confirmed_and_went_with_its_label_type_is_a_conflict(confirmed, admin):
    """Nobody knows whether anna had removed it before she confirmed the document."""
    workspace, (_, other), anna, numbers, page = confirmed
    anna.confirm(numbers[OTHER])
    admin.delete(f"{page.resource}/{page.ids['LOC']}")
    outcome = sync(workspace).outcome
    assert outcome.conflicts == 1
    assert set(gold(workspace, other)) == {ANNA, PARIS}
    resolve(workspace, other, None, "ours")
    sync(workspace)
    assert spans_there(admin, workspace, numbers[OTHER]) == [ANNA, PARIS]
