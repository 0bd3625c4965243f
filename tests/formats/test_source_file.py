"""Compressed files and encodings."""

from __future__ import annotations

import gzip

import pytest
from support.read_files import read, texts

from curate.errors import InputError
from curate.formats.sources import source_files


@pytest.mark.parametrize("pack", ["gz", "zst"])
@pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "a.conll", "a.csv"])
def test_packed_files_are_read_as_the_others_are(tmp_path, pack, name):
    import zstandard

    plain = {
        "a.txt": "Un texte",
        "a.jsonl": '{"text": "Un texte"}\n',
        "a.conll": "Un O\ntexte O\n",
        "a.csv": "text\nUn texte\n",
    }[name].encode()
    packed = gzip.compress(plain) if pack == "gz" else zstandard.compress(plain)
    path = tmp_path / f"{name}.{pack}"
    path.write_bytes(packed)
    assert list(source_files([tmp_path])) == [path]
    assert texts(read(path)[0]) == ["Un texte"]
    path.write_bytes(packed[: len(packed) // 2])
    assert [p.code for p in read(path)[1]] == ["read.unreadable"]


def test_an_encoding_that_there_is_not_is_said(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"x")
    with pytest.raises(InputError, match="no encoding 'utf-9'"):
        read(path, encoding="utf-9")
