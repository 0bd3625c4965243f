"""Where the address and the account of a Doccano server come from. Never from arguments."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from curate.errors import CredentialsError
from curate.model import Record

if TYPE_CHECKING:
    from curate.workspace import Workspace

SERVICE = "curate"
URL, USER, PASSWORD = (f"CURATE_DOCCANO_{name}" for name in ("URL", "USERNAME", "PASSWORD"))


class Credentials(Record, frozen=True, kw_only=True):
    """An account on a server, and where it was found: ``environment``, ``keyring``, ``server``."""

    url: str
    username: str
    password: str
    source: str

    def __repr__(self) -> str:
        return f"Credentials({self.username} at {self.url}, from {self.source})"


def resolve(
    config_url: str,
    embedded: Callable[[], Credentials | None],
    environment: Mapping[str, str] = os.environ,
) -> Credentials:
    """Find the account to use: the environment, then the keyring, then the embedded server.

    The address is ``CURATE_DOCCANO_URL``, or else the one in ``curate.toml``; without either it is
    the embedded server, whose own account is then used.

    Raises:
        CredentialsError: there is none; the message says what to set.
    """
    url = (environment.get(URL) or config_url).rstrip("/")
    if not url:
        found = embedded()
        if found is None:
            hint = f"run `curate server start`, or set {URL}, {USER} and {PASSWORD}"
            raise CredentialsError("no Doccano server is known", hint)
        return found
    username = environment.get(USER, "")
    if not username:
        raise CredentialsError(f"no user name for {url}", f"set {USER}")
    password = environment.get(PASSWORD, "")
    if password:
        return Credentials(url=url, username=username, password=password, source="environment")
    stored = _from_keyring(url, username)
    if stored:
        return Credentials(url=url, username=username, password=stored, source="keyring")
    hint = f"set {PASSWORD}, or store it with `keyring set {SERVICE} {username}@{url}`"
    raise CredentialsError(f"no password for {username} at {url}", hint)


def _from_keyring(url: str, username: str) -> str:
    import keyring
    from keyring.errors import KeyringError

    try:
        return keyring.get_password(SERVICE, f"{username}@{url}") or ""
    except KeyringError:
        return ""  # a machine without a keyring has nothing stored in one


def workspace_credentials(workspace: Workspace) -> Credentials:
    """The account and the server to use.

    Raises:
        CredentialsError: none is known.
    """
    from curate.doccano.embedded.server import embedded_server

    return resolve(workspace.config.doccano.url, embedded_server(workspace).credentials)
