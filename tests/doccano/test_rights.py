"""``curate doctor`` proves each right that a sync needs, and its hints give them."""

from __future__ import annotations

import re
import secrets
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support.cli import run_command
from support.sync_corpus import TEXT, project_of, propose

from curate.doccano import rights
from curate.doccano.credentials import PASSWORD, USER
from curate.doccano.session import Session
from curate.sync.run import sync
from curate.workspace import Workspace

pytestmark = [pytest.mark.server, pytest.mark.slow]

RIGHTS = ("members", "import", "export")


@pytest.fixture
def curator(doccano, monkeypatch) -> str:
    """A new account without any right, which curate uses from now on."""
    name, password = f"curator-{secrets.token_hex(3)}", secrets.token_urlsafe(16)
    doccano.create_user(name, password)
    monkeypatch.setenv(USER, name)
    monkeypatch.setenv(PASSWORD, password)
    return name


def findings(workspace: Workspace) -> dict[str, dict[str, object]]:
    """What doctor says of the projects, by subject."""
    rows = run_command("doctor", "--json", root=workspace.root).json
    return {row["what"]: row for row in rows if row["what"].startswith("project")}


def make_staff(doccano, account: str) -> None:
    """What a superuser does on the page that the hint names."""
    path = Path(doccano.status().home) / "db.sqlite3"
    with closing(sqlite3.connect(path, timeout=30)) as database, database:
        database.execute("update auth_user set is_staff = 1 where username = ?", (account,))


def set_role(admin: Session, project: str, account: str, role: str) -> None:
    users = {row["username"]: row["id"] for row in admin.get("users").json()}
    roles = {row["name"]: row["id"] for row in admin.get("roles").json()}
    members = {row["username"]: row["id"] for row in admin.get(f"{project}/members").json()}
    body = {"user": users[account], "role": roles[role]}
    if account in members:
        admin.patch(f"{project}/members/{members[account]}", json=body)
    else:
        admin.post(f"{project}/members", json=body)


def test_who_may_not_make_the_project_is_told_who_can_allow_it(
    new_workspace, doccano, admin, curator
):
    workspace = new_workspace()
    name = f"project {workspace.config.project}"
    (finding,) = findings(workspace).values()
    assert (finding["what"], finding["ok"]) == (name, False)
    assert curator in str(finding["told"])
    assert "superuser" in str(finding["cure"]) and f"{admin.url}/admin/" in str(finding["cure"])
    make_staff(doccano, curator)
    assert findings(workspace)[name]["ok"]
    propose(workspace, TEXT)
    assert sync(workspace).outcome.pushed == 1
    proven = findings(workspace)
    assert {subject: row["ok"] for subject, row in proven.items()} == {
        f"{name}: {right}": True for right in RIGHTS
    }


@pytest.mark.parametrize("role", ["annotator", "annotation_approver"])
def test_each_missing_right_is_named_with_who_can_give_it(
    new_workspace, admin, doccano, monkeypatch, role
):
    workspace = new_workspace()
    propose(workspace, TEXT)
    sync(workspace)
    project = project_of(admin, workspace)
    before = admin.get(f"{project}/examples", params={"limit": 1}).json()["count"]
    name, password = f"curator-{secrets.token_hex(3)}", secrets.token_urlsafe(16)
    doccano.create_user(name, password)
    monkeypatch.setenv(USER, name)
    monkeypatch.setenv(PASSWORD, password)
    (hidden,) = findings(workspace).values()
    assert not hidden["ok"] and "member" in str(hidden["cure"])

    set_role(admin, project, name, role)
    missing = findings(workspace)
    assert {row["ok"] for row in missing.values()} == {False}
    assert [subject.rpartition(": ")[2] for subject in missing] == [*RIGHTS]
    for row in missing.values():
        assert name in str(row["told"]) and role in str(row["told"])
        assert re.search(rf"{admin.url}/{project}/members", str(row["cure"]))
    assert run_command("doctor", root=workspace.root).exit_code == 1

    set_role(admin, project, name, "project_admin")
    assert {row["ok"] for row in findings(workspace).values()} == {True}
    assert sync(workspace).outcome.problems == ()
    assert admin.get(f"{project}/examples", params={"limit": 1}).json()["count"] == before


def test_a_worker_that_does_nothing_is_named(new_workspace, monkeypatch):
    workspace = new_workspace()
    propose(workspace, TEXT)
    sync(workspace)
    monkeypatch.setattr(rights, "WORKER_SECONDS", 0.0)
    told = findings(workspace)
    wrong = {subject.rpartition(": ")[2] for subject, row in told.items() if not row["ok"]}
    assert wrong == {"import", "export"}
    assert all("worker" in str(row["told"]) for row in told.values() if not row["ok"])
