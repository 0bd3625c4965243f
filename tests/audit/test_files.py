"""The audit of annotated files."""

from __future__ import annotations

import gzip
import json
import sys

import pytest
from support.audit_corpus import changed, find, regular

from curate.audit.files import audit_files
from curate.audit.report import AuditOptions
from curate.errors import CurateError, InputError
from curate.util.installation import extra_hint


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


def test_the_error_is_listed_first_with_its_place_and_text(file, spoiled, cli):
    _, number, span = spoiled
    result = cli("audit", file, "--from", "doccano", "--top", 3)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].startswith("  1 ") and float(lines[0].split()[1]) > 0.9
    assert "« Paris » PER → LOC" in lines[0]
    assert f"{file}:{number + 1}" in lines[0] and f"{span.start}–{span.end}" in lines[0]
    assert "Paris" in lines[1] and lines[1].startswith("      …")
    assert any(line.startswith("      surfaces ") for line in lines[2:6])
    assert lines[-1].startswith("40 documents, ")
    assert not any(line.startswith("  4 ") for line in lines)


def test_json_has_the_suspects_with_their_context(file, spoiled, cli):
    pairs, number, span = spoiled
    words = ("audit", file, "--from", "doccano", "--top", 1, "--json")
    result = cli(*words)
    report = result.json
    assert report["documents"] == 40 and len(report["lines"]) == 1
    first = report["lines"][0]
    assert first["suspect"]["span"] == [span.start, span.end, "PER"]
    assert first["suspect"]["suggestion"] == [span.start, span.end, "LOC"]
    assert first["text"] == "Paris"
    text = pairs[number][0].text
    assert first["before"] + first["text"] + first["after"] in text
    assert cli(*words).stdout == result.stdout


def test_a_single_method_and_an_unknown_one(file, cli):
    report = cli("audit", file, "--from", "doccano", "--method", "surfaces", "--json").json
    assert (report["methods"], report["found"]) == (["surfaces"], 1)
    assert cli("audit", file, "--method", "guess").exit_code == 2


def test_a_method_that_cannot_be_used_is_named(tmp_path):
    path = tmp_path / "one.conll"
    path.write_text("Lyon B-LOC\ndort O\n", "utf-8")
    for methods, left_out in (((), "model"), (("layers",), "layers")):
        report = audit_files([path], AuditOptions(methods=methods))
        assert [problem.code for problem in report.problems] == ["audit.method"]
        assert left_out in report.problems[0].message and left_out not in report.methods


def test_the_same_text_twice_is_audited_once(file, tmp_path):
    packed = tmp_path / "again.jsonl.gz"
    packed.write_bytes(gzip.compress(file.read_bytes().splitlines()[0] + b"\n"))
    report = audit_files([file, packed], AuditOptions(methods=("surfaces",)), format="doccano")
    assert report.documents == 40
    assert [problem.code for problem in report.problems] == ["audit.twice"]
    assert report.problems[0].where.startswith(str(packed))


def test_one_of_several_layers_must_be_chosen(tmp_path):
    path = tmp_path / "users.jsonl"
    marks = [{"label": 3, "start_offset": 0, "end_offset": 4, "user": user} for user in (1, 2)]
    path.write_text(json.dumps({"text": "Lyon est là.", "annotations": marks}) + "\n", "utf-8")
    with pytest.raises(InputError, match="annotator:1, annotator:2; .*--layer"):
        audit_files([path], AuditOptions())
    assert audit_files([path], AuditOptions(), layer="annotator:2").spans == 1


def test_without_annotations_there_is_nothing_to_audit(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("Rien.", "utf-8")
    with pytest.raises(InputError):
        audit_files([path], AuditOptions())


@pytest.mark.parametrize("library", ["numba", "cleanlab"])
def test_a_library_that_is_not_there_is_named_with_its_hint(file, monkeypatch, library):
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(CurateError) as caught:
        audit_files([file], AuditOptions(methods=("model",)), format="doccano")
    assert caught.value.hint.startswith(extra_hint("audit"))


def conll(tmp_path, *sentences):
    """A file of tokens with tags, sentence by sentence; the path."""
    path = tmp_path / "gold.conll"
    lines = ("\n".join(f"{word} {tag}" for word, tag in sentence) for sentence in sentences)
    path.write_text("-DOCSTART- O\n\n" + "\n\n".join(lines) + "\n", "utf-8")
    return path


def test_where_is_the_line_of_the_span(tmp_path):
    sentence = [("Lyon", "B-LOC"), (",", "O"), ("U.S.", "B-LOC"), (".", "O")]
    wrong = [*sentence[:2], ("U.S.", "B-ORG"), (".", "O")]
    path = conll(tmp_path, *[sentence] * 6, wrong, sentence)
    report = audit_files([path], AuditOptions(methods=("surfaces",)), format="conll")
    (line,) = report.lines
    assert (line.text, line.where) == ("U.S.", f"{path}:{3 + 6 * 5 + 2}")
    assert path.read_text("utf-8").splitlines()[3 + 6 * 5 + 2 - 1] == "U.S. B-ORG"


def test_no_suggestion_cuts_a_token_of_the_source(tmp_path):
    names = ("Jones", "Al-Saleh", "O'Neil", "St.-Pierre")
    sentences = [
        [
            ("Mr", "O"),
            (names[n % 4], "B-PER"),
            ("left", "O"),
            ("N.Y.", "B-LOC"),
            (",", "O"),
            ("ok", "O"),
        ]
        for n in range(60)
    ]
    sentences[7][1] = ("Al-Saleh", "O")
    sentences[11][3] = ("N.Y.", "O")
    sentences[20][4] = (",", "I-LOC")
    path = conll(tmp_path, *sentences)
    report = audit_files([path], AuditOptions(methods=("model", "surfaces", "edges"), top=0))
    words = {word for sentence in sentences for word, _ in sentence}
    suggestions = [line.suspect.suggestion for line in report.lines if line.suspect.suggestion]
    (document,) = {line.suspect.document for line in report.lines}
    text = " \n".join(" ".join(word for word, _ in sentence) for sentence in sentences)
    text = text.replace(" \n", "\n")
    quoted = [text[start:end] for start, end, _ in suggestions]
    assert {"Al-Saleh", "N.Y."} <= set(quoted)
    assert all(set(quote.split()) <= words and quote[-1] != "," for quote in quoted)
