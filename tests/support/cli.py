"""The command line, called in the process of the tests."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from typer.testing import CliRunner

from curate.cli.commands import app
from curate.errors import CurateError


class CommandResult(NamedTuple):
    """How a command ended.

    ``output`` is standard output and standard error together. ``refusal`` is the error that
    ``curate`` prints as one line before it exits with code 1, None where the command was carried
    out or ended with a usage error.
    """

    exit_code: int
    stdout: str
    stderr: str
    output: str
    refusal: CurateError | None = None

    @property
    def json(self) -> Any:
        """Standard output, read as JSON."""
        return json.loads(self.stdout)


def run_command(*words: object, root: Path | None = None) -> CommandResult:
    """Run ``curate`` with these words, in the workspace in ``root`` if one is given.

    Any exception but a refusal or an exit is raised.
    """
    arguments = [*map(str, words)]
    if root is not None:
        arguments += ["-C", str(root)]
    result = CliRunner().invoke(app, arguments)
    error = result.exception
    refusal = error if isinstance(error, CurateError) else None
    if error is not None and refusal is None and not isinstance(error, SystemExit):
        raise error
    return CommandResult(result.exit_code, result.stdout, result.stderr, result.output, refusal)


@pytest.fixture(scope="session")
def cli() -> Callable[..., CommandResult]:
    """Runs a command, such as ``cli("sync", "--json", root=workspace.root)``."""
    return run_command
