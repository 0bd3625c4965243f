"""Tables."""

from __future__ import annotations

import pytest
from support.read_files import read, texts

from curate.errors import InputError


def test_a_table_has_a_header_and_bad_rows_are_named_by_line(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(
        'title;body;label\nT;"Deux\nlignes; et ""plus""";a\nU;;b\nV;trop;x;y\n\nW;Fin;\n', "utf-8"
    )
    found, problems = read(path)
    assert texts(found) == ['Deux\nlignes; et "plus"', "Fin"]
    assert found[0].document.meta == {"title": "T"}
    assert [c.label for c in found[0].layers[0].categories] == ["a"]
    assert found[1].layers == ()
    assert [f.where for f in found] == [f"{path}:2", f"{path}:7"]
    codes = [(p.code, p.where) for p in problems]
    assert codes == [("read.no-text", f"{path}:4"), ("read.malformed", f"{path}:5")]


def test_tables_in_other_encodings_and_with_tabs(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_bytes("texte\turl\nCafé, thé\thttp://x\n".encode("utf-16"))
    found, problems = read(path)
    assert (texts(found), found[0].document.meta, problems) == (
        ["Café, thé"],
        {"url": "http://x"},
        [],
    )
    path.write_bytes("text\nCafé\nok\n".encode("latin-1"))
    found, problems = read(path)
    assert (texts(found), [p.where for p in problems]) == (["ok"], [f"{path}:2"])
    assert texts(read(path, encoding="latin-1")[0]) == ["Café", "ok"]


def test_a_table_without_the_column_says_how_to_name_it(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,Un texte\n")
    with pytest.raises(InputError, match=r"no column text or body .* --column text=NAME"):
        read(path)
    found, _ = read(path, columns={"text": "b"})
    assert (texts(found), found[0].document.meta) == (["Un texte"], {"a": "1"})
