"""Every command, in the order in which the help lists them.

A command reads its arguments, calls one method of the workspace, and tells what came of it.
"""

from __future__ import annotations

from typer.models import CommandInfo

from curate.cli import (  # isort: skip
    corpus,
    convert,
    dedup,
    remote,
    quality,
    measures,
    audit,
    ledger,
    splits,
    releases,
    training,
    choosing,
    history,
    report,
    exports,
    server,
)
from curate.cli.app import app

ORDER = (
    *("init", "doctor", "ingest", "convert", "dedup", "preannotate", "ingest-pool", "next", "show"),
    *("sync", "push", "pull", "status", "conflicts", "resolve", "withdraw", "migrate"),
    *("validate", "agreement", "evaluate", "adjudicate", "audit", "ledger", "report"),
    *("split", "release", "export", "train", "models", "promote"),
    *("log", "blame", "diff", "restore", "verify", "reconcile", "git-setup"),
)
"""In the order of the work: in, to people and back, looked at, given out, looked up."""


def name(command: CommandInfo) -> str:
    """What a command is called on the command line."""
    called: str = getattr(command.callback, "__name__", "")
    return command.name or called.replace("_", "-")


app.registered_commands.sort(key=lambda command: (*ORDER, name(command)).index(name(command)))

__all__ = [
    "ORDER",
    "app",
    "audit",
    "choosing",
    "convert",
    "corpus",
    "dedup",
    "exports",
    "history",
    "ledger",
    "measures",
    "quality",
    "releases",
    "remote",
    "report",
    "server",
    "splits",
    "training",
]
