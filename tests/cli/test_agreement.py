"""``curate agreement``."""

from __future__ import annotations

import pytest
from support.annotated_texts import annotation, json_line

from curate.model import Annotation, Span


def test_agreement_of_files_as_json(cli, annotator_files):
    result = cli("agreement", *annotator_files, "--from", "jsonl", "--json").json
    assert result["annotators"] == {"anna": 2, "bela": 2, "carl": 1}
    assert result["across"]["strict"]["pairs"] == 3
    assert result["coefficients"]["krippendorff"]["value"] > 0


def test_agreement_of_files_in_words(cli, annotator_files, tmp_path):
    heat_map = tmp_path / "heat.svg"
    result = cli("agreement", *annotator_files, "--resamples", 50, "--svg", heat_map)
    assert result.exit_code == 0
    assert "Krippendorff's alpha" in result.stdout
    assert "« Rabat » LOC / « Rabat » ORG" in result.stdout
    assert heat_map.read_text("utf-8").startswith("<svg")


def test_the_confusion_table_has_the_first_annotator_down_the_side(cli, annotator_files):
    result = cli("agreement", *annotator_files, "--resamples", 0, "--confusion")
    rows = [line.split() for line in result.stdout.splitlines()]
    place = rows.index(["anna", "↓", "bela", "→", "LOC", "ORG", "PER"])
    assert rows[place + 1 : place + 4] == [["LOC", "1", "1"], ["ORG"], ["PER", "1"]]


def test_undefined_values_are_null_in_json_and_have_their_reason_in_words(cli, tmp_path):
    for name in ("anna", "bela"):
        (tmp_path / f"{name}.jsonl").write_text(json_line("Rien."), encoding="utf-8")
    sources = sorted(tmp_path.iterdir())
    result = cli("agreement", *sources, "--json").json
    fleiss = result["coefficients"]["fleiss"]
    assert fleiss["value"] is None
    assert result["pairs"][0]["strict"]["micro"]["f1"] is None
    assert fleiss["reason"] in cli("agreement", *sources).stdout


def test_agreement_of_a_workspace(cli, annotated_corpus):
    result = cli("agreement", "--resamples", 0, "--json", root=annotated_corpus.root).json
    assert result["across"]["strict"]["mean"] == pytest.approx(2 / 3)


def test_a_layer_against_people(cli, annotated_corpus):
    cli("adjudicate", "--gold", root=annotated_corpus.root)
    options = ("--model", "adjudicated", "--resamples", 0)
    result = cli("agreement", *options, "--json", root=annotated_corpus.root).json
    assert result["score"]["f1"] == 1
    assert "F1 1.000" in cli("agreement", *options, root=annotated_corpus.root).stdout


def test_the_scores_of_a_layer_are_compared_with_gold(cli, annotated_corpus, tmp_path):
    root = annotated_corpus.root
    cli("adjudicate", "--gold", root=root)
    with annotated_corpus.store.begin() as tx:
        for document in tx.documents():
            marks = (("Oran", "LOC"),) if "Oran" in document.text else (("Rabat", "PER"),)
            spans = annotation("m", document.text, *marks).spans
            scored = tuple(Span(*span.key, score=0.75) for span in spans)
            tx.put_annotation(Annotation(document=document.id, layer="model:m@1", spans=scored))
    diagram = tmp_path / "diagram.svg"
    options = ("--model", "model:m@1", "--resamples", 0)
    result = cli("agreement", *options, "--svg", diagram, "--json", root=root).json["calibration"]
    right = result["precision"]
    assert result["bins"] == [
        {"low": 0.7, "high": 0.8, "spans": result["spans"], "score": 0.75, "precision": right}
    ]
    assert result["error"]["value"] == pytest.approx(abs(right - 0.75))
    assert diagram.read_text("utf-8").lstrip().startswith("<svg")
    shown = cli("agreement", *options, root=root).stdout
    assert "expected calibration error" in shown


def test_labels_and_order_of_categories_are_options(cli, annotator_files, annotated_corpus):
    files = ("agreement", *annotator_files, "--from", "jsonl", "--resamples", 0, "--json")
    plain = cli(*files).json
    named = cli(*files, "--labels", "A, B,C").json
    schema = cli(*files, "--labels", "schema", root=annotated_corpus.root).json
    assert named["values"] == plain["values"] + 3
    labels = {label.name for label in annotated_corpus.schema.labels}
    assert schema["values"] == 1 + len(labels | {"LOC", "ORG", "PER"})
    assert cli(*files, "--bio").json["values"] > plain["values"]


@pytest.mark.parametrize(("second", "notes"), [("Anna", 0), ("Anna et", 1)])
def test_alpha_unitizing_is_explained_where_spans_overlap_without_being_equal(
    cli, tmp_path, second, notes
):
    for name, surface in (("anna", "Anna"), ("bela", second)):
        line = json_line("Anna et Otto dorment.", (surface, "PER"))
        (tmp_path / f"{name}.jsonl").write_text(line, encoding="utf-8")
    result = cli("agreement", *sorted(tmp_path.iterdir()), "--resamples", 0)
    assert result.stdout.count("than for an exact match") == notes


def test_pairs_without_a_document_in_common_are_counted(cli, tmp_path):
    for name, text in (("anna", "Ali dort."), ("bela", "Ali dort."), ("carl", "Oran.")):
        (tmp_path / f"{name}.jsonl").write_text(json_line(text), encoding="utf-8")
    result = cli("agreement", *sorted(tmp_path.iterdir()), "--resamples", 0)
    assert "2 pairs without a document in common" in result.stdout
    assert "anna, bela" in result.stdout and "anna, carl" not in result.stdout
