"""``curate.load`` on the repository's own corpus, copied."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

import curate
from curate import CurateError
from curate.cli.commands import app
from curate.export import Selection
from curate.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "curate.toml", tmp_path)
    for name in ("annotations", "schemas"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def test_a_release_comes_as_documents_frame_docs_and_dataset(folder: Path) -> None:
    corpus = curate.load(folder, version="0.1.0")
    [(document, revision)] = corpus.documents()
    assert corpus.version == "0.1.0"
    frame = corpus.frame()
    assert len(frame) == len(revision.spans) == 29
    for row in frame.to_dict("records"):
        assert document.text[row["start"] : row["end"]] == row["surface"]
    assert frame.groupby("label").size()["LOC"] == 14
    [doc] = corpus.docs()
    assert doc.text == document.text
    assert {(e.start_char, e.end_char, e.label_) for e in doc.ents} <= {
        span.key for span in revision.spans
    }
    dataset = corpus.dataset()
    assert dataset[0]["text"] == document.text
    spans = [(s["start"], s["end"], s["label"]) for s in dataset[0]["spans"]]
    assert spans == [span.key for span in revision.spans]


def test_the_newest_is_loaded_by_default_and_an_unknown_one_refused(folder: Path) -> None:
    assert curate.load(Workspace(folder)).version == "0.1.0"
    with pytest.raises(CurateError, match=r"no release 9\.9\.9"):
        curate.load(str(folder), "9.9.9")


def test_a_manifest_that_was_changed_is_refused(folder: Path) -> None:
    path = folder / "annotations" / "releases" / "0.1.0.json"
    manifest = msgspec.json.decode(path.read_bytes())
    manifest["digest"] = "0" * 64
    path.write_bytes(msgspec.json.encode(manifest))
    with pytest.raises(CurateError, match="digest"):
        curate.load(folder, "0.1.0")


def test_a_release_is_exported_by_selection_and_split(folder: Path, tmp_path: Path) -> None:
    workspace = Workspace(folder)
    wanted = Selection(overlap="innermost", labels=("LOC",))
    [done] = workspace.export("0.1.0", ("parquet",), tmp_path / "out", selection=wanted)
    assert (done.documents, done.spans, done.lost) == (1, 14, {})
    with pytest.raises(CurateError, match="no split 'train'"):
        workspace.export("0.1.0", ("parquet",), tmp_path / "out", split="train")


def test_the_command_takes_filters(folder: Path) -> None:
    arguments = ["export", "0.1.0", "-C", str(folder), "-f", "jsonl", "--label", "PER", "--json"]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)[0]["spans"] == 4
