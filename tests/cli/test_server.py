"""``curate server`` in a workspace whose server was never started."""

from __future__ import annotations

import pytest

from curate.workspace import Workspace


@pytest.fixture
def root(tmp_path):
    Workspace.init(tmp_path)
    return tmp_path


def test_status_exits_with_1_and_names_the_command_that_starts_it(cli, root):
    result = cli("server", "status", root=root)
    assert result.exit_code == 1
    assert "curate server start" in result.stdout
    status = cli("server", "status", "--json", root=root).json
    assert (status["running"], status["url"], status["problems"]) == (False, "", [])


def test_stop_does_nothing(cli, root):
    result = cli("server", "stop", "--json", root=root)
    assert (result.exit_code, result.json) == (0, {"stopped": False})
    assert not (root / ".curate" / "server").exists()


def test_a_port_that_is_not_a_number_is_a_usage_error(cli, root):
    result = cli("server", "start", "--port", "many", root=root)
    assert result.exit_code == 2
