"""Audits of files, as people and machines ask for them."""

from __future__ import annotations

import gzip
import json
import sys

import pytest
from support.audit_corpus import changed, find, regular
from typer.testing import CliRunner

from curate.audit import files
from curate.audit.files import Asked
from curate.cli.commands import app
from curate.errors import CurateError, InputError


def run(*words):
    return CliRunner().invoke(app, [str(word) for word in ("audit", *words)])


@pytest.fixture(scope="module")
def spoiled():
    """A corpus in which one Paris is a person, and that span."""
    pairs = regular()
    number, span = find(pairs, "Paris", 2)
    return changed(pairs, number, [span], [(span.start, span.end, "PER")]), number, span


@pytest.fixture(scope="module")
def file(spoiled, tmp_path_factory):
    path = tmp_path_factory.mktemp("audit") / "gold.jsonl"
    rows = (
        {"text": document.text, "label": [[s.start, s.end, s.label] for s in spans]}
        for document, spans in spoiled[0]
    )
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def test_the_error_is_told_first_with_its_place_and_text(file, spoiled):
    _, number, span = spoiled
    done = run(file, "--from", "doccano", "--top", 3)
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert lines[0].startswith("  1 ") and float(lines[0].split()[1]) > 0.9
    assert "another label: « Paris » PER → LOC" in lines[0]
    assert f"{file}:{number + 1}" in lines[0] and f"{span.start}–{span.end}" in lines[0]
    assert "Paris" in lines[1] and lines[1].startswith("      …")
    assert any("« Paris » is marked LOC in" in line for line in lines[2:6])
    assert lines[-1].startswith("40 documents, ")
    assert not any(line.startswith("  4 ") for line in lines)


def test_json_has_the_suspects_with_their_context(file, spoiled):
    pairs, number, span = spoiled
    done = run(file, "--from", "doccano", "--top", 1, "--json")
    told = json.loads(done.output)
    assert told["documents"] == 40 and len(told["lines"]) == 1
    first = told["lines"][0]
    assert first["suspect"]["span"] == [span.start, span.end, "PER"]
    assert first["suspect"]["suggestion"] == [span.start, span.end, "LOC"]
    assert first["text"] == "Paris"
    text = pairs[number][0].text
    assert first["before"] + first["text"] + first["after"] in text
    assert run(file, "--from", "doccano", "--top", 1, "--json").output == done.output


def test_one_method_alone_and_an_unknown_one(file):
    done = run(file, "--from", "doccano", "--method", "surfaces")
    assert done.exit_code == 0 and "suspects by surfaces" not in done.output
    assert done.output.splitlines()[-1].endswith("1 suspect by surfaces")
    assert run(file, "--method", "guess").exit_code == 2


def test_a_method_that_cannot_work_is_named(tmp_path):
    path = tmp_path / "one.conll"
    path.write_text("Lyon B-LOC\ndort O\n", "utf-8")
    done = run(path)
    assert done.exit_code == 0
    assert "the method model was left out: there is too little gold" in done.output
    done = run(path, "--method", "layers")
    assert "the method layers was left out" in done.output


def test_the_same_text_twice_is_audited_once(file, tmp_path):
    packed = tmp_path / "again.jsonl.gz"
    packed.write_bytes(gzip.compress(file.read_bytes().splitlines()[0] + b"\n"))
    found = files.files([file, packed], Asked(methods=("surfaces",)), read_as="doccano")
    assert found.documents == 40
    assert [problem.code for problem in found.problems] == ["audit.twice"]
    assert found.problems[0].where.startswith(str(packed))


def test_one_of_several_layers_must_be_chosen(tmp_path):
    path = tmp_path / "users.jsonl"
    marks = [{"label": 3, "start_offset": 0, "end_offset": 4, "user": user} for user in (1, 2)]
    path.write_text(json.dumps({"text": "Lyon est là.", "annotations": marks}) + "\n", "utf-8")
    with pytest.raises(InputError, match="several layers: annotator:1, annotator:2; use --layer"):
        files.files([path], Asked())
    assert files.files([path], Asked(), layer="annotator:2").spans == 1


def test_without_annotations_there_is_nothing_to_audit(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("Rien.", "utf-8")
    with pytest.raises(InputError, match="no annotations"):
        files.files([path], Asked())


@pytest.mark.parametrize("library", ["sklearn.linear_model", "cleanlab.filter"])
def test_a_library_that_is_not_there_is_named_with_its_hint(file, monkeypatch, library):
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(CurateError, match=r"curate-corpus\[audit\]"):
        files.files([file], Asked(methods=("model",)), read_as="doccano")


def test_the_id_of_a_suspect_stays_whatever_is_suggested():
    from curate.audit import Suspect

    def suspect(span, suggestion):
        return Suspect(
            document="d", kind="label", span=span, suggestion=suggestion, score=0.5, evidence=()
        )

    mark = (0, 4, "PER")
    first = files.identity(suspect(mark, (0, 4, "LOC")))
    assert (
        first == files.identity(suspect(mark, (0, 9, "ORG"))) == files.identity(suspect(mark, None))
    )
    assert first != files.identity(suspect(None, mark))
    assert files.identity(suspect(None, mark)) == files.identity(suspect(None, (0, 4, "LOC")))
