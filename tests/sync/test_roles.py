"""Independent annotators, and the adjudicator between them, on the real server."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.sync_corpus import TEXT, gold, project_of, propose

from curate.agreement.adjudication import AdjudicationOptions, adjudicate
from curate.doccano.session import Session
from curate.model import Annotation
from curate.sync.conflicts import list_conflicts, resolve
from curate.sync.run import preview_sync, sync
from curate.sync.tasks import annotator_loads, reassign_tasks
from curate.workspace import Workspace

pytestmark = pytest.mark.server

INDEPENDENT = """
[tasks]
mode = "independent"
annotators = ["anna", "bela"]
adjudicators = ["carla"]
overlap = 1.0
"""
PER, ORG, LOC = (0, 11, "PER"), (19, 26, "ORG"), (19, 26, "LOC")
DATE = (38, 44, "DATE")


def layer(workspace: Workspace, key: str, name: str) -> Annotation:
    with workspace.store.begin() as tx:
        found = tx.annotation(key, f"annotator:{name}")
    assert found is not None
    return found


@pytest.fixture
def independent(
    new_workspace: Callable[..., Workspace], people: dict[str, Session]
) -> Callable[..., Workspace]:
    """Makes a workspace in which anna and bela annotate independently and carla adjudicates."""

    def make(settings: str = INDEPENDENT) -> Workspace:
        return new_workspace(settings=settings)

    return make


def test_independent_annotators_and_an_adjudicator(independent, at_work, admin):
    workspace = independent()
    alike = propose(workspace, TEXT, PER)
    other = propose(workspace, TEXT + " Enfin.", PER, ORG)
    first = sync(workspace)
    name = workspace.config.project
    assert {p: o.pushed for p, o in first.parts.items()} == {
        f"{name}-anna": 2,
        f"{name}-bela": 2,
        f"{name}-adjudication": 0,
    }
    assert (first.outcome.problems, first.assigned) == ((), 2)

    anna, bela = at_work(workspace, "anna", "-anna"), at_work(workspace, "bela", "-bela")
    mine = {row["meta"]["curate_id"]: row["id"] for row in anna.examples()}
    hers = {row["meta"]["curate_id"]: row["id"] for row in bela.examples()}
    anna.confirm(mine[alike])
    anna.change(mine[other], anna.spans(mine[other])[1]["id"], label="LOC")
    anna.confirm(mine[other])
    half = sync(workspace)
    assert (half.settled, half.differing, half.outcome.pulled) == (0, 0, 2)
    assert not list(workspace.annotations.glob("gold/*"))

    bela.confirm(hers[alike])
    bela.remove(hers[other], bela.spans(hers[other])[0]["id"])
    bela.confirm(hers[other])
    both = sync(workspace)
    assert (both.settled, both.differing) == (1, 1)
    assert both.parts[f"{name}-adjudication"].pushed == 1
    assert both.outcome.problems == ()
    assert gold(workspace, alike) == {PER: "model:test@1"}
    assert [s.key for s in layer(workspace, other, "anna").spans] == [PER, LOC]
    assert [s.key for s in layer(workspace, other, "bela").spans] == [ORG]

    carla = at_work(workspace, "carla", "-adjudication")
    (example,) = carla.examples()
    assert carla.spans(example["id"]) == []  # they agree on nothing here
    said = "anna: « Marco Rubio » PER (0–11); « Ukraine » LOC (19–26)"
    assert example["meta"]["annotators"] == "anna, bela"
    assert example["meta"]["versions"] == f"{said} | bela: « Ukraine » ORG (19–26)"
    assert sorted(carla.comments(example["id"])) == [said, "bela: « Ukraine » ORG (19–26)"]
    carla.add(example["id"], *PER)
    carla.add(example["id"], *LOC)
    carla.confirm(example["id"])
    last = sync(workspace)
    assert (last.differing, last.outcome.revisions, last.outcome.problems) == (0, 1, ())
    assert gold(workspace, other) == {PER: "annotator:carla", LOC: "annotator:carla"}
    with workspace.store.begin() as tx:
        head = tx.head(other)
    assert head is not None
    assert (head.author, head.reason.split(":")[0]) == ("annotator:carla", "adjudicated in Doccano")
    again = sync(workspace)
    assert (again.outcome.pushed, again.outcome.pulled, again.outcome.carried) == (0, 0, 0)
    assert len(carla.comments(example["id"])) == 2


@pytest.mark.slow
def test_the_shares_of_overlap_and_control_reach_the_projects(independent, at_work):
    workspace = independent(INDEPENDENT.replace("overlap = 1.0", "overlap = 0.5\ncontrol = 0.25"))
    keys = [propose(workspace, f"{TEXT} Et {number}.", PER) for number in range(8)]
    sync(workspace)
    anna, bela = at_work(workspace, "anna", "-anna"), at_work(workspace, "bela", "-bela")
    rows = [
        (row["meta"]["curate_id"], bool(person.spans(row["id"])))
        for person in (anna, bela)
        for row in person.examples()
    ]
    assert {key for key, _ in rows} == set(keys)
    assert len(rows) == 12  # four of eight twice
    assert len({key for key, shown in rows if not shown}) == 2
    with workspace.store.begin() as tx:
        control = {key for key, each in tx.assignments().items() if each.control}
    assert {key for key, shown in rows if not shown} == control


def test_a_document_of_one_annotator_becomes_gold_when_confirmed(independent, at_work):
    workspace = independent(INDEPENDENT.replace("overlap = 1.0", "overlap = 0.0"))
    key = propose(workspace, TEXT, PER)
    sync(workspace)
    with workspace.store.begin() as tx:
        (who,) = tx.assignments()[key].annotators
    person = at_work(workspace, who, f"-{who}")
    (example,) = person.examples()
    person.add(example["id"], *LOC)
    person.confirm(example["id"])
    done = sync(workspace)
    assert (done.settled, done.outcome.revisions) == (1, 0)
    assert gold(workspace, key) == {PER: "model:test@1", LOC: f"annotator:{who}"}
    with workspace.store.begin() as tx:
        head = tx.head(key)
    assert head is not None
    assert (head.author, head.confirmed_by) == (f"annotator:{who}", who)


def test_a_missing_account_is_reported_and_the_others_are_synced(independent):
    workspace = independent(INDEPENDENT.replace('"carla"', '"nobody"'))
    propose(workspace, TEXT, PER)
    done = sync(workspace)
    (problem,) = done.outcome.problems
    assert problem.code == "remote.member"
    assert "nobody" in problem.message
    assert done.outcome.pushed == 2


def test_a_preview_counts_new_assignments_and_records_none(independent):
    workspace = independent()
    propose(workspace, TEXT, PER)
    seen = preview_sync(workspace)
    assert seen.assign == 1
    assert [len(plan.push) for plan in seen.parts.values()] == [1, 1, 0]
    with workspace.store.begin() as tx:
        assert tx.assignments() == {}


@pytest.mark.slow
def test_what_a_strategy_settled_is_pushed_and_what_an_adjudicator_decides_is_kept(
    independent, at_work
):
    settings = INDEPENDENT.replace('["anna", "bela"]', '["anna", "bela", "dora"]').replace(
        "overlap = 1.0", "overlap = 1.0\neach = 3"
    )
    workspace = independent(settings)
    key = propose(workspace, TEXT)
    sync(workspace)
    marked = {"anna": (PER, LOC), "bela": (PER, ORG), "dora": (LOC, DATE)}
    for name, spans in marked.items():
        person = at_work(workspace, name, f"-{name}")
        (example,) = person.examples()
        for span in spans:
            person.add(example["id"], *span)
        person.confirm(example["id"])
    assert sync(workspace).differing == 1  # nothing is common to all three

    done = adjudicate(workspace, AdjudicationOptions(strategy="majority"))
    assert (done.settled, done.open) == (3, 0)
    sync(workspace)  # newer proposals reach what nobody has touched
    carla = at_work(workspace, "carla", "-adjudication")
    (example,) = carla.examples()
    there = {(r["start_offset"], r["end_offset"]): r["id"] for r in carla.spans(example["id"])}
    assert {*there} == {PER[:2], LOC[:2]}
    carla.remove(example["id"], there[PER[:2]])
    carla.add(example["id"], *DATE)
    carla.confirm(example["id"])
    sync(workspace)
    decided = {LOC, DATE}
    assert {*gold(workspace, key)} == decided

    again = adjudicate(workspace, AdjudicationOptions(strategy="majority", gold=True, again=True))
    assert (again.gold, again.open, again.kept) == ((), 0, 3)
    assert {*gold(workspace, key)} == decided
    assert sync(workspace).outcome.carried == 0


@pytest.mark.slow
def test_a_document_deleted_in_one_of_two_projects_waits(independent, at_work, admin):
    workspace = independent()
    key = propose(workspace, TEXT, PER)
    sync(workspace)
    anna, bela = at_work(workspace, "anna", "-anna"), at_work(workspace, "bela", "-bela")
    (hers,) = bela.examples()
    bela.confirm(hers["id"])
    admin.delete(f"{project_of(admin, workspace, '-anna')}/examples/{anna.examples()[0]['id']}")
    for _ in range(2):  # and the sync of bela's project, which comes after, leaves it open
        assert [p.code for p in sync(workspace).outcome.problems] == ["remote.gone"]
        assert [c.kind for each in list_conflicts(workspace) for c in each.conflicts] == [
            "document-deleted"
        ]
    resolve(workspace, key, 1, "ours")
    again = sync(workspace)
    assert [part.pushed for part in again.parts.values()] == [1, 0, 0]
    assert (again.outcome.pulled, again.outcome.problems) == (0, ())
    assert list_conflicts(workspace) == []
    (new,) = anna.examples()
    anna.confirm(new["id"])
    assert sync(workspace).settled == 1
    assert gold(workspace, key) == {PER: "model:test@1"}


def configure(workspace: Workspace, old: str, new: str) -> Workspace:
    """The workspace with another setting."""
    path = workspace.root / "curate.toml"
    path.write_text(path.read_text("utf-8").replace(old, new), encoding="utf-8")
    return Workspace(workspace.root)


@pytest.mark.slow
def test_an_annotator_leaves_and_another_one_takes_the_documents_over(independent, at_work):
    workspace = independent()
    keys = [propose(workspace, f"{TEXT} Et {number}.", PER) for number in range(4)]
    sync(workspace)
    bela = at_work(workspace, "bela", "-bela")
    examples = {row["meta"]["curate_id"]: row["id"] for row in bela.examples()}
    confirmed, begun = keys[:2]
    bela.confirm(examples[confirmed])
    bela.add(examples[begun], *LOC)
    workspace = configure(workspace, '"anna", "bela"', '"anna", "carla"')
    workspace = configure(workspace, 'adjudicators = ["carla"]', "adjudicators = []")

    left = sync(workspace)
    assert {p.code for p in left.outcome.problems} == {"task.left", "task.none"}
    with workspace.store.begin() as tx:  # what she confirmed is read although she left
        assert tx.assignments()[confirmed].done.keys() == {"bela"}
    loads = {each.account: (each.confirmed, each.waiting) for each in annotator_loads(workspace)}
    assert loads == {"anna": (0, 4), "bela": (1, 3), "carla": (0, 0)}

    planned = reassign_tasks(workspace, dry_run=True)
    assert planned.moves == {"bela": {"carla": 3}}
    assert {each.waiting for each in annotator_loads(workspace)} == {4, 3, 0}
    assert reassign_tasks(workspace) == planned
    assert reassign_tasks(workspace).moves == {}
    after = sync(workspace)
    assert after.outcome.problems == ()
    carla = at_work(workspace, "carla", "-carla")
    assert {row["meta"]["curate_id"] for row in carla.examples()} == {*keys[1:]}
    # What nobody had begun is gone from the project of the one who left.
    assert {row["meta"]["curate_id"] for row in bela.examples()} == {confirmed, begun}

    bela.confirm(examples[begun])
    sync(workspace)
    assert [s.key for s in layer(workspace, begun, "bela").spans] == [PER, LOC]
    with workspace.store.begin() as tx:
        assignment = tx.assignments()[begun]
    assert (assignment.annotators, {*assignment.done}) == (("anna", "carla"), {"bela"})
    assert list(workspace.annotations.glob("gold/*")) == []


@pytest.mark.slow
def test_documents_that_are_given_back_are_pushed_again(independent, at_work):
    workspace = independent(INDEPENDENT.replace("overlap = 1.0", "overlap = 0.0"))
    keys = [propose(workspace, f"{TEXT} Et {number}.", PER) for number in range(4)]
    sync(workspace)
    there_and_back = [("anna", "bela"), ("bela", "anna")]
    for giver, receiver in there_and_back:
        reassign_tasks(workspace, [giver], [receiver])
        assert {problem.code for problem in sync(workspace).outcome.problems} == {"task.none"}
        person = at_work(workspace, receiver, f"-{receiver}")
        assert {row["meta"]["curate_id"] for row in person.examples()} == {*keys}
        assert at_work(workspace, giver, f"-{giver}").examples() == []
