"""What a Doccano server shows to whom: the marked statements of docs/explanation/security.md."""

from __future__ import annotations

import secrets
import socket
from pathlib import Path

import pytest
import requests

from curate.doccano.session import connect
from curate.errors import RemoteError
from curate.sync.run import sync

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("exposure")]
SECONDS = 30


@pytest.fixture
def project(new_workspace, admin):
    """Number of a project whose annotators are anna and bela; carla is no member."""
    workspace = new_workspace()
    sync(workspace)
    name = workspace.config.project
    return next(row["id"] for row in admin.pages("projects") if row["name"] == name)


def test_without_an_account_there_is_little_to_see_but_files_can_be_uploaded(admin):
    def status(path):
        return requests.get(f"{admin.url}{path}", timeout=SECONDS).status_code

    assert status("/v1/swagger/") == status("/admin/login/") == 200
    assert status("/v1/users") == status("/v1/projects") == 403
    files = {"filepond": ("note.txt", b"anything")}
    sent = requests.post(f"{admin.url}/v1/fp/process/", files=files, timeout=SECONDS)
    assert sent.status_code == 200


def test_every_account_sees_the_names_of_all_accounts(people):
    rows = people["carla"].get("users").json()
    assert {"admin", "anna", "bela", "carla"} <= {row["username"] for row in rows}
    assert all({"is_staff", "is_superuser"} <= row.keys() for row in rows)


def test_a_project_is_closed_to_those_who_are_no_members(people, project):
    assert project not in [row["id"] for row in people["carla"].pages("projects")]
    for part in ("", "/examples", "/span-types", "/comments", "/members"):
        with pytest.raises(RemoteError, match="403"):
            people["carla"].get(f"projects/{project}{part}")


def test_an_annotator_sees_everybodys_progress_and_not_the_list_of_members(people, project):
    progress = people["anna"].get(f"projects/{project}/metrics/member-progress").json()
    assert {"anna", "bela"} <= {row["user"] for row in progress["progress"]}
    with pytest.raises(RemoteError, match="403"):
        people["anna"].get(f"projects/{project}/members")


def test_a_superuser_sees_projects_of_others(doccano, admin, project):
    password = secrets.token_urlsafe(16)
    doccano.create_user("root2", password, administrator=True)
    other = connect(admin.url, "root2", password)
    assert "root2" not in [
        row["username"] for row in admin.get(f"projects/{project}/members").json()
    ]
    assert other.get(f"projects/{project}").json()["id"] == project


def test_a_host_name_that_is_not_loopback_is_refused(admin):
    asked = requests.get(admin.url, headers={"Host": "rebound.example"}, timeout=SECONDS)
    assert asked.status_code == 400


def test_the_server_listens_on_loopback_only_and_its_files_are_private(doccano, admin):
    port = int(admin.url.rpartition(":")[2])
    with socket.socket() as knock:
        knock.settimeout(5)
        assert knock.connect_ex(("127.0.0.2", port)) != 0  # one that listens everywhere answers
    root = Path(doccano.status().home)
    assert root.stat().st_mode & 0o777 == 0o700
    for name in ("account.json", "secret-key"):
        assert (root / name).stat().st_mode & 0o777 == 0o600
