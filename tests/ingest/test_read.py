"""Readers."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.source_documents import read

from curate.errors import InputError
from curate.formats.sources import source_files
from curate.model import Document, Problem
from curate.util import jsonl


def only(path: Path):
    return next(iter(read(path, "fr")))


def test_the_seed_is_taken_as_it_is(seed_file):
    document = only(seed_file)
    text = seed_file.read_text("utf-8")
    assert document.text == text
    assert document.id == "1a2e4342bf15c1e1" == jsonl.document_id(text)
    assert document.title.startswith("Le secrétaire d’État américain")
    assert document.meta["file"] == seed_file.name
    assert "normalised" not in document.meta


def test_the_first_line_is_a_title_only_before_a_blank_line(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("Titre\n\nTexte", encoding="utf-8")
    assert only(path).meta["title"] == "Titre"
    path.write_text("Une phrase.\nUne autre.", encoding="utf-8")
    assert "title" not in only(path).meta
    assert only(path).title == "Une phrase."


@pytest.mark.parametrize(
    ("data", "code", "message"),
    [
        (b"", "read.no-text", ""),
        (b" \n\t ", "read.no-text", ""),
        ("\ufeff \n".encode(), "read.no-text", ""),
        (b"ok\ncaf\xe9", "read.unreadable", "not UTF-8: byte 0xe9 in line 2"),
        (b"a\x00b", "read.malformed", "NUL"),
    ],
)
def test_a_file_that_is_no_text_is_refused_with_its_name(tmp_path, data, code, message):
    path = tmp_path / "bad.txt"
    path.write_bytes(data)
    problem = only(path)
    assert isinstance(problem, Problem)
    assert problem.code == code
    assert message in problem.message
    assert problem.where == str(path)


def test_lines_of_jsonl_are_documents_and_bad_ones_are_named_by_line(tmp_path):
    path = tmp_path / "a.jsonl"
    lines = [
        '{"text": "Un", "title": "T", "lang": "en", "score": 3, "empty": ""}',
        "{broken",
        "",
        '{"title": "no text"}',
        '{"text": "Deux"}',
        '{"text": "bad \\ud800"}',
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    items = list(read(path, "fr"))
    documents = [item for item in items if isinstance(item, Document)]
    assert [(d.text, d.lang) for d in documents] == [("Un", "en"), ("Deux", "fr")]
    assert documents[0].meta == {"title": "T", "score": "3", "file": "a.jsonl"}
    problems = [item.where for item in items if isinstance(item, Problem)]
    assert problems == [f"{path}:{number}" for number in (2, 4, 6)]


def test_a_folder_stands_for_the_files_a_reader_knows(tmp_path):
    for name in ("b.txt", "a.txt", "c.jsonl", "notes.md"):
        (tmp_path / name).write_text("x", encoding="utf-8")
    assert [p.name for p in source_files([tmp_path])] == ["a.txt", "b.txt", "c.jsonl"]


def test_a_path_that_is_not_there_and_a_kind_nobody_reads_are_errors(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        list(source_files([tmp_path / "x.txt"]))
    path = tmp_path / "x.pdf"
    path.write_bytes(b"%PDF")
    with pytest.raises(InputError, match=r"no format .* use one of \.ann, .*, \.txt, "):
        list(read(path, "fr"))
