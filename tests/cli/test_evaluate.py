"""``curate evaluate`` on files."""

from __future__ import annotations

import pytest


def test_scores_as_json(cli, annotator_files):
    anna, bela, _ = annotator_files
    result = cli("evaluate", anna, bela, "--json").json
    assert result["conll"]["micro"]["f1"] == pytest.approx(2 / 3)
    assert result["semeval"]["exact"]["overall"]["f1"] == 1


def test_a_document_without_a_prediction_is_reported(cli, annotator_files):
    anna, _, carl = annotator_files
    command = ("evaluate", anna, carl, "--from", "jsonl", "--resamples", 0)
    (problem,) = cli(*command, "--json").json["left_out"]
    assert problem["code"] == "evaluate.left-out"
    result = cli(*command)
    assert result.exit_code == 0
    assert problem["document"] in result.stdout


def test_gold_and_predictions_are_needed_without_a_model(cli, annotator_files):
    assert cli("evaluate", annotator_files[0]).exit_code == 2
