"""What a dry run and the status say is what the sync then does."""

from __future__ import annotations

import secrets

import pytest
from support.admin_pages import AdminPages
from support.annotators import Annotator
from support.cli import run_command
from support.sync_corpus import TEXT, edit_gold, gold, propose, spans_there, with_member

from curate.doccano.session import connect
from curate.sync.run import SyncPreview, SyncReport, preview_sync, sync
from curate.sync.status import status
from curate.sync.tasks import reassign_tasks
from curate.workspace import Workspace

pytestmark = [pytest.mark.server, pytest.mark.slow]

RUBIO, UKRAINE, KIEV = (0, 11, "PER"), (19, 26, "LOC"), (30, 34, "LOC")
SECRET = "a long enough password"


def sync_as_planned(workspace: Workspace) -> tuple[SyncPreview, SyncReport]:
    """A sync, which does what the dry run and the status before it say."""
    seen, preview = status(workspace), preview_sync(workspace)
    report = sync(workspace)
    outcome = report.outcome
    assert {name: getattr(outcome, name) for name in preview.counts} == preview.counts
    assert outcome.states == preview.plan.states == seen.states
    assert outcome.problems == preview.plan.problems == seen.problems
    return preview, report


def documents(planned: tuple) -> list[str]:
    return [each.document for each in planned]


@pytest.fixture
def guest(doccano, admin):
    """An account for one test: its name, and how to delete it."""
    name = f"guest{secrets.token_hex(4)}"
    doccano.create_user(name, SECRET)
    account = doccano.credentials()

    def delete() -> None:
        (number,) = (row["id"] for row in admin.get("users").json() if row["username"] == name)
        AdminPages(account.url, account.username, account.password).delete_account(number)

    return name, delete


@pytest.mark.parametrize("confirmed", [True, False], ids=["confirmed", "not confirmed"])
def test_gold_that_is_written_back_is_listed_and_nothing_counts_as_pulled(
    new_workspace, at_work, admin, guest, confirmed
):
    name, delete = guest
    workspace = with_member(new_workspace(), name)
    key = propose(workspace, TEXT, RUBIO)
    sync(workspace)
    anna = at_work(workspace)
    person = Annotator(connect(admin.url, name, SECRET), anna.project)
    (number,) = (row["id"] for row in anna.examples())
    person.add(number, *KIEV)
    person.confirm(number)
    sync(workspace)
    delete()
    if confirmed:
        anna.confirm(number)
    preview, report = sync_as_planned(workspace)
    plan = preview.plan
    assert (plan.pull, documents(plan.kept), documents(plan.write_back)) == ((), [key], [key])
    assert plan.states == {"kept": 1}
    assert (report.outcome.pulled, report.outcome.carried) == (0, 1)
    assert set(gold(workspace, key)) == {RUBIO, KIEV}
    assert spans_there(admin, workspace, number) == [RUBIO, KIEV]
    assert sync_as_planned(workspace)[0].plan.states == {"gold": 1}


def test_a_merge_is_written_back_and_a_conflict_is_not(new_workspace, at_work):
    workspace = new_workspace()
    merged, disputed, same = (
        propose(workspace, f"{TEXT} {name}.", RUBIO) for name in ("merged", "disputed", "same")
    )
    sync(workspace)
    anna = at_work(workspace)
    number = {row["meta"]["curate_id"]: row["id"] for row in anna.examples()}
    for key in (merged, disputed, same):
        anna.confirm(number[key])
    sync(workspace)
    edit_gold(workspace, merged, RUBIO, UKRAINE)
    edit_gold(workspace, disputed, (0, 11, "ORG"))
    edit_gold(workspace, same, RUBIO, KIEV)
    anna.add(number[merged], *KIEV)
    (span,) = anna.spans(number[disputed])
    anna.change(number[disputed], span["id"], label="LOC")
    anna.add(number[same], *KIEV)
    preview, report = sync_as_planned(workspace)
    assert set(documents(preview.plan.pull)) == {merged, disputed}
    assert documents(preview.plan.agreed) == [same]
    assert documents(preview.plan.write_back) == [merged]
    assert (report.outcome.pulled, report.outcome.carried) == (2, 1)
    assert preview.plan.states == {"confirmed": 2, "gold": 1}


def test_what_nobody_saw_as_a_whole_is_not_to_be_pulled(new_workspace, at_work, admin):
    """Sharing was off when two people confirmed a document, and is on again."""
    workspace = new_workspace()
    both, one = propose(workspace, TEXT, RUBIO), propose(workspace, f"{TEXT} Oui.", RUBIO)
    sync(workspace)
    anna, bela = at_work(workspace), at_work(workspace, "bela")
    number = {row["meta"]["curate_id"]: row["id"] for row in anna.examples()}
    sharing = {"resourcetype": "SequenceLabelingProject", "collaborative_annotation": False}
    admin.patch(anna.resource, json=sharing)
    anna.confirm(number[both])
    bela.confirm(number[both])
    admin.patch(anna.resource, json={**sharing, "collaborative_annotation": True})
    anna.confirm(number[one])
    preview, report = sync_as_planned(workspace)
    assert (documents(preview.plan.pull), documents(preview.plan.kept)) == ([one], [both])
    assert report.outcome.pulled == 1


def test_reassigned_documents_are_named_so(new_workspace):
    settings = '\n[tasks]\nmode = "independent"\nannotators = ["anna", "bela"]\noverlap = 0.0\n'
    workspace = new_workspace(settings=settings)
    keys = [propose(workspace, f"{TEXT} Et {number}.", RUBIO) for number in range(4)]
    sync(workspace)
    moved = reassign_tasks(workspace, ["anna"], ["bela"]).documents
    assert len(moved) == 2 and {*moved} < {*keys}
    shown = run_command("sync", "--dry-run", root=workspace.root).stdout
    assert all(f"delete the reassigned {key} " in shown for key in moved)
    assert "withdrawn" not in shown
    preview, report = sync_as_planned(workspace)
    assert (documents(preview.plan.reassign), preview.plan.withdraw) == ([*sorted(moved)], ())
    assert (report.outcome.reassigned, report.outcome.withdrawn) == (2, 0)


@pytest.mark.parametrize("broken", [True, False], ids=["an error", "no error"])
def test_the_exit_code_is_the_same_for_status_dry_run_and_sync(
    new_workspace, at_work, admin, broken
):
    workspace = new_workspace()
    propose(workspace, TEXT, RUBIO)
    sync(workspace)
    if broken:
        anna = at_work(workspace)
        (number,) = (row["id"] for row in anna.examples())
        admin.patch(f"{anna.resource}/examples/{number}", json={"text": "Something else."})
    for command in (["status"], ["sync", "--dry-run"], ["sync"]):
        for options in ([], ["--json"]):
            result = run_command(*command, *options, root=workspace.root)
            assert (result.exit_code, "remote.text" in result.stdout) == (int(broken), broken)


@pytest.mark.parametrize("mode", ["shared", "independent"])
def test_a_member_without_account_is_named_with_the_setting_that_names_it(new_workspace, mode):
    name = f"nobody{secrets.token_hex(3)}"
    settings = f'\n[tasks]\nmode = "{mode}"\nannotators = ["anna", "{name}"]\n'
    workspace = new_workspace(settings=settings)
    if mode == "shared":
        workspace = with_member(workspace, name)
    named = [p for p in preview_sync(workspace).plan.problems if p.code == "remote.member"]
    (problem,) = named
    setting, other = "[doccano.members]", "[tasks] annotators"
    if mode == "independent":
        setting, other = other, setting
    assert setting in problem.hint and other not in f"{problem.message} {problem.hint}"
