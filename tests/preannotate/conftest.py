"""A small spaCy pipeline for the tests of pre-annotation."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import brittle_pipeline


@pytest.fixture
def brittle(tmp_path: Path) -> Path:
    """The folder of a pipeline that fails on « panne »."""
    return brittle_pipeline.save(tmp_path / "brittle")
