"""The options of commands that read files."""

from __future__ import annotations

import json

import pytest

ROW = {"text": "🚀 Anna", "spans": [{"start": 3, "end": 7, "label": "PER"}]}


@pytest.fixture
def sources(tmp_path):
    for name in ("anna", "bela"):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(ROW), encoding="utf-8")
    return sorted(tmp_path.glob("*.jsonl"))


def test_every_command_that_reads_offsets_takes_their_unit(cli, sources, tmp_path):
    target = tmp_path / "out.conll"
    assert cli("convert", *sources, target, "--offsets", "utf16").exit_code == 0
    assert target.read_text().count("B-PER") == 2
    assert cli("validate", sources[0], "--offsets", "utf16").exit_code == 0
    assert cli("validate", sources[0]).exit_code == 1
    agreement = cli("agreement", *sources, "--offsets", "utf16", "--resamples", 0, "--json").json
    assert agreement["pairs"][0]["strict"]["micro"]["f1"] == 1


@pytest.mark.parametrize("command", ["convert", "validate", "agreement", "ingest"])
def test_an_unknown_unit_is_a_usage_error(cli, sources, tmp_path, command):
    assert cli(command, *sources, tmp_path / "out.conll", "--offsets", "utf8").exit_code == 2
