"""``curate adjudicate``."""

from __future__ import annotations

import pytest
from support.annotated_texts import RABAT, document

from curate.errors import InputError


def test_the_exit_code_is_1_while_a_region_is_open(cli, annotator_files):
    command = ("adjudicate", *annotator_files[:2], "--strategy", "unanimous")
    result = cli(*command)
    assert result.exit_code == 1
    assert f"open {document(RABAT).id}:22-27" in result.stdout
    assert "anna: 22-27 LOC" in result.stdout
    report = cli(*command, "--json").json
    assert (report["settled"], report["documents"], report["open"]) == (2, 2, 1)
    assert sorted(len(each.get("open", ())) for each in report["found"]) == [0, 1]


def test_the_estimated_accuracy_is_printed(cli, annotator_files):
    command = ("adjudicate", *annotator_files, "--strategy", "weighted", "--confidence", 0.6)
    accuracy = cli(*command, "--json").json["reliability"]["accuracy"]
    stdout = cli(*command).stdout
    assert all(f"{name} {share:.0%}" in stdout for name, share in accuracy.items())


def test_by_role_needs_the_roles(cli, annotator_files):
    command = ("adjudicate", *annotator_files, "--strategy", "role")
    assert isinstance(cli(*command).refusal, InputError)
    roles = ("carl=curator", "anna=annotator", "bela=annotator")
    assert cli(*command, *(word for role in roles for word in ("--role", role))).exit_code == 0


@pytest.mark.parametrize("decision", ["abc", "abc:1-2", "abc:1=anna", ":1-2=anna", "abc:x-2=anna"])
def test_a_malformed_decision_is_a_usage_error(cli, tmp_path, decision):
    assert cli("adjudicate", "--decide", decision, root=tmp_path).exit_code == 2


@pytest.mark.parametrize("more", [["--gold"], ["--again"], ["--output", "x.jsonl"], ["x.jsonl"]])
def test_a_decision_ignores_no_option(cli, annotated_corpus, more):
    decision = f"{document(RABAT).id[:8]}:22-27=bela"
    command = ("adjudicate", *more, "--decide", decision)
    assert cli(*command, root=annotated_corpus.root).exit_code == 2


def test_a_workspace_is_adjudicated_and_decided_by_hand(cli, annotated_corpus):
    key, root = document(RABAT).id, annotated_corpus.root
    assert cli("adjudicate", root=root).exit_code == 1
    decision = cli("adjudicate", "--decide", f"{key[:8]}:22-27=bela", "--json", root=root).json
    assert (decision["document"], decision["how"], len(decision["spans"])) == (key, "person", 1)
    report = cli("adjudicate", "--gold", "--json", root=root).json
    assert (report["settled"], report["documents"], report["kept"], report["open"]) == (3, 2, 3, 0)
    assert len(report["gold"]) == 2
    assert cli("adjudicate", "--gold", root=root).exit_code == 0
