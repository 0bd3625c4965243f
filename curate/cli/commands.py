"""Every command, in the order in which the help lists them.

A command reads its arguments, calls one method of the workspace, and tells what came of it.
"""

from __future__ import annotations

from curate.cli import (  # isort: skip
    corpus,
    convert,
    dedup,
    remote,
    quality,
    measures,
    ledger,
    splits,
    releases,
    training,
    history,
    report,
    exports,
    server,
)
from curate.cli.app import app

__all__ = [
    "app",
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
