"""Releases as data set folders: what is in them, whose names are, and what is asked for."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import select
import subprocess
import sys
from pathlib import Path

import pytest
from support import history_corpus as h

import curate
from curate.errors import ConfigError, CurateError, InputError, ReleaseError
from curate.publish import publish as p
from curate.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
ABOUT = p.PublishOptions(license="CC-BY-4.0", citation="The newsroom. Corpus. 2026.")
PEOPLE = ("anna", "bela", "eva")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Anna's text with its history, and Berne's with a rule, a person and an imported file."""
    made = h.traced(tmp_path_factory.mktemp("publish") / "corpus")
    spans = (
        h.span(h.BERNE, "Berne", "LOC", by="rules:r@1/cities"),
        h.span(h.BERNE, "Vienne", "LOC", by="annotator:bela", at="2026-02-01T01:00:00Z"),
        h.span(h.BERNE, "accord", "MISC", by="import:bela.conll"),
    )
    h.add(made, h.BERNE, h.revision(h.BERNE, 1, *spans, author="import:bela.conll"))
    h.cut(made, "0.1.0", "First.")
    return made


def rows(folder) -> dict[str, dict]:
    import pyarrow.parquet as pq

    table = pq.read_table(folder / "data" / "documents" / "train" / "00000.parquet")
    return {row["id"]: row for row in table.to_pylist()}


def test_the_folder_has_data_card_and_metadata_and_no_names(corpus, tmp_path):
    result = p.publish(corpus, str(tmp_path / "out"), options=ABOUT)
    assert [file.path for file in result.files] == [
        "README.md",
        "croissant.json",
        "data/documents/train/00000.parquet",
        "data/tokens/train/00000.parquet",
    ]
    for file in result.files:
        assert (tmp_path / "out" / file.path).stat().st_size == file.size
    table = rows(tmp_path / "out")
    everything = json.dumps(table, ensure_ascii=False).lower().replace(h.ANNA.lower(), "")
    for name in ("README.md", "croissant.json"):
        everything += (tmp_path / "out" / name).read_text("utf-8")
    for name in (*PEOPLE, "bela.conll"):
        assert name not in everything.replace(h.ANNA, ""), name
    anna = table[h.document(h.ANNA).id]
    assert [span["by"] for span in anna["spans"]] == ["annotator:person-2", "annotator:person-1"]
    berne = table[h.document(h.BERNE).id]["spans"]
    assert [it["by"] for it in berne] == ["rules:r@1/cities", "annotator:person-1", "import:file-1"]


def test_names_are_published_if_they_are_asked_for(corpus, tmp_path):
    import msgspec

    with_names = msgspec.structs.replace(ABOUT, names=True)
    p.publish(corpus, str(tmp_path / "out"), options=with_names)
    anna = rows(tmp_path / "out")[h.document(h.ANNA).id]
    assert [span["by"] for span in anna["spans"]] == ["annotator:anna", "annotator:bela"]
    assert anna["confirmed_by"] == "anna"
    metadata = json.loads((tmp_path / "out" / "croissant.json").read_bytes())
    assert {it["prov:label"] for it in metadata["prov:wasAttributedTo"]} >= {"anna", "bela"}
    assert metadata["creator"] == {"@type": "Person", "name": "curator"}


@pytest.mark.filterwarnings("ignore")  # those of rdflib and pandas, in mlcroissant
def test_mlcroissant_accepts_the_metadata_with_its_provenance(corpus, tmp_path):
    import mlcroissant

    p.publish(corpus, str(tmp_path / "out"), options=ABOUT)
    loaded = mlcroissant.Dataset(str(tmp_path / "out" / "croissant.json"))
    context = loaded.metadata.ctx
    assert (context.issues.errors, context.issues.warnings) == (set(), set())
    assert context.conforms_to.value == "http://mlcommons.org/croissant/1.1"
    kept = loaded.metadata.extra_properties
    assert {it["@type"] for it in kept["prov:wasGeneratedBy"]} == {"prov:Activity"}
    assert len(list(loaded.records("documents"))) == 2


def test_the_published_folder_loads_and_is_verified(corpus, tmp_path):
    result = p.publish(corpus, str(tmp_path / "out"), options=ABOUT)
    loaded = curate.load(tmp_path / "out", "0.1.0")
    assert loaded.digest == result.digest
    assert sum(len(gold.spans) for _, gold in loaded.documents()) == 5


def test_publishing_again_gives_the_same_bytes(corpus, tmp_path):
    for name in ("a", "b"):
        p.publish(corpus, str(tmp_path / name), options=ABOUT)
    assert h.tree(tmp_path / "a") == h.tree(tmp_path / "b")
    p.publish(corpus, str(tmp_path / "b"), options=ABOUT)
    assert h.tree(tmp_path / "a") == h.tree(tmp_path / "b")


def test_a_dry_run_lists_what_would_be_written_and_writes_nothing(corpus, tmp_path, cli):
    words = ("publish", tmp_path / "out", "--license", "MIT", "--citation", "x", "--json")
    planned = cli(*words, "--dry-run", root=corpus.root).json
    assert (planned["dry_run"], [*tmp_path.iterdir()]) == (True, [])
    done = cli(*words, root=corpus.root).json
    assert done["files"] == planned["files"]
    to_hub = ("publish", "hub:a/b", "--license", "MIT", "--citation", "x", "-n", "--json")
    files = cli(*to_hub, root=corpus.root).json["files"]
    assert [file["path"] for file in files] == [file["path"] for file in done["files"]]


def test_licence_and_citation_are_needed(corpus, tmp_path, cli):
    refusal = cli("publish", tmp_path / "out", root=corpus.root).refusal
    assert isinstance(refusal, ConfigError)
    assert "license and citation" in refusal.hint
    one = cli("publish", tmp_path / "out", "--license", "MIT", root=corpus.root).refusal
    assert isinstance(one, ConfigError) and "license" not in one.hint
    odd = ("publish", tmp_path / "out", "--license", "all ours", "--citation", "x")
    assert isinstance(cli(*odd, root=corpus.root).refusal, ConfigError)
    assert [*tmp_path.iterdir()] == []


def test_settings_of_the_corpus_are_used(tmp_path, cli):
    root = h.relabelled(tmp_path / "corpus")
    path = root / "curate.toml"
    about = '[corpus]\nlicense = "ODbL-1.0"\ncitation = "Us."'
    path.write_text(path.read_text("utf-8").replace("[corpus]", about), "utf-8")
    assert cli("publish", tmp_path / "out", root=root).exit_code == 0
    card = (tmp_path / "out" / "README.md").read_text("utf-8")
    assert "\nlicense: odbl\n" in card
    assert card.endswith("## How to cite it\n\nUs.\n")
    metadata = json.loads((tmp_path / "out" / "croissant.json").read_bytes())
    assert metadata["license"] == "https://spdx.org/licenses/ODbL-1.0"


@pytest.mark.parametrize("target", ["hub:nobody", "hub:", "hub:a/b/c", "hub:../b"])
def test_a_target_that_is_no_repository_is_refused(corpus, cli, target):
    assert isinstance(cli("publish", target, root=corpus.root).refusal, InputError)


def test_a_folder_of_somebody_else_and_an_unknown_release_are_refused(corpus, tmp_path, cli):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("…", "utf-8")
    about = ("--license", "MIT", "--citation", "x")
    refusal = cli("publish", tmp_path / "mine", *about, root=corpus.root).refusal
    assert isinstance(refusal, CurateError)
    assert [it.name for it in tmp_path.iterdir()] == ["mine"]
    unknown = cli("publish", tmp_path / "out", *about, "--release", "9.0.0", root=corpus.root)
    assert isinstance(unknown.refusal, ReleaseError)


@pytest.mark.slow
def test_on_a_terminal_licence_and_citation_are_asked_for(tmp_path):
    root = h.relabelled(tmp_path / "corpus")
    command = [sys.executable, "-m", "curate", "publish", str(tmp_path / "out"), "-C", str(root)]
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command,
        stdin=theirs,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    os.close(theirs)
    for question, answer in ((b"CC-BY-4.0:", b"CC0-1.0\n"), (b"cited:", b"Us, 2026.\n")):
        shown = b""
        while not shown.endswith(question):
            assert select.select([ours], [], [], 60)[0], shown
            shown += os.read(ours, 1)
        os.write(ours, answer)
    with contextlib.suppress(OSError):  # the terminal is gone when the program has ended
        while select.select([ours], [], [], 60)[0]:
            os.read(ours, 1000)  # the progress bar, which would fill the terminal
    assert process.wait(60) == 0
    os.close(ours)
    card = (tmp_path / "out" / "README.md").read_text("utf-8")
    assert "\nlicense: cc0-1.0\n" in card and "Us, 2026." in card
