"""Converting files without a workspace."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from curate.cli.commands import app
from curate.errors import CurateError, InputError
from curate.formats.convert import ReadTotals, convert
from curate.formats.reading import ReadDocument, ReadOptions
from curate.formats.sources import read_annotated

TEXT = "Anna Elm dort à Rome.\nElle rêve"
ROW = {
    "id": 4,
    "text": TEXT,
    "label": [[0, 8, "PER"], [16, 20, "LOC"], [0, 4, "PER"], [6, 10, "X"]],
}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in.jsonl"
    lines = [json.dumps(ROW), "{broken", json.dumps({"text": "Rien", "label": []})]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def users(folder: Path) -> Path:
    annotations = [
        {"label": "PER", "start_offset": 0, "end_offset": 4, "user": 1},
        {"label": "PER", "start_offset": 0, "end_offset": 8, "user": 2},
    ]
    path = folder / "users.jsonl"
    path.write_text(json.dumps({"text": TEXT, "annotations": annotations}), encoding="utf-8")
    return path


def test_what_was_read_written_and_lost_is_told(source, tmp_path):
    done = convert([source], tmp_path / "out.conll")
    assert done.read == ReadTotals(documents=2, spans=4)
    (file,) = done.written
    assert (file.layer, file.format, file.documents, file.spans) == ("gold", "conll", 1, 2)
    assert done.lost == {"misaligned": 1, "nested": 1}
    assert done.noted == {"not-judged": 1}  # a row of Doccano without labels
    assert done.refused == 1
    refused = [problem for problem in done.problems if problem.severity == "error"]
    assert [(p.code, p.where) for p in refused] == [("read.malformed", f"{source}:2")]
    lost = [problem for problem in done.problems if problem.code.startswith("export.")]
    assert len(lost) == 3
    assert (tmp_path / "out.conll").read_text("utf-8") == (
        "-DOCSTART- -X- -X- O\n\nAnna -X- -X- B-PER\nElm -X- -X- I-PER\ndort -X- -X- O\n"
        "à -X- -X- O\nRome -X- -X- B-LOC\n. -X- -X- O\n\nElle -X- -X- O\nrêve -X- -X- O\n\n"
    )


@pytest.mark.parametrize(
    ("name", "told", "lost"),
    [
        ("o.jsonl", "wrote   1 document, 2 spans, 1 relation, 1 category as jsonl", "nothing"),
        ("o.conll", "wrote   1 document, 2 spans as conll", "1 categories, 1 relations"),
    ],
)
def test_relations_and_categories_are_counted_where_they_are_written(tmp_path, name, told, lost):
    row = {
        "text": TEXT,
        "entities": [
            {"id": 1, "label": "PER", "start_offset": 0, "end_offset": 8},
            {"id": 2, "label": "LOC", "start_offset": 16, "end_offset": 20},
        ],
        "relations": [{"id": 1, "from_id": 1, "to_id": 2, "type": "lives"}],
        "cats": ["calm"],
    }
    path = tmp_path / "in.jsonl"
    path.write_text(json.dumps(row), encoding="utf-8")
    result = CliRunner().invoke(app, ["convert", str(path), str(tmp_path / name)])
    assert result.exit_code == 0
    assert "read    1 document, 2 spans, 1 relation, 1 category\n" in result.stdout
    assert told in result.stdout
    assert f"lost    {lost}\n" in result.stdout


def test_several_annotators_must_be_chosen_from_or_written_each(tmp_path):
    path = users(tmp_path)
    with pytest.raises(CurateError, match="several layers: annotator:1, annotator:2; choose"):
        convert([path], tmp_path / "out.jsonl")
    assert not (tmp_path / "out.jsonl").exists()
    one = convert([path], tmp_path / "out.jsonl", layer="annotator:2")
    assert (one.written[0].spans, one.noted, one.lost) == (1, {"other-layer": 1}, {})
    both = convert([path], tmp_path / "out.jsonl", layer="each")
    names = [Path(file.path).name for file in both.written]
    assert names == ["out.annotator-1.jsonl", "out.annotator-2.jsonl"]
    row = json.loads((tmp_path / names[1]).read_bytes())
    assert [(s["start"], s["end"], s["by"]) for s in row["spans"]] == [(0, 8, "annotator:2")]
    none = convert([path], tmp_path / "none.jsonl", layer="gold")
    assert (none.written[0].documents, none.noted) == (0, {"other-layer": 2})


@pytest.mark.parametrize("format", ["jsonl", "parquet", "label-studio", "prodigy"])
def test_a_text_that_nobody_judged_is_told_from_one_with_nothing_to_annotate(tmp_path, format):
    path = tmp_path / "in.jsonl"
    rows = [
        {
            "text": "Anna dort",
            "spans": [{"start": 0, "end": 4, "label": "PER"}],
            "answer": "accept",
        },
        {"text": "Rien", "spans": [], "answer": "ignore"},
        {"text": "Vide", "spans": [], "answer": "accept"},
    ]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    target = tmp_path / f"out.{'json' if format == 'label-studio' else format}"
    convert([path], target, read_as="prodigy", write_as=format)
    again = [item for item in read_annotated(target, format) if isinstance(item, ReadDocument)]
    layers = [[len(layer.spans) for layer in item.layers] for item in again]
    assert layers == [[1], [], [0]]


@pytest.mark.parametrize(
    ("format", "noted"), [("brat", 1), ("webanno", 1), ("conll", 1), ("jsonl", 0), ("argilla", 0)]
)
def test_texts_that_nobody_judged_are_counted_where_the_format_cannot_say_so(
    tmp_path, format, noted
):
    path = tmp_path / "in.jsonl"
    rows = [{"text": "Anna", "label": [[0, 4, "PER"]]}, {"text": "Rien", "label": []}]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    options = ReadOptions(offsets="codepoints")
    done = convert([path], tmp_path / "out", write_as=format, options=options)
    assert done.noted == ({"not-judged": 1} if noted else {})
    (tmp_path / "in.txt").write_text("Rien", encoding="utf-8")
    texts = convert([tmp_path / "in.txt"], tmp_path / "texts", write_as=format)
    assert texts.noted == ({"not-judged": 1} if format == "conll" else {})


def test_texts_alone_are_converted_as_texts_and_are_not_normalised(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b" Un\r\n texte \n")
    done = convert([path], tmp_path / "out.jsonl")
    assert (done.read, done.lost) == (ReadTotals(documents=1), {})
    assert json.loads((tmp_path / "out.jsonl").read_bytes())["text"] == " Un\r\n texte \n"


def test_two_conversions_give_the_same_bytes(source, tmp_path):
    for name in ("a.jsonl", "b.jsonl"):
        convert([source], tmp_path / name)
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()


def test_the_standard_input_can_be_converted_too(source, tmp_path, monkeypatch):
    data = source.read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    done = convert([Path("-")], tmp_path / "out.jsonl", read_as="doccano")
    assert done.read == ReadTotals(documents=2, spans=4)
    refused = [problem.where for problem in done.problems if problem.severity == "error"]
    assert refused == ["standard input:2"]
    with pytest.raises(InputError, match="--from FORMAT"):
        convert([Path("-")], tmp_path / "out.jsonl")


def test_formats_that_are_not_there_are_said_before_anything_is_read(tmp_path):
    with pytest.raises(CurateError, match=r"does not write the format 'xyz'; use one of .*jsonl"):
        convert([tmp_path / "nothing"], tmp_path / "out.xyz")
    with pytest.raises(CurateError, match="--to"):
        convert([tmp_path / "nothing"], tmp_path / "out")
    with pytest.raises(InputError, match="does not read the format 'xyz'; use one of brat"):
        convert([tmp_path], tmp_path / "out.jsonl", read_as="xyz")


def test_options_reach_the_reader(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("x,y\nUn texte,7\n")
    options = ReadOptions(columns={"text": "x", "label": "y"}, labels={"7": "calm"}, lang="fr")
    convert([path], tmp_path / "out.jsonl", options=options)
    row = json.loads((tmp_path / "out.jsonl").read_bytes())
    assert (row["lang"], [c["label"] for c in row["categories"]]) == ("fr", ["calm"])


def test_the_command_tells_and_exits_with_1_when_a_line_was_refused(source, tmp_path):
    command = [sys.executable, "-m", "curate", "convert", str(source), str(tmp_path / "o.jsonl")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"{source}:2" in done.stdout
    assert "read    2 documents, 4 spans" in done.stdout
    assert "lost    nothing" in done.stdout
    assert "refused 1 line" in done.stdout


def test_the_command_gives_json(tmp_path):
    out = tmp_path / "o.conll"
    arguments = ["convert", str(users(tmp_path)), str(out), "--layer", "annotator:1", "--json"]
    result = CliRunner().invoke(app, [*arguments, "--label", "PER=HUMAN"])
    assert result.exit_code == 0
    told = json.loads(result.stdout)
    assert told["read"] == {"documents": 1, "spans": 2}
    assert told["written"][0]["layer"] == "annotator:1"
    assert "B-HUMAN" in out.read_text("utf-8")
    assert CliRunner().invoke(app, [*arguments, "--label", "PER"]).exit_code == 2


def test_winer_through_conll_loses_what_is_told_and_nothing_else(shared_data, tmp_path):
    there = convert([shared_data / "winer-fr-2016"], tmp_path / "winer.conll", read_as="brat")
    assert there.read == ReadTotals(documents=571, spans=9442)
    kept = there.written[0].spans
    assert kept + sum(there.lost.values()) == 9442
    back = convert([tmp_path / "winer.conll"], tmp_path / "winer.jsonl")
    assert (back.read, back.lost, back.refused) == (ReadTotals(documents=571, spans=kept), {}, 0)


def test_the_unit_of_written_offsets_is_an_option(tmp_path):
    source = tmp_path / "in.jsonl"
    span = {"start": 2, "end": 6, "label": "PER"}
    source.write_text(json.dumps({"text": "🇫🇷Anna", "spans": [span]}), "utf-8")
    target = tmp_path / "out.jsonl"
    words = ["convert", str(source), str(target), "--to", "doccano", "--to-offsets", "utf16"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    assert json.loads(target.read_text("ascii"))["label"] == [[4, 8, "PER"]]
    result = CliRunner().invoke(app, [*words[:4], "brat", *words[5:]])
    assert result.exit_code == 1
