"""Logging in to the server of a workspace, with what is right for the account that it uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate.doccano.credentials import (
    PASSWORD,
    SERVICE,
    USER,
    Credentials,
    workspace_credentials,
)
from curate.doccano.server_address import is_loopback
from curate.errors import CredentialsError

if TYPE_CHECKING:
    from curate.doccano.session import Session
    from curate.workspace import Workspace


def connect_workspace(workspace: Workspace) -> Session:
    """Log in to the server of a workspace.

    Plain HTTP to another machine is noticed once.

    Raises:
        CredentialsError: there is no account, or the server did not accept it. The hint depends on
            where the account comes from.
        RemoteError: the server cannot be reached, or is no Doccano.
    """
    account = workspace_credentials(workspace)
    if account.url.startswith("http://") and not is_loopback(account.url):
        workspace.notice(
            f"warning: the password and the articles go to {account.url} unencrypted, for "
            "everybody on the way to read and change; use https://"
        )
    ca_file = workspace.config.doccano.ca_file
    path = str(workspace.root / ca_file) if ca_file else ""
    from curate.doccano.session import connect  # once there is an account: it may be installed now

    try:
        return connect(account.url, account.username, account.password, path, account.setting)
    except CredentialsError as error:
        raise _explained(workspace, account, error) from error


def _explained(
    workspace: Workspace, account: Credentials, error: CredentialsError
) -> CredentialsError:
    """The error with the hint for this account."""
    from curate.doccano.embedded.server import embedded_server

    if account.source == "environment":
        return CredentialsError(error.message, f"correct {USER} or {PASSWORD}")
    if account.source == "keyring":
        name = f"{account.username}@{account.url}"
        hint = f"store the right one with `keyring set {SERVICE} {name}`"
        return CredentialsError(error.message, hint)
    if embedded_server(workspace).status().running:
        hint = "run `curate server reset-password`, which sets a new one"
        return CredentialsError(error.message, hint)
    return CredentialsError(
        f"the embedded server of this workspace is not running, and another one answers at "
        f"{account.url}",
        "run `curate server start --port 0`, which picks a free port",
    )
