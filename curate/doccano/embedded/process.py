"""Starting, finding and ending the processes of one server, and the port they listen on.

A process is known by its id *and* start time, so that an id the system has given to another
program since is never taken for ours. Every process also carries the server's home in its
environment, and so do its children: that is how one is found whose id was never recorded,
because its parent or the program that started it was killed.
"""

from __future__ import annotations

import errno
import os
import socket
import subprocess
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from curate.doccano.embedded.home import HOME_VARIABLE, ProcessRecord, open_log
from curate.errors import ServerError

if TYPE_CHECKING:
    import psutil

LOOPBACK = "127.0.0.1"
DEFAULT_PORT = 8765
_START_TOLERANCE_SECONDS = 2.0
_CLOSING_SECONDS = 2.0
_LISTINGS = 10

# The shell ends at once and leaves the program to init: it outlives curate, and a long-lived
# caller does not have to reap it.
_DETACH = '{ exec "$@" >&2 </dev/null; } & echo $!'


def spawn(
    command: list[str], log: Path, environment: Mapping[str, str], folder: Path
) -> ProcessRecord:
    """Start a program in a session of its own, with both outputs appended to ``log``."""
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

    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get(HOME_VARIABLE) == str(home):
                found.append(process)
        except (psutil.Error, OSError):
            continue  # another user's, or gone
    return [process for process in found if is_alive(process)]


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
    """Ask the masters to end, wait, then end whatever else runs for ``home``; False if none ran.

    Only the masters get the request first: a pool child that got it would drop the task it runs.
    The rest is listed again until there is none, because a listing misses the child that is being
    forked meanwhile, which would outlive its parent.
    """
    asked, kept = list(masters), set(spared)
    families = {process for master in asked for process in process_tree(master)}
    found = families | (set(processes_of(home)) - kept)
    _signal(asked, "terminate")
    wait_until_ended(asked, grace_seconds)
    _signal(asked, "kill")
    left = found
    for _ in range(_LISTINGS):
        left = {each for each in left | (set(processes_of(home)) - kept) if is_alive(each)}
        if not left:
            break
        _signal(left, "terminate")
        wait_until_ended(left, 2.0)
        _signal(left, "kill")
        wait_until_ended(left, 5.0)
    return bool(found)


def _signal(processes: Iterable[psutil.Process], how: str) -> None:
    import psutil

    for process in processes:
        try:
            getattr(process, how)()  # psutil checks the start time again before it signals
        except psutil.NoSuchProcess:
            continue


def wait_until_ended(processes: Iterable[psutil.Process], timeout_seconds: float) -> bool:
    """Wait until none of the processes lives; False if some still do."""
    deadline = time.monotonic() + timeout_seconds
    left = list(processes)
    while left := [process for process in left if is_alive(process)]:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def choose_port(asked: int | None, recorded: int | None) -> int:
    """The port to listen on: the asked one, else the recorded one, else 8765; 0 finds a free one.

    Raises:
        ServerError: the port is no port, is taken, or is not allowed to this user.
    """
    if asked == 0:
        return _bind(0)
    port = asked or recorded or DEFAULT_PORT
    if not 0 < port < 65536:
        raise ServerError(f"{port} is not a port number", "choose one from 1024 to 65535")
    # Sockets of a program that was just killed close a moment after its process has ended.
    deadline = time.monotonic() + _CLOSING_SECONDS
    while True:
        try:
            return _bind(port)
        except OSError as err:
            if err.errno != errno.EADDRINUSE or time.monotonic() > deadline:
                raise _port_error(port, err) from err
        time.sleep(0.1)


def _bind(port: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((LOOPBACK, port))
        return int(probe.getsockname()[1])


def _port_error(port: int, err: OSError) -> ServerError:
    if err.errno == errno.EADDRINUSE:
        return port_taken_error(port)
    return ServerError(
        f"port {port} cannot be opened ({err.strerror})", "choose a port from 1024 to 65535"
    )


def port_taken_error(port: int) -> ServerError:
    """The error that says who holds a port."""
    return ServerError(
        f"port {port} is taken by {_holder(port)}",
        f"end that program, or start the server on another port than {port} (0 finds a free one)",
    )


def _holder(port: int) -> str:
    """Who listens on a port, as far as this user may know."""
    import psutil

    try:
        for connection in psutil.net_connections("tcp"):
            listens = connection.status == psutil.CONN_LISTEN
            if listens and connection.laddr[1:] == (port,) and connection.pid:
                name = psutil.Process(connection.pid).name()
                return f"another program ({name}, process {connection.pid})"
    except psutil.Error:
        pass  # some systems show connections to the administrator only
    return "another program"
