"""Logging in for a workspace: what is said of a refused account, of plain HTTP and of passwords."""

from __future__ import annotations

import json
import re

import keyring
import pytest
from support.cli import run_command
from support.http_server import Answer, Request, serving
from support.tls import certificate

from curate.doccano.connection import connect_workspace
from curate.doccano.credentials import PASSWORD, URL, USER, Credentials
from curate.doccano.embedded.server import EmbeddedServer
from curate.errors import CredentialsError, RemoteError
from curate.workspace import Workspace

pytestmark = pytest.mark.usefixtures("ring")

REFUSED = b'{"non_field_errors": ["Unable to log in with provided credentials."]}'


def doccano(request: Request) -> Answer:
    """A server that accepts the password ``right``."""
    if request.path.endswith("/v1/me"):
        return Answer(body=b'{"id": 1, "username": "anna"}')
    accepted = json.loads(request.body)["password"] == "right"
    return Answer(body=b'{"key": "token"}') if accepted else Answer(400, REFUSED)


@pytest.fixture
def workspace(tmp_path, monkeypatch) -> Workspace:
    for name in (URL, USER, PASSWORD, "http_proxy", "no_proxy", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(USER, "anna")
    Workspace.init(tmp_path)
    return Workspace(tmp_path)


def set_url(workspace: Workspace, url: str, more: str = "") -> Workspace:
    path = workspace.root / "curate.toml"
    text = path.read_text("utf-8").replace("[doccano]\n", f'[doccano]\nurl = "{url}"\n{more}')
    path.write_text(text, encoding="utf-8")
    return Workspace(workspace.root)


def refusal(workspace: Workspace) -> CredentialsError:
    with pytest.raises(CredentialsError) as raised:
        connect_workspace(workspace)
    assert "wrong" not in str(raised.value)
    return raised.value


def test_a_wrong_password_of_the_environment_is_corrected_there(workspace, monkeypatch):
    with serving(doccano) as (url, _):
        workspace = set_url(workspace, url)
        monkeypatch.setenv(PASSWORD, "wrong")
        assert PASSWORD in refusal(workspace).hint
        monkeypatch.setenv(PASSWORD, "right")
        connect_workspace(workspace)._session.close()


def test_a_wrong_password_of_the_keyring_is_stored_again_as_the_hint_says(workspace):
    with serving(doccano) as (url, _):
        workspace = set_url(workspace, url)
        keyring.set_password("curate", f"anna@{url}", "wrong")
        command = re.search(r"`keyring set (\S+) (\S+)`", refusal(workspace).hint)
        assert command
        keyring.set_password(command[1], command[2], "right")
        connect_workspace(workspace)._session.close()


def test_the_certificate_of_the_settings_is_trusted(workspace, monkeypatch):
    monkeypatch.setenv(PASSWORD, "right")
    own = certificate(workspace.root, "doccano")
    with serving(doccano, own.server()) as (url, _):
        workspace = set_url(workspace, url, 'ca_file = "doccano.pem"\n')
        connect_workspace(workspace)._session.close()


@pytest.mark.slow
def test_plain_http_to_another_machine_is_noticed_once(workspace, monkeypatch):
    monkeypatch.setenv(PASSWORD, "right")
    notices: list[str] = []
    with serving(doccano) as (proxy, requests):
        monkeypatch.setenv("http_proxy", proxy)
        workspace = set_url(workspace, "http://doccano.invalid")
        workspace.notify = notices.append
        for _ in range(2):
            connect_workspace(workspace)._session.close()
        assert requests[0].path == "http://doccano.invalid/v1/auth/login/"
        (notice,) = notices
        assert "http://doccano.invalid" in notice and "unencrypted" in notice

        result = run_command("status", "--json", root=workspace.root)
        assert result.stderr.count("unencrypted") == 1
        assert result.json["documents"] == 0


def test_https_and_this_machine_are_not_noticed(workspace, monkeypatch, tmp_path):
    monkeypatch.setenv(PASSWORD, "right")
    notices: list[str] = []
    own = certificate(tmp_path, "own")
    with serving(doccano) as (url, _), serving(doccano, own.server()) as (https, _):
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(own.public))
        for address in (url, https):
            monkeypatch.setenv(URL, address)
            workspace.notify = notices.append
            connect_workspace(workspace)._session.close()
    assert notices == []


@pytest.mark.parametrize("place", ["environment", "settings"])
@pytest.mark.parametrize(
    "command",
    ["sync", "sync --dry-run", "push", "pull", "status", "doctor", "validate", "conflicts"],
)
def test_a_password_in_an_address_is_printed_and_stored_nowhere(
    workspace, monkeypatch, place, command
):
    address = "http://anna:top-secret@127.0.0.1:1"
    settings = workspace.root / "curate.toml"
    if place == "environment":
        monkeypatch.setenv(URL, address)
        monkeypatch.setenv(PASSWORD, "other")
    else:
        set_url(workspace, address)
    for options in ([], ["--json"]):
        result = run_command(*command.split(), *options, root=workspace.root)
        assert "top-secret" not in result.output
        assert "top-secret" not in str(result.refusal)
    for path in workspace.root.rglob("*"):
        if path.is_file() and path != settings:
            assert b"top-secret" not in path.read_bytes(), path


NOBODY = "http://127.0.0.1:9"


@pytest.mark.parametrize("place", ["environment", "settings", "embedded"])
def test_the_hint_for_a_server_that_is_not_there_fits_where_its_address_is_set(
    workspace, monkeypatch, place
):
    monkeypatch.setenv(PASSWORD, "right")
    named = {"environment": URL, "settings": "[doccano] url", "embedded": "curate server start"}
    if place == "environment":
        monkeypatch.setenv(URL, NOBODY)
    elif place == "settings":
        workspace = set_url(workspace, NOBODY)
    else:
        own = Credentials(url=NOBODY, username="admin", password="own", source="server")
        monkeypatch.setattr(EmbeddedServer, "credentials", lambda _: own)
    with pytest.raises(RemoteError) as raised:
        connect_workspace(workspace)
    assert {key for key, words in named.items() if words in raised.value.hint} == {place}


def test_an_address_is_corrected_where_it_is_set(workspace, monkeypatch):
    monkeypatch.setenv(PASSWORD, "right")
    settings = set_url(workspace, f"{NOBODY}/v1")
    with pytest.raises(RemoteError) as raised:
        connect_workspace(settings)
    assert "curate.toml" in raised.value.hint and URL not in raised.value.hint
    monkeypatch.setenv(URL, f"{NOBODY}/v1")
    with pytest.raises(RemoteError) as raised:
        connect_workspace(settings)
    assert URL in raised.value.hint and "curate.toml" not in raised.value.hint
