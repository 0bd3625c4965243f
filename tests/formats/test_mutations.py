"""Damaged files of every format: no exception, no hang, and no span outside its text.

The damage is done by a seeded generator to one valid file of each format, and read by a process
with limited memory. A format that is added to the registry takes part by itself.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support import mutations

from curate.formats.reading import ReadDocument
from curate.formats.registry import READABLE
from curate.formats.sources import read_annotated

ROOT = Path(__file__).parents[2]


def read_damaged_files(folder: Path, seed: int, count: int) -> dict[str, Any]:
    """Read that many damaged versions of each format in a process of its own."""
    command = [sys.executable, mutations.__file__, str(folder), str(seed), str(count)]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"}
    done = subprocess.run(command, capture_output=True, env=environment, check=False, text=True)
    # The input that ended the process is the newest file in the folder.
    assert done.returncode == 0, done.stderr[-2000:]
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def test_every_format_that_is_read_has_a_valid_file(tmp_path):
    files = mutations.valid_files(tmp_path)
    assert list(files) == list(READABLE)
    for name, path in files.items():
        items = list(read_annotated(path, name))
        assert any(isinstance(item, ReadDocument) for item in items), name
        assert all(isinstance(it, ReadDocument) or it.severity != "error" for it in items), name


def test_damaged_files_are_read_or_refused(tmp_path):
    assert read_damaged_files(tmp_path, seed=1, count=5)["failures"] == []


@pytest.mark.slow
def test_twenty_thousand_damaged_files_are_read_or_refused(tmp_path):
    count = -(-20_000 // len(READABLE))
    assert read_damaged_files(tmp_path, seed=2, count=count)["failures"] == []
