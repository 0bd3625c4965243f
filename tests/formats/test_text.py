"""Plain text: one document per file, or per line."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.read_files import read, texts
from support.source_documents import read_normalised

from curate.model import Problem


def only(path: Path):
    return next(iter(read_normalised(path, "fr")))


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


def test_each_line_that_is_not_blank_is_a_document(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"Un\n\nDeux\r\nb\xe9\n")
    found, problems = read(path, "lines")
    assert texts(found) == ["Un", "Deux"]
    assert [p.where for p in problems] == [f"{path}:4"]
