"""A project that was deleted, hidden, cloned, or that is looked for at another address."""

from __future__ import annotations

import secrets
import shutil
import sqlite3

import msgspec
import pytest
from support.annotators import Annotator
from support.cli import run_command
from support.sync_corpus import TEXT, edit_gold, gold, planned, project_of, propose, spans_there

from curate.doccano.credentials import PASSWORD, URL, USER
from curate.doccano.session import connect
from curate.sync.run import preview_sync, sync
from curate.sync.status import status
from curate.workspace import Workspace

pytestmark = [pytest.mark.server, pytest.mark.slow]

RUBIO = (0, 11, "PER")
UKRAINE = (19, 26, "LOC")
KIEV = (30, 34, "LOC")
OTHER = "Anna habite à Paris."


@pytest.fixture
def confirmed(new_workspace, at_work):
    """A workspace with gold of two documents, their ids, and anna at work on them."""
    workspace = new_workspace()
    keys = [propose(workspace, TEXT, RUBIO), propose(workspace, OTHER, (0, 4, "PER"))]
    sync(workspace)
    anna = at_work(workspace)
    for example in anna.examples():
        anna.confirm(example["id"])
    sync(workspace)
    return workspace, keys, anna


def codes(problems) -> list[str]:
    return [problem.code for problem in problems]


def projects_named(admin, workspace: Workspace) -> list[int]:
    name = workspace.config.project
    return sorted(row["id"] for row in admin.pages("projects") if row["name"] == name)


def is_in_agreement(workspace: Workspace) -> None:
    """Nothing was made, and everything that the store knows is as it was."""
    assert status(workspace).states == {"gold": 2}
    assert sync(workspace).outcome.problems == ()


def test_a_deleted_project_is_made_again_only_when_asked(confirmed, admin):
    workspace, (key, _), anna = confirmed
    edit_gold(workspace, key, RUBIO, UKRAINE)
    admin.delete(anna.resource)

    seen = status(workspace)
    assert (seen.states, codes(seen.problems)) == ({"gone": 2}, ["remote.project-gone"])
    plan = planned(workspace)
    assert (plan["project"], plan["plan"]["states"]) == ([], {"gone": 2})
    assert "push" not in plan["plan"]
    assert [p["code"] for p in plan["plan"]["problems"]] == ["remote.project-gone"]
    assert "2 documents" in plan["plan"]["problems"][0]["message"]
    for _ in range(2):
        result = run_command("sync", "--json", root=workspace.root)
        assert result.exit_code == 1
        outcome = result.json["outcome"]
        assert [p["code"] for p in outcome["problems"]] == ["remote.project-gone"]
        assert "pushed" not in outcome
    assert projects_named(admin, workspace) == []

    dry = run_command("sync", "--new-project", "--dry-run", "--json", root=workspace.root).json
    assert len(dry["plan"]["push"]) == 2
    assert projects_named(admin, workspace) == []
    again = run_command("sync", "--new-project", "--json", root=workspace.root)
    assert again.exit_code == 0, again.output
    assert again.json["outcome"]["pushed"] == 2
    (number,) = projects_named(admin, workspace)
    examples = {row["text"]: row["id"] for row in admin.pages(f"projects/{number}/examples")}
    assert spans_there(admin, workspace, examples[TEXT]) == [RUBIO, UKRAINE]
    assert set(gold(workspace, key)) == {RUBIO, UKRAINE}
    is_in_agreement(workspace)


def test_a_project_without_documents_is_made_again(new_workspace, admin):
    workspace = new_workspace()
    sync(workspace)
    admin.delete(project_of(admin, workspace))
    propose(workspace, TEXT, RUBIO)
    outcome = sync(workspace).outcome
    assert (outcome.pushed, outcome.problems) == (1, ())


def leave(admin, workspace: Workspace, administrator) -> int:
    """Another administrator takes curate's account out of the project; returns its id."""
    project = project_of(admin, workspace)
    join(admin, int(project.removeprefix("projects/")), administrator.user_id)
    members = admin.get(f"{project}/members").json()
    (own,) = (row["id"] for row in members if row["user"] == admin.user_id)
    administrator.delete(f"{project}/members", json={"ids": [own]})
    return int(project.removeprefix("projects/"))


def join(admin, project: int, user: int) -> None:
    """Make somebody an administrator of a project; a superuser may without being its member."""
    roles = {row["name"]: row["id"] for row in admin.get("roles").json()}
    body = {"user": user, "role": roles["project_admin"]}
    admin.post(f"projects/{project}/members", json=body)


def test_a_hidden_project_is_named_and_goes_on_once_it_is_seen(confirmed, admin, people):
    workspace, _, anna = confirmed
    project = leave(admin, workspace, people["dora"])
    seen = status(workspace)
    assert (seen.states, codes(seen.problems)) == ({"unseen": 2}, ["remote.project-hidden"])
    assert codes(sync(workspace).outcome.problems) == ["remote.project-hidden"]
    assert projects_named(admin, workspace) == []
    join(admin, project, admin.user_id)
    is_in_agreement(workspace)


def test_an_account_that_is_no_superuser_tells_hidden_from_deleted(
    new_workspace, doccano, admin, monkeypatch, run_folder
):
    """Doccano looks for a project before it looks at rights only where label types are listed."""
    name, password = f"staff-{secrets.token_hex(3)}", secrets.token_urlsafe(16)
    doccano.create_user(name, password)
    (user,) = (row["id"] for row in admin.get("users").json() if row["username"] == name)
    with sqlite3.connect(run_folder / "doccano" / "db.sqlite3", timeout=60) as database:
        database.execute("update auth_user set is_staff = 1 where id = ?", (user,))
    workspace = new_workspace()
    monkeypatch.setenv(USER, name)
    monkeypatch.setenv(PASSWORD, password)
    propose(workspace, TEXT, RUBIO)
    sync(workspace)
    staff = connect(admin.url, name, password)
    project = project_of(staff, workspace)
    (own,) = (r["id"] for r in staff.get(f"{project}/members").json() if r["user"] == user)
    join(admin, int(project.removeprefix("projects/")), admin.user_id)
    admin.delete(f"{project}/members", json={"ids": [own]})
    assert codes(status(workspace).problems) == ["remote.project-hidden"]
    admin.delete(project)
    assert codes(status(workspace).problems) == ["remote.project-gone"]


def test_a_second_address_of_the_same_server_goes_on(confirmed, monkeypatch):
    workspace, (key, _), anna = confirmed
    example = next(row["id"] for row in anna.examples() if row["text"] == TEXT)
    anna.add(example, *KIEV)
    address = anna.session.url.replace("127.0.0.1", "localhost")
    monkeypatch.setenv(URL, address)
    assert status(workspace).states == {"confirmed": 1, "gold": 1}
    outcome = sync(workspace).outcome
    assert (outcome.pushed, outcome.pulled, outcome.problems) == (0, 1, ())
    assert KIEV in gold(workspace, key)
    with workspace.store.begin() as tx:
        assert [remote.url for remote in tx.remotes()] == [address]


def test_another_server_gets_a_project_only_when_asked(confirmed, admin):
    """The store remembers another address, and the server there is not this one."""
    workspace, _, anna = confirmed
    with workspace.store.begin() as tx:
        (remote,) = tx.remotes()
        tx.put_remote(msgspec.structs.replace(remote, url="http://old.example.org"))
    admin.delete(anna.resource)
    seen = status(workspace)
    (problem,) = seen.problems
    assert (problem.code, seen.states) == ("remote.project-gone", {"unseen": 2})
    assert "http://old.example.org" in problem.message and admin.url in problem.message
    assert sync(workspace, new_project=True).outcome.pushed == 2
    is_in_agreement(workspace)


def test_a_clone_is_not_taken_for_a_project_that_was_deleted(confirmed, admin):
    workspace, _, anna = confirmed
    clone = int(admin.post(f"{anna.resource}/clone").json()["id"])
    edited = Annotator(anna.session, clone)
    edited.confirm(edited.examples()[0]["id"])
    assert codes(sync(workspace).outcome.problems) == ["remote.project"]
    assert status(workspace).states == {"gold": 2}

    admin.delete(anna.resource)
    (problem,) = sync(workspace).outcome.problems
    assert problem.code == "remote.project-gone"
    assert f"project {clone}" in problem.message
    assert status(workspace).states == {"gone": 2}

    outcome = sync(workspace, new_project=True).outcome
    assert (outcome.pushed, codes(outcome.problems)) == (2, [])
    assert clone in projects_named(admin, workspace)
    is_in_agreement(workspace)


def test_a_namesake_of_another_copy_is_used_only_when_asked(confirmed, admin):
    """Somebody else with the same corpus was quicker to make the new project."""
    workspace, _, anna = confirmed
    admin.delete(anna.resource)
    root = workspace.root.parent / "clone"
    shutil.copytree(workspace.root, root, ignore=shutil.ignore_patterns(".curate"))
    Workspace.init(root)
    other = Workspace(root)
    sync(other)
    (number,) = projects_named(admin, workspace)
    (problem,) = preview_sync(workspace).plan.problems
    assert problem.code == "remote.project-gone"
    assert f"project {number}" in problem.hint
    outcome = sync(workspace, new_project=True).outcome
    assert outcome.pushed == 0
    assert projects_named(admin, workspace) == [number]
    is_in_agreement(workspace)


def test_no_project_is_made_where_those_of_all_annotators_are_gone(new_workspace, admin):
    settings = (
        '\n[tasks]\nmode = "independent"\nannotators = ["anna", "bela"]\n'
        'adjudicators = ["carla"]\noverlap = 1.0\n'
    )
    workspace = new_workspace(settings=settings)
    propose(workspace, TEXT, RUBIO)
    sync(workspace)
    name = workspace.config.project
    made = {p["name"]: p["id"] for p in admin.pages("projects") if p["name"].startswith(name)}
    assert {*made} == {f"{name}-{part}" for part in ("anna", "bela", "adjudication")}
    for number in made.values():
        admin.delete(f"projects/{number}")
    outcome = sync(workspace).outcome
    assert {*codes(outcome.problems)} == {"remote.project-gone"}
    assert not [p for p in admin.pages("projects") if p["name"].startswith(name)]
    assert sync(workspace, new_project=True).outcome.pushed == 2
    assert len([p for p in admin.pages("projects") if p["name"].startswith(name)]) == 3
