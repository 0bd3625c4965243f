"""``curate validate``: files, JUnit XML, and the list of checks."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest
from support.checked_corpus import TEXT
from support.junit_schema import assert_valid_junit

from curate.quality import CHECKS


def test_the_settings_named_on_the_command_line_apply_to_files(cli, tmp_path):
    source, settings = tmp_path / "a.jsonl", tmp_path / "curate.toml"
    source.write_text(json.dumps({"text": TEXT, "label": [[11, 17, "PER"]]}), encoding="utf-8")
    waive = '[corpus]\nname = "x"\n[[checks.waive]]\nid = "span.edges"\nreason = "typewriter"\n'
    settings.write_text(waive, encoding="utf-8")
    words = ("validate", source, "--from", "doccano")
    waived = cli(*words, "--settings", settings)
    assert waived.exit_code == 0 and "(typewriter)" in waived.output
    report = cli(*words, "--settings", settings, "--json").json
    assert [each["problem"]["code"] for each in report["waived"]] == ["span.edges"]
    assert cli(*words).exit_code == 1


def test_a_file_is_checked_and_junit_written(cli, tmp_path):
    source, xml = tmp_path / "a.conll", tmp_path / "report.xml"
    source.write_text("Anna B-PER\nva O\nà O\nRome B-LOC\n", encoding="utf-8")
    result = cli("validate", source, "--junit", xml, "--json")
    assert result.exit_code == 0
    assert result.json["counts"] == {"documents": 1, "spans": 2}
    assert_valid_junit(ET.fromstring(xml.read_bytes()))


@pytest.mark.parametrize(
    "option",
    [
        ("--from", "brat"),
        ("--layer", "gold"),
        ("--schema", "s.yaml"),
        ("--settings", "c.toml"),
        ("--docs", "d"),
    ],
)
def test_options_for_files_are_refused_without_a_file(cli, option):
    result = cli("validate", *option)
    assert result.exit_code == 2
    assert option[0] in result.output and "files" in result.output


def test_the_checks_are_listed(cli):
    assert {row["code"] for row in cli("validate", "--list", "--json").json} == {*CHECKS}
