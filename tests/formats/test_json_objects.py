"""JSON objects of a file, one by one."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.read_files import read

from curate.formats import json_objects
from curate.formats.reading import Refusal, read_each, refuse
from curate.formats.source_file import SourceFile


@given(
    st.lists(st.dictionaries(st.text(max_size=3), st.text(max_size=9) | st.lists(st.integers()))),
    st.sampled_from([None, 1]),
    st.integers(1, 40),
)
def test_an_array_is_taken_apart_wherever_it_is_cut(rows, indent, size):
    text = json.dumps(rows, indent=indent, ensure_ascii=False)
    assert [json.loads(part) for _, part in _elements(text, size, 1) if part] == rows
    text = "\n".join(json.dumps(row, indent=indent, ensure_ascii=False) for row in rows)
    assert [json.loads(part) for _, part in _elements(text, size, 0)] == rows


def _elements(text, size, level):
    return json_objects._elements((text[at : at + size] for at in range(0, len(text), size)), level)


def test_elements_are_named_by_the_line_they_begin_in(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('[\n {"text": "a"},\n\n {"text":\n "b"},\n {broken},\n [1],\n {"text": "c"}]\n')
    rows = list(json_objects.read_objects(SourceFile(path)))
    assert [row.where for row in rows] == [f"{path}:{n}" for n in (2, 4, 6, 7, 8)]
    assert [isinstance(row, Refusal) for row in rows] == [False, False, True, True, False]


@pytest.mark.parametrize(
    "text", ['[{"text": "a"}, {"text": "b', '[{"text": "a"},', '[{"text": "a"}']
)
def test_an_array_that_is_cut_off_gives_what_it_has_and_says_so(tmp_path, text):
    path = tmp_path / "a.json"
    path.write_text(text)
    (found,), (problem,) = read(path)
    assert found.document.text == "a"
    assert problem.code == "read.malformed"


def test_one_object_in_a_json_file_may_have_many_lines(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{\n "text": "Un texte",\n "title": "T"\n}\n')
    (found,), problems = read(path)
    assert (found.document.text, found.document.meta, problems) == ("Un texte", {"title": "T"}, [])


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.txt"])
def test_objects_over_several_lines_follow_one_another(tmp_path, name):
    path = tmp_path / name
    objects = ({"text": "Anna", "label": [[0, 4, "PER"]]}, {"text": "Bela", "label": []})
    path.write_text("\n".join(json.dumps(it, indent=1) for it in objects))
    found, problems = read(path)
    assert [it.document.text for it in found] == ["Anna", "Bela"]
    assert [it.where for it in found] == [f"{path}:1", f"{path}:11"]
    assert (found[0].layers[0].spans[0].key, problems) == ((0, 4, "PER"), [])


def test_a_row_that_reading_raises_for_is_refused_and_the_others_are_read():
    rows = [json_objects.JsonObject({"n": n}, f"rows.jsonl:{n}", str(n)) for n in (1, 2, 3)]

    def read_row(row):
        if row.value["n"] == 2:
            raise KeyError("n")
        yield refuse("no-text", "empty", row.where)

    items = list(
        read_each([rows[0], refuse("malformed", "bad", "rows.jsonl:9"), *rows[1:]], read_row)
    )
    assert [(item.code, item.where) for item in items] == [
        ("read.no-text", "rows.jsonl:1"),
        ("read.malformed", "rows.jsonl:9"),
        ("read.unreadable", "rows.jsonl:2"),
        ("read.no-text", "rows.jsonl:3"),
    ]


def test_lines_may_end_with_a_carriage_return_alone(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"text": "Anna"}\r{broken\r{"text": "Bela"}')
    found, (problem,) = read(path)
    assert [it.document.text for it in found] == ["Anna", "Bela"]
    assert problem.where == f"{path}:2"


def test_a_row_without_the_usual_text_names_what_may_be_it(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"sentence": "Anna"}\n')
    _, (problem,) = read(path)
    assert (problem.code, "--column text=NAME" in problem.hint) == ("read.no-text", True)
    (document,), problems = read(path, columns={"text": "sentence"})
    assert (document.document.text, problems) == ("Anna", [])
