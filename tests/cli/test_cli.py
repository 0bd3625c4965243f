"""The command line as people and machines use it, without a server."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from curate.cli.commands import app
from curate.workspace import Workspace

COMMANDS = [
    "init",
    "set-language",
    "clone",
    "ingest",
    "import-campaign",
    "ingest-pool",
    "convert",
    "dedup",
    "preannotate",
    "promote",
    "push",
    "pull",
    "sync",
    "train",
    "next",
    "status",
    "conflicts",
    "resolve",
    "withdraw",
    "migrate",
    "models",
    "models install",
    "validate",
    "agreement",
    "evaluate",
    "ledger",
    "report",
    "adjudicate",
    "audit",
    "split",
    "release",
    "log",
    "blame",
    "diff",
    "restore",
    "verify",
    "reconcile",
    "git-setup",
    "ci-init",
    "git-merge",
    "git-diff",
    "export",
    "publish",
    "show",
    "doctor",
    "tasks list",
    "tasks reassign",
    "server reset-password",
    "server start",
    "server stop",
    "server status",
]


def curate(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "curate", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)


@pytest.fixture
def root(tmp_path, monkeypatch) -> Path:
    for name in ("URL", "USERNAME", "PASSWORD"):
        monkeypatch.delenv(f"CURATE_DOCCANO_{name}", raising=False)
    Workspace.init(tmp_path / "corpus")
    return tmp_path / "corpus"


def test_these_are_the_commands():
    group = typer.main.get_command(app)
    found = []
    for name, command in group.commands.items():
        under = getattr(command, "commands", None)
        found += [f"{name} {one}" for one in under or ()]
        found += [name] if not under or command.invoke_without_command else []
    assert sorted(found) == sorted(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example_and_json(command):
    result = CliRunner().invoke(app, [*command.split(), "--help"])
    assert result.exit_code == 0
    assert f"Example: curate {command}" in result.stdout
    assert "--json" in result.stdout


def test_what_writes_to_doccano_has_a_dry_run():
    for command in ("sync", "push", "pull", "migrate"):
        assert "--dry-run" in CliRunner().invoke(app, [command, "--help"]).stdout


def test_a_usage_error_exits_with_2_and_a_refusal_with_1(tmp_path):
    assert curate("nonsense").returncode == 2
    assert curate("ingest").returncode == 2
    refused = curate("status", cwd=tmp_path)
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert "Traceback" not in refused.stderr
    hint = "run `curate init --language en`, or with another language, to create one"
    assert refused.stderr == f"curate: {tmp_path} has no curate.toml; {hint}\n"


def test_a_refusal_is_json_for_machines(tmp_path):
    refused = curate("status", "--json", cwd=tmp_path)
    assert (
        json.loads(refused.stdout)["error"]["cure"]
        == "run `curate init --language en`, or with another language, to create one"
    )


def test_ingest_tells_new_from_known_and_goes_on_after_a_bad_file(root, seed_file):
    bad = root / "bad.txt"
    bad.write_bytes(b"\xff\xfe")
    first = curate("ingest", seed_file, bad, "-C", root)
    assert first.returncode == 1
    assert "not UTF-8" in first.stdout
    assert "ingested 1 document, 1 rejected" in first.stdout
    second = curate("ingest", seed_file, "-C", root)
    assert second.returncode == 0
    assert "ingested 0 documents, 1 already in the corpus" in second.stdout


def test_status_without_a_server_says_so(root, seed_file):
    curate("ingest", seed_file, "-C", root)
    status = curate("status", "-C", root)
    assert status.returncode == 0
    assert "1 document, 0 with gold" in status.stdout
    assert "run `curate server start`" in status.stdout


def test_sync_without_a_server_fails_and_leaves_no_lock(root):
    for _ in range(2):
        result = curate("sync", "-C", root)
        assert result.returncode == 1
        assert "no Doccano server is configured" in result.stderr


def test_a_server_that_is_not_there_is_named(root, monkeypatch):
    monkeypatch.setenv("CURATE_DOCCANO_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("CURATE_DOCCANO_USERNAME", "u")
    monkeypatch.setenv("CURATE_DOCCANO_PASSWORD", "top-secret")
    result = curate("sync", "-C", root)
    assert result.returncode == 1
    assert "http://127.0.0.1:9 cannot be reached" in result.stderr
    assert "top-secret" not in result.stdout + result.stderr


def test_a_wrong_setting_is_named(root):
    (root / "curate.toml").write_text('[corpus]\nname = "x"\ncolour = 1\n', encoding="utf-8")
    result = curate("status", "-C", root)
    assert result.returncode == 1
    assert "curate.toml: Object contains unknown field `colour`" in result.stderr


def test_the_help_lists_the_commands_in_the_order_of_the_work():
    from curate.cli.commands import ORDER, name

    shown = {name(command) for command in app.registered_commands if not command.hidden}
    assert shown <= {*ORDER}
