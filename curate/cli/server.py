"""``curate server start``, ``stop`` and ``status``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.output import emit, notice, progress, say

if TYPE_CHECKING:
    from curate.doccano.embedded.server import ServerStatus

server = typer.Typer(help="The embedded Doccano server of this workspace.", no_args_is_help=True)
app.add_typer(server, name="server", rich_help_panel=None)

Port = Annotated[int | None, typer.Option(help="Port on 127.0.0.1; 0 picks a free one.")]


@server.command()
def start(port: Port = None, root: Root = HERE, json: Json = False) -> None:
    """Start the embedded Doccano. The first start installs it and creates its database.

    Example: curate server start
    """
    from curate.doccano.embedded.server import start_server

    with progress() as bar:
        status = start_server(workspace(root), port, notice, bar)
    emit(status, json, _render)


@server.command()
def stop(root: Root = HERE, json: Json = False) -> None:
    """Stop the embedded Doccano and keep its data.

    Example: curate server stop
    """
    from curate.doccano.embedded.server import embedded_server

    stopped = embedded_server(workspace(root)).stop()
    emit({"stopped": stopped}, json, lambda _: say("stopped" if stopped else "it was not running"))


@server.command("reset-password")
def reset_password(root: Root = HERE, json: Json = False) -> None:
    """Give the administrator of the embedded Doccano a new random password.

    It helps if the password was changed in Doccano, or the account deleted.

    Example: curate server reset-password
    """
    from curate.doccano.embedded.server import embedded_server

    account = embedded_server(workspace(root)).reset_password()
    emit({"url": account.url, "username": account.username}, json, _render_account)


@server.command("status")
def server_status(root: Root = HERE, json: Json = False) -> None:
    """Show whether the embedded Doccano is running, and its address.

    The exit code is 1 if it is not running.

    Example: curate server status
    """
    from curate.doccano.embedded.server import embedded_server

    status = embedded_server(workspace(root)).status()
    emit(status, json, _render)
    raise typer.Exit(0 if status.running else 1)


def _render_account(account: dict[str, str]) -> None:
    say(f"{account['username']} at {account['url']} has a new password, which curate knows")


def _render(status: ServerStatus) -> None:
    if status.running:
        say(f"Doccano {status.version} is running at {status.url}, user {status.username}")
        say(f"its password is in {escape(status.home)}/account.json")
    else:
        say("Doccano is not running; start it with `curate server start`")
    for problem in status.problems:
        say(f"[yellow]{escape(problem)}[/]")
