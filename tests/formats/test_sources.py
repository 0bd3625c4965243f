"""The files behind paths, patterns and the standard input."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from support.read_files import read, read_all, texts
from support.source_documents import read_normalised

from curate.errors import InputError
from curate.formats.sources import source_files


def test_the_standard_input_is_read_once_and_must_be_named(tmp_path, monkeypatch):
    data = io.BytesIO(b'{"text": "Un"}\n{"text": "Deux"}\n')
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(data)))
    assert texts(read(Path("-"), "jsonl")[0]) == ["Un", "Deux"]
    with pytest.raises(InputError, match="--from FORMAT"):
        list(source_files([Path("-")]))
    assert list(source_files([Path("-")], "jsonl")) == [Path("-")]


def test_patterns_and_folders_are_the_files_in_them_each_once(tmp_path, monkeypatch):
    for name in ("b.jsonl", "a.jsonl", "c.txt", "d/e.jsonl", "notes.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    monkeypatch.chdir(tmp_path)
    named = [str(path) for path in source_files([Path("*.jsonl"), Path("a.jsonl")])]
    assert named == ["a.jsonl", "b.jsonl"]
    assert [p.name for p in source_files([tmp_path / "**/*.jsonl"])] == [
        "a.jsonl",
        "b.jsonl",
        "e.jsonl",
    ]
    assert [p.name for p in source_files([tmp_path], "txt")] == ["c.txt"]
    with pytest.raises(InputError, match="no file matches"):
        list(source_files([Path("*.conll")]))


def test_a_folder_stands_for_the_files_a_reader_knows(tmp_path):
    for name in ("b.txt", "a.txt", "c.jsonl", "notes.md"):
        (tmp_path / name).write_text("x", encoding="utf-8")
    assert [p.name for p in source_files([tmp_path])] == ["a.txt", "b.txt", "c.jsonl"]


def test_a_path_that_is_not_there_and_a_kind_nobody_reads_are_errors(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        list(source_files([tmp_path / "x.txt"]))
    path = tmp_path / "x.dat"
    path.write_bytes(b"nothing known")
    with pytest.raises(InputError, match=r"no format .* use one of \.ann, .*, \.txt, "):
        list(read_normalised(path, "fr"))


def test_spreadsheets_are_refused_with_what_could_be_given(shared_data):
    with pytest.raises(InputError, match=r"Office document.*; save it as .*CSV"):
        read_all(shared_data / "doccano-import-examples/text_classification/example.xlsx")


PAGE = """<!doctype html><html lang="fr"><head><title>Le titre | Le Site</title>
<meta property="og:title" content="Le titre"><meta property="og:site_name" content="Le Site">
<meta name="author" content="Anna Elm"><meta property="article:published_time" content="2025-06-02">
<link rel="canonical" href="https://site.example/a"></head><body>
<nav><a href="/">Accueil</a> <a href="/x">Abonnez-vous</a></nav>
<article><h1>Le titre</h1>
<p>Le ministre des Affaires étrangères a reçu lundi à Paris son homologue, venu de loin.</p>
<p>Les deux hommes ont parlé de l’accord qui doit être signé avant la fin du mois de juin.</p>
</article><footer>Tous droits réservés. Mentions légales.</footer></body></html>"""


@pytest.mark.parametrize(("name", "module"), [("a.rss", "feedparser"), ("a.html", "trafilatura")])
def test_a_library_that_is_not_installed_is_named_with_the_hint(
    tmp_path, monkeypatch, name, module
):
    content = PAGE if name == "a.html" else "<rss/>"
    (tmp_path / name).write_text(content, encoding="utf-8")
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(InputError, match=rf"{module}.*; run `.*install.*\[sources\]"):
        read(tmp_path / name)
