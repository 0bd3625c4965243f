"""The processes of the embedded server and its port."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time

import psutil
import pytest

from curate.doccano.embedded.home import (
    HOME_VARIABLE,
    ProcessRecord,
    ServerHome,
    last_log_line,
)
from curate.doccano.embedded.process import (
    DEFAULT_PORT,
    choose_port,
    end_processes,
    find_process,
    process_record,
    process_tree,
    processes_of,
    spawn,
)
from curate.errors import ServerError

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True)\n"
    "time.sleep(60)",
]


def start(home: ServerHome, command: list[str], name: str = "web") -> ProcessRecord:
    variables = dict(os.environ) | {HOME_VARIABLE: str(home.root)}
    return spawn(command, home.log(name), variables, home.root)


def test_a_record_finds_its_own_process() -> None:
    assert find_process(process_record(os.getpid())) == psutil.Process()


def test_a_recycled_id_is_not_taken_for_ours() -> None:
    other = ProcessRecord(os.getpid(), psutil.Process().create_time() - 3600)
    assert find_process(other) is None


def test_no_record_and_an_ended_process_find_nothing() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    record = process_record(child.pid)
    child.wait()
    assert find_process(record) is None
    assert find_process(None) is None
    assert process_record(child.pid).started == 0


def test_an_ended_child_that_nobody_reaped_counts_as_ended() -> None:
    with subprocess.Popen(SLEEP) as child:
        record = process_record(child.pid)
        assert find_process(record) is not None
        child.send_signal(signal.SIGKILL)
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert psutil.Process(child.pid).status() == psutil.STATUS_ZOMBIE
        assert find_process(record) is None


def test_a_spawned_process_is_on_its_own(home: ServerHome) -> None:
    process = find_process(start(home, SLEEP))
    assert process is not None
    assert os.getsid(process.pid) != os.getsid(0)
    assert process.ppid() != os.getpid()
    assert processes_of(home.root) == [process]
    assert processes_of(home.root / "other") == []
    assert (home.logs / "web.log").stat().st_mode & 0o777 == 0o600


def test_a_program_that_cannot_start_says_why_in_its_log(home: ServerHome) -> None:
    record = start(home, [str(home.root / "absent")])
    deadline = time.monotonic() + 10
    while find_process(record) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert "absent" in last_log_line(home.logs / "web.log")


def test_children_are_found_by_their_parent_and_by_their_environment(home: ServerHome) -> None:
    parent = [sys.executable, "-c", f"import subprocess; subprocess.run({SLEEP!r})"]
    master = find_process(start(home, parent))
    assert master is not None
    deadline = time.monotonic() + 10
    while len(process_tree(master)) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert sorted(p.pid for p in process_tree(master)) == sorted(
        p.pid for p in processes_of(home.root)
    )
    master.kill()
    assert end_processes(home.root, [], 0)
    assert processes_of(home.root) == []


def test_a_process_that_ignores_the_request_is_killed(home: ServerHome) -> None:
    process = find_process(start(home, STUBBORN))
    assert process is not None
    while "up" not in last_log_line(home.logs / "web.log"):
        time.sleep(0.01)
    assert end_processes(home.root, [process], grace_seconds=0.2)
    assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_a_child_made_while_its_parent_is_ended_is_ended_too(home: ServerHome) -> None:
    command = [
        sys.executable,
        "-c",
        "import os, signal, subprocess\n"
        f"def die(*_): subprocess.Popen({SLEEP!r}); os._exit(0)\n"
        "signal.signal(signal.SIGTERM, die); print('up', flush=True); signal.pause()",
    ]
    process = find_process(start(home, command))
    assert process is not None
    while "up" not in last_log_line(home.logs / "web.log"):
        time.sleep(0.01)
    assert end_processes(home.root, [], 0)
    assert processes_of(home.root) == []
    assert not end_processes(home.root, [], 0)


def test_what_is_spared_goes_on(home: ServerHome) -> None:
    process = find_process(start(home, SLEEP))
    assert process is not None
    assert not end_processes(home.root, [], 0, spared=[process])
    assert processes_of(home.root) == [process]


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for sock in sockets:
        sock.bind(("127.0.0.1", 0))
    ports = [int(sock.getsockname()[1]) for sock in sockets]
    for sock in sockets:
        sock.close()
    return ports


def test_the_requested_port_comes_before_the_recorded_one() -> None:
    requested, recorded = free_ports(2)
    assert choose_port(requested, recorded) == requested
    assert choose_port(None, recorded) == recorded


def test_port_0_finds_a_free_one() -> None:
    assert choose_port(0, DEFAULT_PORT) > 0


def test_a_taken_port_is_named_with_who_has_it_and_a_hint() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        with pytest.raises(ServerError) as raised:
            choose_port(port, None)
    assert str(port) in raised.value.message
    assert f"process {os.getpid()}" in raised.value.message
    assert "--port" in raised.value.hint


@pytest.mark.parametrize("port", [-1, 65536])
def test_what_is_no_port_is_refused(port: int) -> None:
    with pytest.raises(ServerError, match=str(port)):
        choose_port(port, None)
