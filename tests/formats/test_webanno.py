"""WebAnno TSV 3."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from support.read_files import read, surfaces

from curate.formats.registry import detect_format

NE = "de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity"


POS = "de.tudarmstadt.ukp.dkpro.core.api.lexmorph.type.pos.POS"


def webanno(path: Path, head: list[str], rows: list[str], **options: Any) -> Any:
    lines = ["#FORMAT=WebAnno TSV 3.2", *head, "", "", *rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert detect_format(path).name == "webanno"
    return read(path, **options)


def test_webanno_stacked_escaped_and_sub_token_annotations(tmp_path):
    rows = [
        "#Text=Anna\\\\Elm vs. Bank",
        "1-1\t0-8\tAnna\\\\Elm\tPER[1]|A\\|B[2]\tNOUN",
        "1-1.1\t0-4\tAnna\tGIVEN\t_",
        "1-2\t9-12\tvs.\tPER[1]\tX",
        "1-3\t13-17\tBank\t*\tNOUN",
    ]
    head = [f"#T_SP={NE}|value", f"#T_SP={POS}|PosValue"]
    (found,), problems = webanno(tmp_path / "a.tsv", head, rows)
    assert found.document.text == "Anna\\Elm vs. Bank"
    assert surfaces(found) == [
        ("Anna", "GIVEN"),
        ("Anna\\Elm", "A|B"),
        ("Anna\\Elm vs.", "PER"),
        ("Bank", "NamedEntity"),
    ]
    (skipped,) = problems
    assert skipped.code == "read.unsupported"
    assert POS in skipped.message
    assert "3 tokens" in skipped.message
    (found,), _ = webanno(
        tmp_path / "a.tsv", head, rows, columns={"layer": "POS", "label": "PosValue"}
    )
    assert surfaces(found) == [("Anna\\Elm", "NOUN"), ("vs.", "X"), ("Bank", "NOUN")]


@pytest.mark.parametrize("cells", ["", "\tA", "\tA\tPER"])
def test_webanno_refuses_a_row_with_fewer_columns_than_the_header_names(tmp_path, cells):
    path = tmp_path / "a.tsv"
    head = [f"#T_SP={NE}|value", f"#T_RL=custom.Order|label|BT_{NE}"]
    rows = ["#Text=Anna Elm", f"1-1\t0-4\tAnna{cells}", "1-2\t5-8\tElm\tPER\t_\t_"]
    (found,), (problem,) = webanno(path, head, rows)
    assert surfaces(found) == [("Elm", "PER")]
    assert (problem.code, problem.where) == ("read.malformed", f"{path}:7")
    assert re.findall(r"\d+", problem.message) == [str(3 + cells.count("\t")), "6"]


def test_webanno_refuses_a_layer_below_the_rows(tmp_path):
    path = tmp_path / "a.tsv"
    rows = ["#Text=Anna", "1-1\t0-4\tAnna\tPER", f"#T_RL=custom.Order|label|BT_{NE}"]
    (found,), (problem,) = webanno(path, [f"#T_SP={NE}|value"], rows)
    assert surfaces(found) == [("Anna", "PER")]
    assert (problem.code, problem.where) == ("read.malformed", f"{path}:7")


def test_webanno_refuses_lines_that_are_none_and_counts_slots_and_chains(tmp_path):
    path = tmp_path / "a.tsv"
    head = [
        f"#T_SP={NE}|value|ROLE_{NE}:links_Link|{NE}",
        "#T_CH=custom.CoreferenceLink|referenceRelation|referenceType",
        "#T_RL=custom.Order|label|BT_custom.Unknown",
    ]
    rows = [
        "#Text=Anna sleeps",
        "1-1\t0-4\tAnna\tPER\tagent\t1-2\tname[1]\tr\tx\t1-2",
        "1-2\t5-12\tsleeps\t_\t_\t_\t_\t_\t_\t_",
        "rubbish",
        "1-3\t5-11\tsleeps\t_\t_\t_\t_\t_\t_\t_",
    ]
    (found,), problems = webanno(path, head, rows)
    assert surfaces(found) == [("Anna", "PER")]
    codes = [p.code.removeprefix("read.") for p in problems]
    assert codes == ["dangling", "unsupported", "unsupported", "malformed", "malformed"]
    assert [p.where for p in problems[3:]] == [f"{path}:9", f"{path}:10"]


SLOTS = [
    "#T_SP=custom.Arg|",
    "#T_SP=custom.Frame|kind|ROLE_custom.Frame:links_custom.FrameLink|custom.Arg",
]


def test_webanno_slots_are_relations_and_never_labels(tmp_path):
    rows = [
        "#Text=Anna sold books .",
        "1-1\t0-4\tAnna\t*\t_\t_\t_\t",
        "1-2\t5-9\tsold\t_\t*\tagent;thing\t1-1;1-3\t",
        "1-3\t10-15\tbooks\t*\t_\t_\t_\t",
        "1-4\t16-17\t.\t_\t_\t_\t_\t",
    ]
    (item,), problems = webanno(tmp_path / "a.tsv", SLOTS, rows)
    assert surfaces(item) == [("Anna", "Arg"), ("sold", "Frame"), ("books", "Arg")]
    frame, anna, books = (5, 9, "Frame"), (0, 4, "Arg"), (10, 15, "Arg")
    assert [(r.head, r.label, r.tail) for r in item.layers[0].relations] == [
        (frame, "agent", anna),
        (frame, "thing", books),
    ]
    assert problems == []


def test_webanno_slots_of_stacked_annotations(tmp_path):
    rows = [
        "#Text=Anna Elm sold",
        "1-1\t0-4\tAnna\t*[1]\t_\t_\t_",
        "1-2\t5-8\tElm\t*[1]|*[2]\t_\t_\t_",
        "1-3\t9-13\tsold\t_\tB[3]|C[4]\ta\\;b;*[3]|c[4]\t1-1[1];1-2[2]|1-2[9]",
    ]
    (item,), problems = webanno(tmp_path / "a.tsv", SLOTS, rows)
    assert surfaces(item) == [("Anna Elm", "Arg"), ("Elm", "Arg"), ("sold", "B"), ("sold", "C")]
    assert [(r.head[2], r.label, r.tail[:2]) for r in item.layers[0].relations] == [
        ("B", "a;b", (0, 8)),
        ("B", "links", (5, 8)),
    ]
    assert [p.code for p in problems] == ["read.dangling"]


@pytest.mark.parametrize(("first", "unit"), [(2, "codepoints"), (5, "bytes")])
def test_webanno_with_a_foreign_unit_of_offsets(tmp_path, first, unit):
    head, rows = [f"#T_SP={NE}|value"], ["#Text=🚀 Anna dort"]
    words = [(0, first - 1, "🚀"), (first, first + 4, "Anna"), (first + 5, first + 9, "dort")]
    for number, (start, end, word) in enumerate(words, 1):
        rows.append(f"1-{number}\t{start}-{end}\t{word}\t{'PER' if word == 'Anna' else '_'}")
    items, problems = webanno(tmp_path / "a.tsv", head, rows)
    assert (items, [p.hint for p in problems]) == ([], [f"read it with --offsets {unit}"])
    (item,), problems = webanno(tmp_path / "a.tsv", head, rows, offsets=unit)
    assert (surfaces(item), item.document.text) == ([("Anna", "PER")], "🚀 Anna dort")
    assert problems == []


def test_stacked_annotations_without_numbers_are_all_read(tmp_path):
    rows = ["#Text=Anna saw", "1-1\t0-4\tAnna\tPER|LOC", "1-2\t5-8\tsaw\t_"]
    (found,), problems = webanno(tmp_path / "a.tsv", [f"#T_SP={NE}|value"], rows)
    assert (surfaces(found), problems) == ([("Anna", "LOC"), ("Anna", "PER")], [])
