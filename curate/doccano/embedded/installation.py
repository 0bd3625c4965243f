"""Building the environment of the embedded server, with uv if it is there, else with pip.

It is built in place and a marker file is written last, so an interrupted build is noticed and
repeated; what uv or pip had downloaded is in their caches. The environment has an empty, migrated
database in it: a new workspace copies that instead of running 140 migrations.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from curate.doccano.embedded.environment import (
    CONSTRAINTS,
    MARKER,
    BasePython,
    ServerEnvironment,
    base_python,
    doccano_version,
    pinned_packages,
    server_environment,
    server_variables,
)
from curate.doccano.embedded.home import (
    MEGABYTE,
    START_LINE,
    ServerHome,
    check_space,
    disk_errors_explained,
    hold_lock,
    last_log_line,
    open_log,
    write_private,
)
from curate.errors import ServerError
from curate.util.installers import find_uv, installer_variables

SPACE_TO_BUILD = 900 * MEGABYTE
QUIET_SECONDS = 900.0
"""How long a step may write nothing to its log before it is given up."""
REPORT_SECONDS = 10.0
"""How often a step that takes long is reported."""
_POLL_SECONDS = 0.1
_NETWORK_HINT = "check the network and the settings of pip or uv, and run this again"

# Run by the server's Python.
_MIGRATE = """\
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("create_roles")
"""

Notify = Callable[[str], None]


def install_server(notify: Notify) -> ServerEnvironment:
    """The finished environment; it is built first if it is missing or incomplete.

    Args:
        notify: called with one sentence before each step that takes time, and while it lasts.

    Raises:
        ServerError: there is no suitable Python or no space, or a step failed or stopped; the
            message names the log.
    """
    base = base_python()
    target = server_environment(base.version)
    if target.is_complete():
        return target
    lock = target.folder.with_name(target.folder.name + ".lock")
    with hold_lock(lock, "the installation of Doccano") as descriptor:
        if not target.is_complete():
            _build(target, base, notify, descriptor)
    return target


def _build(target: ServerEnvironment, base: BasePython, notify: Notify, lock: int) -> None:
    check_space(target.folder, SPACE_TO_BUILD, "installing Doccano")
    notify(f"installing Doccano {doccano_version()} into {target.folder} (once)")
    target.log.unlink(missing_ok=True)
    uv = find_uv()
    if uv:
        try:
            _install_with_uv(uv, target, base, notify, lock)
        except ServerError as error:
            if not base.path:
                raise
            notify(f"uv could not do it ({error.message}); trying pip")
            uv = None
    if not uv:
        _install_with_pip(target, base, notify, lock)
    notify("preparing an empty Doccano database")
    scratch = ServerHome(target.folder / "template")
    scratch.prepare()
    migrate_database(target, scratch, target.log, lock)
    with disk_errors_explained(target.folder):
        scratch.database.replace(target.template)
        shutil.rmtree(scratch.root)
        write_private(target.folder / MARKER, f"doccano {doccano_version()}\n")


def _install_with_uv(
    uv: str, target: ServerEnvironment, base: BasePython, notify: Notify, lock: int
) -> None:
    _remove(target)
    python = base.path or "{}.{}".format(*base.version)
    folder = str(target.folder)
    run_logged([uv, "venv", "--python", python, folder], target.log, _NETWORK_HINT, notify, lock)
    install = [uv, "pip", "install", "--python", str(target.python), "--no-deps"]
    run_logged([*install, "-r", str(CONSTRAINTS)], target.log, _NETWORK_HINT, notify, lock)


def _install_with_pip(
    target: ServerEnvironment, base: BasePython, notify: Notify, lock: int
) -> None:
    _remove(target)
    hint = "install the package it names (python3-venv on Debian) or uv, and run this again"
    run_logged([base.path, "-m", "venv", str(target.folder)], target.log, hint, notify, lock)
    pip = [str(target.python), "-m", "pip", "--disable-pip-version-check", "--no-input"]
    install = [*pip, "install", "--no-deps", "-r", str(CONSTRAINTS)]
    run_logged(install, target.log, _NETWORK_HINT, notify, lock)


def _remove(target: ServerEnvironment) -> None:
    with disk_errors_explained(target.folder):
        shutil.rmtree(target.folder, ignore_errors=True)


def migrate_database(
    target: ServerEnvironment,
    home: ServerHome,
    log: Path,
    lock: int | None = None,
    hint: str = "the log has the whole error",
) -> None:
    """Bring the database of a home to the tables and roles of this Doccano.

    Args:
        target: the environment of that Doccano.
        home: the server's folder.
        log: log of the migration.
        lock: descriptor of a lock that is to be kept, even if curate is killed.
        hint: what to do if it fails.

    Raises:
        ServerError: the migration failed.
    """
    command = [str(target.python), "-c", _MIGRATE]
    variables = server_variables(target, home)
    run_logged(command, log, hint, lambda _: None, lock, variables, home.root)


def run_logged(
    command: Sequence[str],
    log: Path,
    hint: str,
    notify: Notify,
    lock: int | None = None,
    variables: dict[str, str] | None = None,
    folder: Path | None = None,
) -> None:
    """Run a program with its output appended to a log.

    Args:
        command: the program and its arguments.
        log: the log.
        hint: what to do if it fails.
        notify: called with what the program is at, if it takes long.
        lock: descriptor of a lock that the program is to keep, even if curate is killed.
        variables: its environment variables; by default ours, as an installer needs them.
        folder: its working folder.

    Raises:
        ServerError: it failed, or wrote nothing for a long time; the message has its last line
            about an error and the path of the log.
    """
    with open_log(log) as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=installer_variables() if variables is None else variables,
            cwd=folder,
            umask=0o077,
            pass_fds=() if lock is None else (lock,),
        )
    try:
        _watch(process, log, notify)
    except BaseException:
        process.kill()
        process.wait()
        raise
    if process.returncode:
        line = last_log_line(log)
        if "No space left" in line or "disk is full" in line:
            hint = "free some space and run this again"
        raise ServerError(f"setting up Doccano failed ({line}), see {log}", hint)


def _watch(process: subprocess.Popen[bytes], log: Path, notify: Notify) -> None:
    """Wait until a program has ended; it is said from time to time what it is at."""
    size, grown = -1, time.monotonic()
    reported, told = grown, ""
    while process.poll() is None:
        time.sleep(_POLL_SECONDS)
        now = time.monotonic()
        if (current := log.stat().st_size) != size:
            size, grown = current, now
        if now - grown > QUIET_SECONDS:
            raise ServerError(
                f"setting up Doccano stopped: nothing happened for {QUIET_SECONDS:.0f} s after "
                f"{describe_step(log)!r}, see {log}",
                "check the network and the disk, and run this again; it goes on with what was "
                "downloaded",
            )
        if now - reported > REPORT_SECONDS:
            reported = now
            if (step := describe_step(log)) != told:
                told = step
                notify(step)


def describe_step(log: Path) -> str:
    """What an installer is at: how many of the packages it has come to, and its last line."""
    text = log.read_text("utf-8", errors="replace").rpartition(START_LINE)[2]
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    last = lines[-1] if lines else "starting"
    collected = sum(1 for line in lines if re.match(r"Collecting \S+==", line))
    total = len(pinned_packages())
    return f"{collected} of {total} packages: {last}" if 0 < collected < total else last
