"""An annotated pool, and a workspace to ingest it into."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.annotated_pool import REFUSED, ROWS, write

from curate.workspace import Workspace


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """An annotated pool: one partition is empty, one has a refused row and a repeated article."""
    return write(tmp_path / "out", [ROWS[:25], [], [REFUSED, *ROWS[25:], ROWS[3]]])


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    Workspace.init(tmp_path / "corpus")
    return Workspace(tmp_path / "corpus")
