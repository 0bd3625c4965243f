"""fastText."""

from __future__ import annotations

from support.read_files import read, texts

from curate.formats.registry import detect_format


def test_categories_before_the_text_of_each_line(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("__label__a __label__b Un texte\nSans\n__label__a\n")
    assert detect_format(path).name == "fasttext"
    found, problems = read(path)
    assert texts(found) == ["Un texte", "Sans"]
    assert [c.label for c in found[0].layers[0].categories] == ["a", "b"]
    assert [(p.code, p.where) for p in problems] == [("read.no-text", f"{path}:3")]
