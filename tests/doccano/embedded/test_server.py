"""An embedded server that does not run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from curate.doccano.embedded.home import (
    ProcessRecord,
    ServerHome,
    ServerState,
    open_log,
)
from curate.doccano.embedded.server import EmbeddedServer
from curate.errors import ServerError


def test_a_server_never_started_does_not_run_and_leaves_nothing(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / "server")
    status = server.status()
    assert (status.running, status.url, status.web_pid, status.problems) == (False, "", None, ())
    assert server.credentials() is None
    assert server.stop() is False
    with pytest.raises(ServerError):
        server.create_user("ana", "x")
    assert list(tmp_path.iterdir()) == []


def test_a_dead_process_is_a_problem_that_names_its_last_words(home: ServerHome) -> None:
    with open_log(home.log("worker")) as log:
        log.write(b"MemoryError\n")
    home.write_state(ServerState(port=1, worker=ProcessRecord(os.getpid(), 1.0), ready=True))
    status = EmbeddedServer(home.root).status()
    assert not status.running
    assert status.worker_pid is None
    assert "MemoryError" in status.problems[0]
