"""Commands for the embedded server."""

from __future__ import annotations

from typing import Annotated

import typer

from curate.cli import tell
from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.output import emit, say

server = typer.Typer(help="The embedded Doccano server of this workspace.", no_args_is_help=True)
app.add_typer(server, name="server", rich_help_panel=None)


@server.command()
def start(
    port: Annotated[int | None, typer.Option(help="Port on loopback; 0 for a free one.")] = None,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Start the embedded Doccano; the first time, install it and make its database.

    Example: curate server start
    """

    from curate.doccano.embedded.server import start_server

    emit(start_server(workspace(root), port, tell.notice), json, tell.server)


@server.command()
def stop(root: Root = HERE, json: Json = False) -> None:
    """Stop the embedded Doccano; its data stay.

    Example: curate server stop
    """

    from curate.doccano.embedded.server import embedded_server

    stopped = embedded_server(workspace(root)).stop()
    emit({"stopped": stopped}, json, lambda _: say("stopped" if stopped else "it was not running"))


@server.command("status")
def server_status(root: Root = HERE, json: Json = False) -> None:
    """Tell whether the embedded Doccano runs, and where.

    Example: curate server status
    """

    from curate.doccano.embedded.server import embedded_server

    found = embedded_server(workspace(root)).status()
    emit(found, json, tell.server)
    raise typer.Exit(0 if found.running else 1)
