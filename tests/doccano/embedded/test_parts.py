"""The parts of the embedded server that need no Doccano: processes, ports, files, environment."""

from __future__ import annotations

import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from curate.doccano.embedded import environment as environment_module
from curate.doccano.embedded.environment import (
    CONSTRAINTS,
    ServerEnvironment,
    doccano_version,
    environment_key,
    install_server,
    server_environment,
    server_variables,
)
from curate.doccano.embedded.home import (
    HOME_VARIABLE,
    ProcessRecord,
    ServerAccount,
    ServerHome,
    ServerState,
    check_space,
    disk_errors_explained,
    hold_lock,
    last_log_line,
    open_log,
    write_private,
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
from curate.doccano.embedded.server import EmbeddedServer
from curate.doccano.embedded.settings import SETTINGS
from curate.errors import ServerError

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True)\n"
    "time.sleep(60)",
]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[ServerHome]:
    """A prepared home; whatever was started for it is ended."""
    made = ServerHome(tmp_path / "server")
    made.prepare()
    yield made
    end_processes(made.root, [], 0)


def start(home: ServerHome, command: list[str], name: str = "web") -> ProcessRecord:
    variables = dict(os.environ) | {HOME_VARIABLE: str(home.root)}
    return spawn(command, home.log(name), variables, home.root)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# -- processes -----------------------------------------------------------------------------


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
    assert mode(home.logs / "web.log") == 0o600


def test_a_program_that_cannot_start_says_why_in_its_log(home: ServerHome) -> None:
    record = start(home, [str(home.root / "absent")])
    deadline = time.monotonic() + 10
    while find_process(record) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert "absent" in last_log_line(home.logs / "web.log")


def test_children_are_found_by_family_and_by_environment(home: ServerHome) -> None:
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


# -- ports ---------------------------------------------------------------------------------


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [int(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports


def test_the_asked_port_comes_before_the_recorded_one() -> None:
    asked, recorded = free_ports(2)
    assert choose_port(asked, recorded) == asked
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
    assert f"port {port} is taken by" in raised.value.message
    assert "another port" in raised.value.hint


@pytest.mark.parametrize("port", [-1, 65536])
def test_what_is_no_port_is_refused(port: int) -> None:
    with pytest.raises(ServerError, match="not a port number"):
        choose_port(port, None)


# -- files ---------------------------------------------------------------------------------


def test_everything_in_a_home_is_its_owners_only(home: ServerHome) -> None:
    home.write_state(ServerState(port=1))
    home.new_account()
    open_log(home.log("web")).close()
    assert mode(home.root) == 0o700
    assert {mode(path) & 0o077 for path in home.root.rglob("*")} == {0}


def test_the_secret_key_is_long_and_kept(home: ServerHome) -> None:
    key = (home.root / "secret-key").read_text()
    home.prepare()
    assert (home.root / "secret-key").read_text() == key
    assert len(key) >= 50


def test_a_file_readable_by_others_is_replaced_by_a_private_one(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    path.chmod(0o644)
    path.with_name("file.part").write_text("left by an interrupted write")
    write_private(path, "new")
    assert path.read_text() == "new"
    assert mode(path) == 0o600


def test_state_survives_and_an_unreadable_one_is_an_error_with_a_hint(home: ServerHome) -> None:
    assert home.read_state() == ServerState()
    state = ServerState(port=8765, web=ProcessRecord(1, 2.5), database="key", ready=True)
    home.write_state(state)
    assert home.read_state() == state
    (home.root / "server.json").write_text('{"port": "eight"}')
    with pytest.raises(ServerError, match=r"server\.json cannot be read.*delete that file"):
        home.read_state()


def test_an_account_is_kept_and_never_shown(home: ServerHome) -> None:
    assert home.account() is None
    account = home.new_account()
    assert home.account() == account
    assert account.password not in repr(account)
    assert repr(ServerAccount("a", "secret")) == "Account(username='a')"


def test_a_long_log_is_set_aside(home: ServerHome) -> None:
    path = home.log("web")
    path.write_bytes(b"x" * 5_000_001)
    assert home.log("web") == path
    assert not path.exists()
    assert path.with_name("web.log.1").exists()


def test_the_last_line_is_of_the_latest_run_and_tells_the_error(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    assert last_log_line(log) == "nothing was logged"
    for lines in (b"OSError: old\n", b"one\nValueError: new\nbye\n\n"):
        with open_log(log) as file:
            file.write(lines)
    assert last_log_line(log) == "ValueError: new"
    with open_log(log) as file:
        file.write(b"one\ntwo\n \n")
    assert last_log_line(log) == "two"


def test_a_held_lock_is_waited_for_and_then_named(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with hold_lock(path, "starting"), pytest.raises(ServerError) as raised:  # noqa: SIM117
        with hold_lock(path, "starting", timeout_seconds=0.3):
            pass
    assert "another process has been starting" in raised.value.message
    with hold_lock(path, "starting", timeout_seconds=0.3):
        pass


def test_too_little_space_is_told_in_megabytes(tmp_path: Path) -> None:
    check_space(tmp_path / "not" / "made", 1, "this")
    with pytest.raises(ServerError, match=r"this needs 1000000000000 MB and the disk of"):
        check_space(tmp_path, 10**18, "this")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_said_to_be_full(tmp_path: Path) -> None:
    with pytest.raises(ServerError, match=r"is full\W+free some space"):  # noqa: SIM117
        with disk_errors_explained(tmp_path), Path("/dev/full").open("w") as file:
            file.write("x")
            file.flush()


# -- environment ---------------------------------------------------------------------------


def test_the_key_changes_with_the_pins_and_with_the_python() -> None:
    key = environment_key(b"doccano==1", (3, 11))
    assert re.fullmatch(r"doccano-[0-9a-f]{12}", key)
    assert key == environment_key(b"doccano==1", (3, 11))
    assert len({key, environment_key(b"doccano==2", (3, 11)), environment_key(b"", (3, 12))}) == 3


def test_the_environment_lies_in_curate_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CURATE_HOME", str(tmp_path))
    assert server_environment().folder.parent == tmp_path
    monkeypatch.delenv("CURATE_HOME")
    assert server_environment().folder.parent.name == "curate"


def test_every_package_of_the_server_is_pinned() -> None:
    lines = CONSTRAINTS.read_text("utf-8").splitlines()
    assert lines[0].startswith("#")
    pins = [line for line in lines if not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", pin) for pin in pins)
    assert doccano_version() == "1.8.4"


def test_a_half_made_environment_is_thrown_away_and_built_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CURATE_HOME", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    half = server_environment()
    (half.folder / "bin").mkdir(parents=True)
    half.python.symlink_to(sys.executable)
    (half.folder / "left").touch()
    assert not half.is_complete()
    told: list[str] = []
    with pytest.raises(ServerError) as raised:
        install_server(told.append)
    assert not (half.folder / "left").exists()
    assert not half.is_complete()
    assert "installing Doccano 1.8.4" in told[0]
    assert "ERROR: No matching distribution" in raised.value.message
    assert str(half.log) in raised.value.message
    assert "network" in raised.value.hint


def test_an_environment_whose_python_has_gone_is_not_complete(tmp_path: Path) -> None:
    made = ServerEnvironment(tmp_path)
    (tmp_path / "bin").mkdir()
    (tmp_path / "curate-environment").touch()
    made.python.symlink_to(tmp_path / "gone")
    assert not made.is_complete()
    made.python.unlink()
    made.python.symlink_to(sys.executable)
    assert made.is_complete()


def test_without_the_python_of_the_pins_nothing_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CURATE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(environment_module, "PYTHON", (3, 99))
    complaining = tmp_path / "python3.99"  # as a version manager leaves it
    complaining.write_text("#!/bin/sh\nexit 127\n")
    complaining.chmod(0o755)
    with pytest.raises(ServerError, match=r"Doccano 1\.8\.4 needs python3\.99"):
        install_server(lambda message: None)
    assert not server_environment().folder.exists()


def test_settings_of_the_shell_do_not_reach_the_server(
    home: ServerHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SECRET_KEY", "DATABASE_URL", "DEBUG", "CELERY_BROKER_URL", "http_proxy"):
        monkeypatch.setenv(name, "x")
    variables = server_variables(server_environment(), home)
    assert "x" not in variables.values()
    assert variables[HOME_VARIABLE] == str(home.root)


def test_the_settings_are_python() -> None:
    compile(SETTINGS, "settings", "exec")


# -- a server that was never started -------------------------------------------------------


def test_a_server_never_started_does_not_run_and_leaves_nothing(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / "server")
    status = server.status()
    assert (status.running, status.url, status.web_pid, status.problems) == (False, "", None, ())
    assert server.credentials() is None
    assert server.stop() is False
    with pytest.raises(ServerError, match="start the server first"):
        server.create_user("ana", "x")
    assert list(tmp_path.iterdir()) == []


def test_a_dead_process_is_a_problem_that_names_its_last_words(home: ServerHome) -> None:
    with open_log(home.log("worker")) as log:
        log.write(b"MemoryError\n")
    home.write_state(ServerState(port=1, worker=ProcessRecord(os.getpid(), 1.0), ready=True))
    status = EmbeddedServer(home.root).status()
    assert not status.running
    assert status.worker_pid is None
    assert "the worker process has ended (MemoryError)" in status.problems[0]
