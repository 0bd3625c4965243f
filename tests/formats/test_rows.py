"""Rows as documents."""

from __future__ import annotations

from support.read_files import keys_by_layer, read, write_rows


def test_columns_have_usual_names_and_can_be_named(tmp_path):
    row = {"body": "Un texte", "headline": "T", "date": "2026-01-02", "language": "fr", "n": 3}
    (found,), _ = read(write_rows(tmp_path / "a.jsonl", row))
    assert found.document.text == "Un texte"
    assert found.document.lang == "fr"
    assert found.document.meta == {"title": "T", "published": "2026-01-02", "n": "3"}
    path = write_rows(tmp_path / "b.jsonl", {"text": "no", "x": "Un texte", "y": "T"})
    (found,), _ = read(path, columns={"text": "x", "title": "y"})
    assert (found.document.text, found.document.meta) == ("Un texte", {"text": "no", "title": "T"})


def test_spans_in_a_row_are_annotations_and_bad_ones_are_told(tmp_path):
    spans = [
        {"start": 0, "end": 4, "label": "PER", "by": "annotator:ada", "score": 0.5},
        {"start": 0, "end": 99, "label": "PER"},
        {"start": 3, "end": 3, "label": "PER"},
        {"start": "first", "end": 4, "label": "PER"},
        {"start": 0, "end": 5, "label": "LOC"},
        {"start": 0, "end": 4, "label": "PER"},
    ]
    path = write_rows(tmp_path / "a.jsonl", {"text": "Anna dort", "spans": spans})
    (found,), problems = read(path)
    assert keys_by_layer(found) == {"gold": [(0, 4, "PER"), (0, 5, "LOC")]}
    first = found.layers[0].spans[0]
    assert (first.by, first.score) == ("annotator:ada", 0.5)
    reasons = ["out-of-range", "out-of-range", "out-of-range", "blank-edge", "doubled"]
    assert [p.code for p in problems] == [f"read.{reason}" for reason in reasons]
    assert {p.where for p in problems} == {f"{path}:1"}


def test_a_field_that_is_called_spans_and_is_none_is_kept(tmp_path):
    (found,), _ = read(write_rows(tmp_path / "a.jsonl", {"text": "a", "spans": "two", "id": 4}))
    assert (found.layers, found.document.meta) == ((), {"spans": "two", "id": "4"})
