"""Starting, finding and ending the processes of one server, and the port they listen on.

A process is identified by its id *and* start time, so that an id which the system has since given
to another program is never taken for ours. Every process also has the server's home in its
environment, and so have its children: that is how one is found whose id was never recorded because
its parent, or the program that started it, was killed.
"""

from __future__ import annotations

import errno
import os
import socket
import subprocess
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from curate.doccano.embedded.home import HOME_VARIABLE, ProcessRecord, open_log
from curate.errors import ServerError

if TYPE_CHECKING:
    import psutil

LOOPBACK = "127.0.0.1"
DEFAULT_PORT = 8765
_START_TOLERANCE_SECONDS = 2.0
_SOCKET_CLOSE_SECONDS = 2.0
_MAX_ROUNDS = 10

# The shell ends at once and leaves the program to init: it outlives curate, and a long-lived
# caller does not have to reap it.
_DETACH = '{ exec "$@" >&2 </dev/null; } & echo $!'


def spawn(
    command: list[str], log: Path, environment: Mapping[str, str], folder: Path
) -> ProcessRecord:
    """Start a program in a session of its own, with both outputs appended to ``log``.

    Raises:
        ServerError: the log cannot be written.
    """
    with open_log(log) as output:
        shell = subprocess.run(
            ["/bin/sh", "-c", _DETACH, "sh", *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=output,
            env=dict(environment),
            cwd=folder,
            umask=0o077,
            start_new_session=True,
            check=True,
        )
    return process_record(int(shell.stdout))


def process_record(pid: int) -> ProcessRecord:
    """The record of a process; start time 0 if it has ended already."""
    import psutil

    try:
        return ProcessRecord(pid, psutil.Process(pid).create_time())
    except psutil.NoSuchProcess:
        return ProcessRecord(pid, 0.0)


def find_process(record: ProcessRecord | None) -> psutil.Process | None:
    """The live process of a record; None if it ended or its id belongs to another one now."""
    import psutil

    if record is None:
        return None
    try:
        process = psutil.Process(record.pid)
        same = abs(process.create_time() - record.started) < _START_TOLERANCE_SECONDS
    except psutil.Error:
        return None
    return process if same and is_alive(process) else None


def is_alive(process: psutil.Process) -> bool:
    """Whether a process runs; one that ended and was not reaped does not."""
    import psutil

    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def processes_of(home: Path) -> list[psutil.Process]:
    """Every live process of this user that was started for the server in ``home``."""
    import psutil

    processes = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get(HOME_VARIABLE) == str(home):
                processes.append(process)
        except (psutil.Error, OSError):
            continue  # another user's, or gone
    return [process for process in processes if is_alive(process)]


def process_tree(process: psutil.Process | None) -> list[psutil.Process]:
    """A process and all its descendants."""
    import psutil

    if process is None:
        return []
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def end_processes(
    home: Path,
    masters: Iterable[psutil.Process],
    grace_seconds: float,
    spared: Iterable[psutil.Process] = (),
) -> bool:
    """Terminate the masters, wait, then end everything else that runs for ``home``.

    Only the masters are asked to terminate at first: a pool child that got the signal would drop
    the task it runs. The rest is listed again until nothing is left, because a listing misses a
    child that is being forked meanwhile, and that child would outlive its parent.

    Args:
        home: folder of the server.
        masters: the web server and the worker, as far as they run.
        grace_seconds: how long the masters have to end before they are killed.
        spared: processes to leave running.

    Returns:
        Whether any process ran.
    """
    masters, spared = list(masters), set(spared)
    trees = {process for master in masters for process in process_tree(master)}
    running = trees | (set(processes_of(home)) - spared)
    _signal(masters, "terminate")
    wait_until_ended(masters, grace_seconds)
    _signal(masters, "kill")
    remaining = running
    for _ in range(_MAX_ROUNDS):
        remaining |= set(processes_of(home)) - spared
        remaining = {process for process in remaining if is_alive(process)}
        if not remaining:
            break
        _signal(remaining, "terminate")
        wait_until_ended(remaining, 2.0)
        _signal(remaining, "kill")
        wait_until_ended(remaining, 5.0)
    return bool(running)


def _signal(processes: Iterable[psutil.Process], method: Literal["terminate", "kill"]) -> None:
    import psutil

    for process in processes:
        try:
            getattr(process, method)()  # psutil checks the start time again before it signals
        except psutil.NoSuchProcess:
            continue


def wait_until_ended(processes: Iterable[psutil.Process], timeout_seconds: float) -> bool:
    """Wait until none of the processes lives; False if some still do."""
    deadline = time.monotonic() + timeout_seconds
    remaining = list(processes)
    while remaining := [process for process in remaining if is_alive(process)]:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def choose_port(requested: int | None, recorded: int | None) -> int:
    """The port to listen on: the requested one, else the recorded one, else 8765.

    Args:
        requested: 0 finds a free port.
        recorded: where the server last listened.

    Raises:
        ServerError: this is not a port number, or the port is taken or not allowed to this user.
    """
    if requested == 0:
        return _bind(0)
    port = requested or recorded or DEFAULT_PORT
    if not 0 < port < 65536:
        raise ServerError(f"{port} is not a port number", "choose one from 1024 to 65535")
    # Sockets of a program that was just killed close a moment after its process has ended.
    deadline = time.monotonic() + _SOCKET_CLOSE_SECONDS
    while True:
        try:
            return _bind(port)
        except OSError as error:
            in_use = error.errno == errno.EADDRINUSE
            if in_use and time.monotonic() > deadline:
                raise port_taken_error(port) from error
            if not in_use:
                raise ServerError(
                    f"port {port} cannot be opened ({error.strerror})",
                    "choose a port from 1024 to 65535",
                ) from error
        time.sleep(0.1)


def _bind(port: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((LOOPBACK, port))
        return int(probe.getsockname()[1])


def port_taken_error(port: int) -> ServerError:
    """The error for a port on which another program listens, as far as that is known."""
    return ServerError(
        f"port {port} is taken by {_holder(port)}",
        "end that program, or start the server on another port with --port (0 finds a free one)",
    )


def _holder(port: int) -> str:
    """The program that listens on a port, as far as this user may know."""
    import psutil

    try:
        for connection in psutil.net_connections("tcp"):
            listens = connection.status == psutil.CONN_LISTEN
            if listens and connection.laddr[1:] == (port,) and connection.pid:
                name = psutil.Process(connection.pid).name()
                return f"another program ({name}, process {connection.pid})"
    except psutil.Error:
        pass  # some systems show connections only to an administrator
    return "another program"
