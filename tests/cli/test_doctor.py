"""``curate doctor``."""

from __future__ import annotations

import pytest

from curate.workspace import Workspace


@pytest.fixture(autouse=True)
def no_server(monkeypatch):
    for name in ("URL", "USERNAME", "PASSWORD"):
        monkeypatch.delenv(f"CURATE_DOCCANO_{name}", raising=False)


def test_what_is_wrong_is_listed_with_the_command_that_fixes_it(cli, tmp_path):
    Workspace.init(tmp_path)
    result = cli("doctor", "--json", root=tmp_path)
    assert result.exit_code == 1
    findings = {item["what"]: item for item in result.json}
    assert findings["schema"]["ok"]
    assert findings["store"]["ok"]
    assert not findings["credentials"]["ok"]
    assert "curate server start" in findings["credentials"]["cure"]


def test_each_finding_is_a_line_for_people(cli, tmp_path):
    Workspace.init(tmp_path)
    result = cli("doctor", root=tmp_path)
    assert result.exit_code == 1
    subjects = [item["what"] for item in cli("doctor", "--json", root=tmp_path).json]
    lines = result.stdout.splitlines()
    assert len(lines) == len(subjects)
    for line, subject in zip(lines, subjects, strict=True):
        assert f" {subject}: " in line


def test_without_a_workspace_the_packages_are_still_checked(cli, tmp_path):
    result = cli("doctor", "--json", root=tmp_path)
    assert result.exit_code == 1
    findings = {item["what"]: item for item in result.json}
    assert findings["sqlalchemy"]["ok"]
    assert not findings["workspace"]["ok"]
    assert "curate init" in findings["workspace"]["cure"]
