"""Fixtures of the embedded server's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from curate.doccano.embedded.home import ServerHome
from curate.doccano.embedded.process import end_processes


@pytest.fixture
def home(tmp_path: Path) -> Iterator[ServerHome]:
    """A prepared home; whatever was started for it is ended."""
    home = ServerHome(tmp_path / "server")
    home.prepare()
    yield home
    end_processes(home.root, [], 0)
