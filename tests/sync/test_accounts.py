"""Accounts that are deleted, renamed or deactivated, and curators with accounts of their own."""

from __future__ import annotations

import secrets
from contextlib import closing
from sqlite3 import connect as open_database

import pytest
from support.admin_pages import AdminPages
from support.annotators import Annotator
from support.sync_corpus import TEXT, gold, propose, spans_there, with_member

from curate.doccano.credentials import PASSWORD, USER
from curate.doccano.session import Session, connect
from curate.sync.run import preview_sync, sync
from curate.sync.status import status
from curate.workspace import Workspace

pytestmark = [pytest.mark.server, pytest.mark.slow]

RUBIO, UKRAINE, KIEV, DATE = (0, 11, "PER"), (19, 26, "LOC"), (30, 34, "LOC"), (38, 44, "DATE")
SECRET = "a long enough password"


class Guest:
    """An account for one test."""

    def __init__(self, doccano, administrator: bool = False) -> None:
        self.doccano = doccano
        self.name = f"guest{secrets.token_hex(4)}"
        self.make(administrator)

    def make(self, administrator: bool = False) -> None:
        self.doccano.create_user(self.name, SECRET, administrator)
        self.session: Session = connect(self.doccano.credentials().url, self.name, SECRET)

    def member(self, role: str = "annotator") -> str:
        """A line of [doccano.members]."""
        return f'\n[doccano.members]\n{self.name} = "{role}"\n'

    def at_work(self, anna: Annotator) -> Annotator:
        return Annotator(self.session, anna.project)

    def delete(self) -> None:
        self._pages().delete_account(self.session.user_id)

    def _pages(self) -> AdminPages:
        account = self.doccano.credentials()
        return AdminPages(account.url, account.username, account.password)

    def change(self, column: str, value: object) -> None:
        path = self.doccano.status().home + "/db.sqlite3"
        with closing(open_database(path, timeout=60)) as database, database:
            statement = f"UPDATE auth_user SET {column} = ? WHERE username = ?"
            assert database.execute(statement, [value, self.name]).rowcount == 1


@pytest.fixture
def guest(doccano) -> Guest:
    return Guest(doccano)


@pytest.fixture
def marked_by_guest(new_workspace, guest, at_work):
    """A document whose gold has two marks of a guest, who confirmed it."""
    workspace = with_member(new_workspace(), guest.name)
    key = propose(workspace, TEXT, RUBIO, UKRAINE)
    sync(workspace)
    anna = at_work(workspace)
    number = anna.examples()[0]["id"]
    person = guest.at_work(anna)
    person.add(number, *KIEV)
    person.add(number, *DATE)
    person.confirm(number)
    sync(workspace)
    assert set(gold(workspace, key)) == {RUBIO, UKRAINE, KIEV, DATE}
    return workspace, key, anna, number


def codes(problems) -> list[str]:
    return [problem.code for problem in problems]


def revisions(workspace: Workspace, key: str) -> int:
    with workspace.store.begin() as tx:
        return len(tx.revisions(key))


@pytest.mark.parametrize("confirmed", [True, False], ids=["confirmed", "not confirmed"])
def test_the_work_of_a_deleted_account_stays_and_is_carried_back(
    marked_by_guest, guest, admin, confirmed
):
    workspace, key, anna, number = marked_by_guest
    before = gold(workspace, key), revisions(workspace, key)
    guest.delete()
    assert spans_there(admin, workspace, number) == [RUBIO, UKRAINE]
    if confirmed:
        anna.confirm(number)
    (change,) = status(workspace).server_changes
    assert (change.code, change.documents, change.spans) == ("remote.account-gone", (key,), 2)
    assert change.confirmations == (0 if confirmed else 1)  # anna's took the place of the guest's
    assert guest.name in change.message
    assert preview_sync(workspace).plan.server_changes == (change,)
    outcome = sync(workspace).outcome
    assert "remote.account-gone" in codes(outcome.problems)
    assert (outcome.server_changes, outcome.carried) == ((change,), 1)
    assert (gold(workspace, key), revisions(workspace, key)) == before
    assert spans_there(admin, workspace, number) == sorted([RUBIO, UKRAINE, KIEV, DATE])
    again = sync(workspace).outcome
    assert (again.server_changes, again.pulled, again.carried) == ((), 0, 0)


def test_a_confirmation_that_went_with_an_account_is_reported(new_workspace, guest, at_work):
    workspace = with_member(new_workspace(), guest.name)
    keys = [propose(workspace, text, RUBIO) for text in (TEXT, f"{TEXT} Et non.")]
    sync(workspace)
    person = guest.at_work(at_work(workspace))
    for row in person.examples():
        person.confirm(row["id"])
    sync(workspace)
    guest.delete()
    for changes in (status(workspace).server_changes, sync(workspace).outcome.server_changes):
        (change,) = changes
        assert change.documents == tuple(sorted(keys))
        assert (change.code, change.spans, change.confirmations) == ("remote.account-gone", 0, 2)
    assert sync(workspace).outcome.server_changes == ()


def test_what_others_did_beside_a_deleted_account_is_taken(marked_by_guest, guest, admin):
    """The account is made again under the same name, which makes it another one."""
    workspace, key, anna, number = marked_by_guest
    guest.delete()
    guest.make()
    rows = {row["start_offset"]: row["id"] for row in anna.spans(number)}
    anna.remove(number, rows[19])
    anna.change(number, rows[0], end_offset=5)
    anna.confirm(number)
    sync(workspace)
    marco = (0, 5, "PER")
    by_guest = f"annotator:{guest.name}"
    assert gold(workspace, key) == {marco: "annotator:anna", KIEV: by_guest, DATE: by_guest}
    assert spans_there(admin, workspace, number) == sorted([marco, KIEV, DATE])
    assert sync(workspace).outcome.pulled == 0


def test_unconfirmed_work_beside_a_deleted_account_is_not_written_over(
    marked_by_guest, guest, admin
):
    workspace, key, anna, number = marked_by_guest
    guest.delete()
    anna.change(number, anna.spans(number)[0]["id"], end_offset=5)
    before = gold(workspace, key)
    outcome = sync(workspace).outcome
    assert (outcome.carried, gold(workspace, key)) == (0, before)
    assert spans_there(admin, workspace, number) == [(0, 5, "PER"), UKRAINE]
    anna.confirm(number)
    sync(workspace)
    assert set(gold(workspace, key)) == {(0, 5, "PER"), UKRAINE, KIEV, DATE}


@pytest.mark.parametrize(("column", "value"), [("is_active", 0), ("username", "")])
def test_an_account_that_is_deactivated_or_renamed_still_is_the_same(
    marked_by_guest, guest, column, value
):
    workspace, key, anna, number = marked_by_guest
    before = gold(workspace, key)
    guest.change(column, value or (new := f"renamed{secrets.token_hex(4)}"))
    anna.remove(number, anna.spans(number)[0]["id"])
    anna.confirm(number)
    anna.confirm(number)
    outcome = sync(workspace).outcome
    assert outcome.server_changes == ()
    del before[RUBIO]
    assert gold(workspace, key) == before
    if column == "username":
        guest.name = new


def test_a_change_is_put_down_to_the_annotator_whichever_curator_pushed(
    new_workspace, doccano, at_work, monkeypatch
):
    curator = Guest(doccano, administrator=True)
    workspace = with_member(new_workspace(), curator.name, "project_admin")
    key = propose(workspace, TEXT, RUBIO, UKRAINE)
    sync(workspace)
    anna = at_work(workspace)
    number = anna.examples()[0]["id"]
    rows = {row["start_offset"]: row["id"] for row in anna.spans(number)}
    anna.change(number, rows[19], label="ORG")
    anna.confirm(number)
    monkeypatch.setenv(USER, curator.name)
    monkeypatch.setenv(PASSWORD, SECRET)
    sync(workspace)
    ukraine = (19, 26, "ORG")
    assert gold(workspace, key) == {RUBIO: "model:test@1", ukraine: "annotator:anna"}
    bela = at_work(workspace, "bela")
    bela.change(number, rows[0], end_offset=5)
    anna.confirm(number)
    bela.confirm(number)
    sync(workspace)
    assert gold(workspace, key) == {(0, 5, "PER"): "annotator:bela", ukraine: "annotator:anna"}


def test_what_one_person_marked_and_another_changed_is_the_other_ones(new_workspace, at_work):
    workspace = new_workspace()
    key = propose(workspace, TEXT, RUBIO)
    sync(workspace)
    anna, bela = at_work(workspace), at_work(workspace, "bela")
    number = anna.examples()[0]["id"]
    span = anna.add(number, *KIEV)
    anna.confirm(number)
    sync(workspace)
    assert gold(workspace, key)[KIEV] == "annotator:anna"
    bela.change(number, span, label="ORG")
    anna.confirm(number)
    bela.confirm(number)
    sync(workspace)
    assert gold(workspace, key)[30, 34, "ORG"] == "annotator:bela"


def test_an_independent_annotators_layer_outlives_the_account(new_workspace, guest, admin):
    settings = (
        f'\n[tasks]\nmode = "independent"\nannotators = ["anna", "{guest.name}"]\noverlap = 1.0\n'
    )
    workspace = new_workspace(settings=settings)
    key = propose(workspace, TEXT, RUBIO)
    sync(workspace)
    name = f"{workspace.config.project}-{guest.name}"
    project = next(row["id"] for row in admin.pages("projects") if row["name"] == name)
    person = Annotator(guest.session, project)
    number = person.examples()[0]["id"]
    person.add(number, *KIEV)
    person.confirm(number)
    sync(workspace)
    guest.delete()
    outcome = sync(workspace).outcome
    assert "remote.account-gone" in codes(outcome.server_changes)
    with workspace.store.begin() as tx:
        layer = tx.annotation(key, f"annotator:{guest.name}")
    assert layer is not None
    assert {span.key for span in layer.spans} == {RUBIO, KIEV}
    rows = admin.get(f"projects/{project}/examples/{number}/spans").json()
    assert sorted(row["start_offset"] for row in rows) == [0, 30]


@pytest.mark.parametrize("confirmed", [True, False], ids=["confirmed", "not confirmed"])
def test_proposals_that_went_with_the_account_that_pushed_them_are_written_again(
    new_workspace, doccano, at_work, admin, monkeypatch, confirmed
):
    curator = Guest(doccano, administrator=True)
    workspace = with_member(new_workspace(), curator.name, "project_admin")
    workspace = with_member(workspace, doccano.credentials().username, "project_admin")
    key = propose(workspace, TEXT, RUBIO, UKRAINE)
    with monkeypatch.context() as context:
        context.setenv(USER, curator.name)
        context.setenv(PASSWORD, SECRET)
        sync(workspace)
    anna = at_work(workspace)
    number = anna.examples()[0]["id"]
    assert spans_there(admin, workspace, number) == [RUBIO, UKRAINE]
    sync(workspace)  # by another account
    curator.delete()
    assert spans_there(admin, workspace, number) == []
    if confirmed:
        anna.confirm(number)
    outcome = sync(workspace).outcome
    assert "remote.account-gone" in codes(outcome.problems)
    assert outcome.revisions == 0
    assert spans_there(admin, workspace, number) == [RUBIO, UKRAINE]
    again = sync(workspace).outcome
    assert (again.pulled, again.conflicts) == (0, 0)
    if confirmed:  # nobody knows whether she saw them
        assert codes(again.server_changes) == ["remote.confirm-again"]
        for _ in range(2):
            anna.confirm(number)
        assert sync(workspace).outcome.server_changes == ()
        assert set(gold(workspace, key)) == {RUBIO, UKRAINE}
