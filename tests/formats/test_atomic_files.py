"""Files and folders that are written completely or not at all."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.exported_corpus import LOSSY_CORPUS, LOSSY_SCHEMA
from support.golden_corpus import Pair, export_corpus, tree

from curate.errors import CurateError
from curate.formats import export
from curate.formats.registry import WRITABLE


@pytest.mark.parametrize("format", WRITABLE)
def test_a_failure_leaves_the_old_file_alone(format: str, tmp_path: Path) -> None:
    def broken() -> Iterator[Pair]:
        yield LOSSY_CORPUS[0]
        raise CurateError("the store went away")

    target = tmp_path / "corpus"
    export.write(format, LOSSY_CORPUS[1:], target, LOSSY_SCHEMA)
    before = tree(tmp_path)
    with pytest.raises(CurateError, match="went away"):
        export.write(format, broken(), target, LOSSY_SCHEMA)
    assert tree(tmp_path) == before


@pytest.mark.parametrize("format", ["brat", "webanno"])
def test_a_folder_of_somebody_else_is_left_alone(format: str, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_bytes(b"years")
    with pytest.raises(CurateError, match="curate did not write"):
        export.write(format, LOSSY_CORPUS, tmp_path / "mine", LOSSY_SCHEMA)
    assert tree(tmp_path) == {"mine/thesis.txt": b"years"}


@pytest.mark.parametrize("format", WRITABLE)
@pytest.mark.parametrize("name", ["notes/corpus", "notes/2026/corpus"])
def test_a_target_inside_a_file_is_refused(format: str, name: str, tmp_path: Path) -> None:
    (tmp_path / "notes").write_bytes(b"mine")
    with pytest.raises(CurateError, match="Not a directory"):
        export.write(format, LOSSY_CORPUS, tmp_path / name, LOSSY_SCHEMA)
    assert tree(tmp_path) == {"notes": b"mine"}


def test_sha256sum_checks_a_folder(tmp_path: Path) -> None:
    target = export_corpus("brat", tmp_path)
    command = ["sha256sum", "--check", "--strict", "--quiet", f"{target.name}.sha256"]
    assert subprocess.run(command, cwd=tmp_path, check=False).returncode == 0
    next(target.rglob("*.ann")).write_bytes(b"T1")
    assert subprocess.run(command, cwd=tmp_path, check=False, capture_output=True).returncode == 1
