"""brat, read and written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support import consumer_rules as rules
from support.golden_corpus import CORPUS, SCHEMA, export_corpus
from support.read_files import documents, read, read_all, reasons, span_counts, surfaces

from curate.formats.reading import ReadDocument
from curate.formats.registry import detect_format
from curate.formats.sources import source_files
from curate.model import Problem
from curate.text.offset_units import parse_unit


def brat(folder: Path, text: str, notes: str, **options: Any) -> tuple[ReadDocument, list[Problem]]:
    (folder / "a.txt").write_bytes(text.encode())
    (folder / "a.ann").write_text(notes, encoding="utf-8")
    (found,), problems = read(folder / "a.txt", **options)
    return found, problems


def test_brat_counts_code_points_of_the_file_as_it_is(tmp_path):
    found, problems = brat(tmp_path, "👩‍⚕️\r\nAnna dort", "T1\tPER 6 10\tAnna\nT1\tPER 6 10\n")
    assert surfaces(found) == [("Anna", "PER")]
    assert [p.code for p in problems] == ["read.doubled"]


@pytest.mark.parametrize(
    ("choice", "kept"),
    [
        ("lose", []),
        ("cover", [("North and South America", "LOC")]),
        ("split", [("North", "LOC"), ("America", "LOC")]),
    ],
)
def test_brat_spans_in_pieces(tmp_path, choice, kept):
    notes = "T1\tLOC 0 5;16 23\tNorth America\n"
    found, problems = brat(tmp_path, "North and South America", notes, discontinuous=choice)
    assert surfaces(found) == kept
    assert [p.code for p in problems] == (["read.discontinuous"] if choice == "lose" else [])


def test_brat_pieces_with_a_line_end_between_them_are_one_span(tmp_path):
    found, problems = brat(tmp_path, "New\nYork", "T1\tLOC 0 3;4 8\tNew York\n")
    assert surfaces(found) == [("New\nYork", "LOC")]
    assert problems == []


def test_brat_names_what_it_cannot_take_by_line(tmp_path):
    notes = (
        "T1\tPER 0 4\tAnna\nR1\tknows Arg1:T1 Arg2:T3\nR2\tknows Arg1:T1 Arg2:T9\n"
        "T2\tPER 5 9\tElm!\nT3\tPER 13 17\tOtto\nT4\tPER 90 99\tNobody\nA1\tConfidence T1 High\n"
        "#1\tAnnotatorNotes T1\tsure\nE1\tMeet:T1\n*\tAlias T1 T3\nrubbish\nT5 PER 0 4 Anna\n"
    )
    found, problems = brat(tmp_path, "Anna Elm, and Otto".replace(" and", "and"), notes)
    assert surfaces(found) == [("Anna", "PER"), ("Otto", "PER")]
    (arrow,) = found.layers[0].relations
    assert (arrow.head, arrow.tail, arrow.label) == ((0, 4, "PER"), (13, 17, "PER"), "knows")
    assert [(it.text, it.by) for it in found.comments] == [("« Anna »: sure", "")]
    told = [(p.code.removeprefix("read."), p.where.partition(".ann")[2]) for p in problems]
    assert told == [
        ("text-mismatch", ":4"),
        ("out-of-range", ":6"),
        ("dangling", ":3"),
        ("unsupported", ""),
        ("unsupported", ""),
        ("unsupported", ""),
        ("comment", ""),
        ("malformed", ":11"),
        ("malformed", ":12"),
    ]


def test_brat_needs_both_files_and_a_folder_names_each_document_once(tmp_path):
    (tmp_path / "a.txt").write_text("Anna")
    (tmp_path / "a.ann").write_text("")
    (tmp_path / "b.ann").write_text("")
    (tmp_path / "c.txt").write_text("Otto")
    assert [p.name for p in source_files([tmp_path], "brat")] == ["a.txt", "b.ann"]
    assert [p.name for p in source_files([tmp_path])] == ["a.txt", "b.ann", "c.txt"]
    found, problems = read(tmp_path / "b.ann")
    assert (found, [p.code for p in problems]) == ([], ["read.no-text"])
    assert ".txt" in problems[0].message
    assert detect_format(tmp_path / "c.txt").name == "txt"


def test_all_spans_of_winer_are_read(shared_data):
    items = read_all(shared_data / "winer-fr-2016", "brat")
    assert len(documents(items)) == 571
    assert span_counts(items) == {"gold": 9442}
    assert reasons(items) == {}


LABELS = set(SCHEMA.names)


def test_brat_takes_the_folder(tmp_path: Path) -> None:
    target = export_corpus("brat", tmp_path)
    config = rules.brat_config((target / "annotation.conf").read_text("utf-8"))
    assert config["entities"] == LABELS
    notes = sorted(target.rglob("*.ann"))
    assert len(notes) == len(CORPUS)
    for path in notes:
        text = path.with_suffix(".txt").read_bytes().decode()
        assert list(rules.brat(text, path.read_bytes().decode(), config)) == []


LINES = "Anna saw the old town.\r\nBela stayed in Rome.\r\n"
LF_NOTES = "T1\tPER 0 4\tAnna\nT2\tPER 23 27\tBela\nT3\tLOC 38 42\tRome\nR1\tin Arg1:T2 Arg2:T3\n"


def test_brat_with_line_ends_counted_as_one_is_refused_once_and_read_as_asked(tmp_path):
    (tmp_path / "a.txt").write_bytes(LINES.encode())
    (tmp_path / "a.ann").write_text(LF_NOTES)
    items, problems = read(tmp_path / "a.txt")
    assert items == []
    assert [(p.code, p.severity, p.hint) for p in problems] == [
        ("read.offset-unit", "error", "read it with --offsets lf")
    ]
    (item,), problems = read(tmp_path / "a.txt", offsets="lf")
    assert surfaces(item) == [("Anna", "PER"), ("Bela", "PER"), ("Rome", "LOC")]
    assert ([r.label for r in item.layers[0].relations], problems) == (["in"], [])


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("\ufeffAnna saw Bela in Rome", "no-bom"),
        ("🚀 Anna saw Bela in Rome", "utf16"),
        ("Zoë: Anna saw Bela in Rome", "bytes"),
        ("Well\nAnna saw\nBela in Rome", "crlf"),
        ("Anna saw Bela in Rome", "from:1"),
    ],
)
def test_brat_in_a_foreign_unit_of_offsets(tmp_path, text, unit):
    index = parse_unit(unit).index_for(text)
    edges = [(text.index(it), text.index(it) + len(it), it) for it in ("Anna", "Bela in Rome")]
    (tmp_path / "a.txt").write_bytes(text.encode())
    (tmp_path / "a.ann").write_text(
        "".join(
            f"T{n}\tX {index.units(start)} {index.units(end)}\t{surface}\n"
            for n, (start, end, surface) in enumerate(edges)
        )
    )
    items, problems = read(tmp_path / "a.txt")
    assert (items, [p.hint for p in problems]) == ([], [f"read it with --offsets {unit}"])
    (item,), problems = read(tmp_path / "a.txt", offsets=unit)
    assert ([s.key for s in item.layers[0].spans], problems) == (
        [(start, end, "X") for start, end, _ in edges],
        [],
    )


def test_brat_pieces_within_each_other_are_their_union(tmp_path):
    found, problems = brat(tmp_path, "The old stone river bridge", "T1\tPlace 4 26;10 15\n")
    assert [span.key for span in found.layers[0].spans] == [(4, 26, "Place")]
    assert problems == []


def test_a_stray_line_is_named_and_the_rest_is_read(tmp_path):
    found, problems = brat(tmp_path, "Anna saw Rome.", "T1\tPER 0 4\tAnna\n\tstray note\n")
    assert surfaces(found) == [("Anna", "PER")]
    assert [(p.code, p.where.rsplit(":")[-1]) for p in problems] == [("read.malformed", "2")]
