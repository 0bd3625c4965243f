"""Every command, in the order in which the help lists them.

A command stands in a module named after it, with its options, one call, and the rendering of its
result. A few commands that share their rendering share a module.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module

from typer.models import CommandInfo

import curate.cli
from curate.cli.app import app

__all__ = ["ORDER", "app", "name"]

ORDER = (
    *("init", "clone", "doctor", "ingest", "import-campaign", "convert", "dedup", "preannotate"),
    *("ingest-pool", "set-language", "next", "show"),
    *("sync", "push", "pull", "status", "conflicts", "resolve", "withdraw", "migrate"),
    *("validate", "agreement", "evaluate", "adjudicate", "audit", "ledger", "report"),
    *("split", "release", "export", "publish", "train", "models", "promote"),
    *("log", "blame", "diff", "restore", "verify", "reconcile", "git-setup", "ci-init"),
)
"""In the order of the work: in, to people and back, looked at, given out, looked up."""

for _module in pkgutil.iter_modules(curate.cli.__path__):
    import_module(f"curate.cli.{_module.name}")


def name(command: CommandInfo) -> str:
    """What a command is called on the command line."""
    called: str = getattr(command.callback, "__name__", "")
    return command.name or called.replace("_", "-")


app.registered_commands.sort(key=lambda command: (*ORDER, name(command)).index(name(command)))
