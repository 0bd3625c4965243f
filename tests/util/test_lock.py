"""The lock between processes."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from curate.errors import StoreError
from curate.util import lock


def test_the_holder_is_named_while_the_lock_is_held(tmp_path):
    path = tmp_path / "folder" / "lock"
    assert lock.holder(path) == ""
    with lock.hold(path, "sync"):
        assert lock.holder(path).startswith("sync by ")
        assert f"(process {os.getpid()})" in lock.holder(path)
    assert lock.holder(path) == ""
    assert path.exists()


def test_a_wait_is_reported_once_and_ends_with_an_error_that_names_the_holder(tmp_path):
    holders: list[str] = []
    with lock.hold(tmp_path / "lock", "sync"):
        waiting = lock.hold(tmp_path / "lock", "release", 0.3, holders.append)
        with pytest.raises(StoreError) as raised, waiting:
            pytest.fail("two processes hold the lock")
    assert len(holders) == 1
    assert f"(process {os.getpid()})" in holders[0]
    assert holders[0] in raised.value.message


def test_a_free_lock_is_taken_without_a_report(tmp_path):
    holders: list[str] = []
    for _ in range(2):
        with lock.hold(tmp_path / "lock", "sync", waiting=holders.append):
            pass
    assert holders == []


def test_the_lock_of_a_killed_process_is_free(tmp_path):
    code = (
        "import os, signal, sys; from pathlib import Path; from curate.util import lock\n"
        "with lock.hold(Path(sys.argv[1]), 'sync'): os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    process = subprocess.run([sys.executable, "-c", code, tmp_path / "lock"], check=False)
    assert process.returncode == -9
    with lock.hold(tmp_path / "lock", "release", 0.0):
        assert lock.holder(tmp_path / "lock").startswith("release by ")


def test_a_child_that_inherits_the_descriptor_keeps_the_lock(tmp_path):
    command = [sys.executable, "-c", "input()"]
    with lock.hold(tmp_path / "lock", "sync") as descriptor:
        child = subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=(descriptor,))
    with child:
        assert lock.holder(tmp_path / "lock")
        child.communicate(b"\n")
    assert lock.holder(tmp_path / "lock") == ""
