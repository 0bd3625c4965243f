"""Where the address and the account of a Doccano server come from; never from arguments."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from curate.doccano.server_address import IN_CONFIG, IN_ENVIRONMENT, server_address
from curate.errors import CredentialsError, NoServer
from curate.model import Record

if TYPE_CHECKING:
    from curate.workspace import Workspace

SERVICE = "curate"
URL, USER, PASSWORD = (f"CURATE_DOCCANO_{name}" for name in ("URL", "USERNAME", "PASSWORD"))


class Credentials(Record, frozen=True, kw_only=True):
    """An account on a server, and its source: ``environment``, ``keyring`` or ``server``.

    ``server`` stands for the embedded server's own administrator. ``setting`` says where the
    address is set; it is empty for the embedded server.
    """

    url: str
    username: str
    password: str
    source: str
    setting: str = ""

    def __repr__(self) -> str:
        return f"Credentials({self.username} at {self.url}, from {self.source})"


def workspace_credentials(workspace: Workspace) -> Credentials:
    """The server of a workspace and the account to use there; see :func:`resolve`.

    Raises:
        CredentialsError: something is missing; the message says what to set.
    """
    from curate.doccano.embedded.server import embedded_server

    return resolve(workspace.config.doccano.url, embedded_server(workspace).credentials)


def uses_embedded(workspace: Workspace, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether no address is set, so that the server of a workspace is the embedded one."""
    return not (environment.get(URL) or workspace.config.doccano.url)


def resolve(
    config_url: str,
    embedded: Callable[[], Credentials | None],
    environment: Mapping[str, str] = os.environ,
) -> Credentials:
    """Find the account to use: from the environment, the keyring, or the embedded server.

    The address is ``CURATE_DOCCANO_URL``, or else the one in ``curate.toml``; without either it is
    the embedded server, whose own account is then used.

    Args:
        config_url: the address in ``curate.toml``, empty if there is none.
        embedded: returns the account of the embedded server, None if it was never started.
        environment: the environment variables.

    Raises:
        NoServer: there is no address.
        CredentialsError: something else is missing; the message says what to set.
        RemoteError: the address is none, or has a password in it.
    """
    address = environment.get(URL) or config_url
    if not address:
        account = embedded()
        if account is None:
            hint = f"run `curate server start`, or set {URL}, {USER} and {PASSWORD}"
            raise NoServer("no Doccano server is configured", hint)
        return account
    setting = IN_ENVIRONMENT if environment.get(URL) else IN_CONFIG
    url = server_address(address, setting)
    username = environment.get(USER, "")
    if not username:
        raise CredentialsError(f"no user name for {url}", f"set {USER}")
    password, source = environment.get(PASSWORD, ""), "environment"
    if not password:
        password, source = _keyring_password(url, username), "keyring"
    if password:
        return Credentials(
            url=url, username=username, password=password, source=source, setting=setting
        )
    hint = f"set {PASSWORD}, or store it with `keyring set {SERVICE} {username}@{url}`"
    raise CredentialsError(f"no password for {username} at {url}", hint)


def _keyring_password(url: str, username: str) -> str:
    import keyring
    from keyring.errors import KeyringError

    try:
        return keyring.get_password(SERVICE, f"{username}@{url}") or ""
    except KeyringError:
        return ""  # a machine without a keyring has nothing stored in one
