"""What is said when an extra is missing: one line that adds it to the installation at hand."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator
from importlib import invalidate_caches
from pathlib import Path
from typing import Any

import pytest
from support import history_corpus as h
from support.audit_corpus import regular

import curate
from curate.errors import CurateError
from curate.util.installation import install_command

EDITABLE = {"url": "file:///home/eva/my%20curate", "dir_info": {"editable": True}}
FOLDER = {"url": "file:///home/eva/curate", "dir_info": {}}
WHEEL = {"url": "file:///tmp/curate_corpus-0.1.0-py3-none-any.whl", "archive_info": {}}
GIT = {"url": "https://git.example.org/c", "vcs_info": {"vcs": "git", "commit_id": "1a2b"}}


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Makes the installation that runs look like one from elsewhere, by the records of pip."""

    def install(origin: dict[str, Any] | None) -> None:
        folder = tmp_path / "site" / "curate_corpus-0.1.0.dist-info"
        folder.mkdir(parents=True)
        (folder / "METADATA").write_text("Name: curate-corpus\nVersion: 0.1.0\n", "utf-8")
        if origin:
            (folder / "direct_url.json").write_text(json.dumps(origin), "utf-8")
        monkeypatch.syspath_prepend(str(folder.parent))
        invalidate_caches()

    return install


@pytest.mark.parametrize(
    ("origin", "arguments"),
    [
        (None, ["curate-corpus[audit]"]),
        (EDITABLE, ["-e", "/home/eva/my curate[audit]"]),
        (FOLDER, ["/home/eva/curate[audit]"]),
        (WHEEL, [f"curate-corpus[audit] @ {WHEEL['url']}"]),
        (GIT, ["curate-corpus[audit] @ git+https://git.example.org/c@1a2b"]),
    ],
)
def test_the_command_asks_for_curate_where_it_was_installed_from(installed, origin, arguments):
    installed(origin)
    python, *words = shlex.split(install_command("audit"))
    assert words == ["-m", "pip", "install", *arguments]
    assert python in ("python", sys.executable)


def test_the_command_names_the_python_that_runs_where_another_one_is_first(tmp_path, monkeypatch):
    other = tmp_path / "python"
    other.write_text("#!/bin/sh\n", "utf-8")
    other.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert shlex.split(install_command("hub"))[0] == sys.executable


MODULES = {
    "agreement": ["pygamma_agreement", "pyannote", "pyannote.core", "cvxopt"],
    "audit": ["numba", "cleanlab"],
    "datasets": ["datasets"],
    "hub": ["huggingface_hub"],
    "pools": ["dask", "distributed"],
    "postgresql": ["psycopg"],
    "sources": ["trafilatura", "feedparser", "cassis", "zstandard", "dateparser"],
}


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes the import of an extra's packages fail, as it does where they are not installed."""

    def remove(extra: str) -> None:
        for name in [*sys.modules]:
            if name.partition(".")[0] in MODULES[extra]:
                monkeypatch.delitem(sys.modules, name)
        for name in MODULES[extra]:
            monkeypatch.setitem(sys.modules, name, None)

    return remove


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A corpus with a release, and files that need a package to be read."""
    root = h.relabelled(tmp_path / "corpus")
    (root / "page.html").write_text("<html><body><p>Anna Weiss</p></body></html>", "utf-8")
    (root / "feed.xml").write_text('<?xml version="1.0"?><rss version="2.0"></rss>', "utf-8")
    (root / "texts.jsonl.zst").write_bytes(b"\x28\xb5\x2f\xfd\x00\x00\x00")
    cas = '<xmi:XMI xmlns:xmi="http://www.omg.org/XMI" xmlns:cas="http:///uima/cas.ecore"/>'
    (root / "text.xmi").write_text(cas, "utf-8")
    for name in "ab":
        line = json.dumps({"text": h.ANNA, "spans": [{"start": 0, "end": 4, "label": "PER"}]})
        (root / f"{name}.jsonl").write_text(line + "\n", "utf-8")
    made = regular()  # so much gold that a model of it can be trained
    rows = (
        {
            "text": document.text,
            "spans": [{"start": it.start, "end": it.end, "label": it.label} for it in spans],
        }
        for document, spans in made
    )
    (root / "regular.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    corpus = h.Workspace(root)
    with corpus.store.begin() as tx:
        for document, spans in made:
            tx.add_document(document)
            tx.add_revision(h.revision(document.text, 1, *spans))
    h.save(corpus)
    corpus.store.close()
    return root


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ("audit", "audit regular.jsonl"),
        ("audit", "audit"),
        ("agreement", "agreement a.jsonl b.jsonl --gamma"),
        ("hub", "publish hub:a/b --license MIT --citation x"),
        ("pools", "preannotate --input a.jsonl --output out --scheduler local"),
        ("sources", "export -f xmi --to out"),
        ("sources", "export -f cas-json --to out"),
        ("sources", "convert a.jsonl out --to xmi"),
        ("sources", "convert page.html out.jsonl"),
        ("sources", "ingest page.html"),
        ("sources", "ingest feed.xml"),
        ("sources", "ingest texts.jsonl.zst"),
        ("sources", "validate text.xmi"),
    ],
)
def test_every_command_that_needs_an_extra_says_how_to_add_it(
    cli, root, without, monkeypatch, extra, words
):
    without(extra)
    monkeypatch.chdir(root)
    files = words.startswith(("convert", "agreement", "validate"))
    result = cli(*words.split(), root=None if files else root)
    assert result.exit_code == 1
    said = str(result.refusal) if result.refusal else result.output
    assert f"`{install_command(extra)}`" in " ".join(said.split())
    if result.refusal:
        assert "\n" not in said


def test_a_store_on_postgresql_says_how_to_add_its_driver(cli, root, without, monkeypatch):
    without("postgresql")
    monkeypatch.setenv("CURATE_DATABASE", "postgresql://db.example.org/corpora")
    refusal = cli("status", root=root).refusal
    assert isinstance(refusal, CurateError) and install_command("postgresql") in refusal.hint


def test_a_dataset_says_how_to_add_its_package(root, without):
    without("datasets")
    with pytest.raises(CurateError) as error:
        curate.load(root).dataset()
    assert install_command("datasets") in error.value.hint
