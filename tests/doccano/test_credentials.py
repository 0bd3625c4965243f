"""Where the account comes from: the environment, the keyring, the embedded server."""

from __future__ import annotations

import keyring
import pytest

from curate.doccano.credentials import PASSWORD, URL, USER, Credentials, resolve
from curate.errors import CredentialsError

pytestmark = pytest.mark.usefixtures("ring")

EMBEDDED = Credentials(
    url="http://127.0.0.1:1", username="admin", password="generated", source="server"
)


def none() -> None:
    return None


def test_the_environment_comes_first():
    keyring.set_password("curate", "anna@http://d", "from keyring")
    account = resolve("", lambda: EMBEDDED, {URL: "http://d/", USER: "anna", PASSWORD: "p"})
    assert (account.url, account.username, account.password) == ("http://d", "anna", "p")
    assert account.source == "environment"


def test_the_keyring_comes_second():
    keyring.set_password("curate", "anna@http://d", "from keyring")
    account = resolve("http://d", none, {USER: "anna"})
    assert (account.password, account.source) == ("from keyring", "keyring")


def test_without_an_address_the_embedded_server_is_used():
    assert resolve("", lambda: EMBEDDED, {}) == EMBEDDED


@pytest.mark.parametrize(
    ("environment", "missing"),
    [({}, URL), ({URL: "http://d"}, USER), ({URL: "http://d", USER: "anna"}, PASSWORD)],
)
def test_the_hint_names_what_is_missing(environment, missing):
    with pytest.raises(CredentialsError) as raised:
        resolve("", none, environment)
    assert missing in raised.value.hint
    assert all(value in raised.value.message for value in environment.values())


def test_a_password_is_never_shown():
    assert "generated" not in repr(EMBEDDED)
    assert "generated" not in str(EMBEDDED)
