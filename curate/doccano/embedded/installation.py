"""Building the environment of the embedded server, with uv if it is there, else with pip.

It is built in place and a marker file is written last, so an interrupted build is noticed. The next
one goes on with the packages that are there as a whole; what uv or pip had downloaded is in their
caches. The environment has an empty, migrated database in it: a new workspace copies that instead
of running 140 migrations.
"""

from __future__ import annotations

import csv
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
from curate.util.progress import Progress, silent

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
Run = Callable[[Sequence[str], str], None]
"""Runs a program of the installation; the second argument says what to do if it fails."""


def install_server(notify: Notify, progress: Progress = silent) -> ServerEnvironment:
    """The finished environment; it is built first if it is missing or incomplete.

    Args:
        notify: called with one sentence before each step that takes time, and while it lasts.
        progress: called with how many packages are fetched and how many are installed, together.

    Raises:
        ServerError: there is no suitable Python or no space, or a step failed or stopped; the
            message names the log.
    """
    base = base_python()
    target = server_environment(base.version)
    if target.is_complete():
        return target
    lock = target.folder.with_name(target.folder.name + ".lock")
    with hold_lock(lock, "the installation of Doccano", notify=notify) as descriptor:
        if not target.is_complete():
            _build(target, base, notify, progress, descriptor)
    return target


def _build(
    target: ServerEnvironment, base: BasePython, notify: Notify, progress: Progress, lock: int
) -> None:
    def tick() -> None:
        progress("packages fetched and installed", _steps_done(target), 2 * len(pinned_packages()))

    def run(command: Sequence[str], hint: str) -> None:
        run_logged(command, target.log, hint, notify, lock, tick=tick)

    check_space(target.folder, SPACE_TO_BUILD, "installing Doccano")
    notify(f"installing Doccano {doccano_version()} into {target.folder} (once)")
    target.log.unlink(missing_ok=True)
    with disk_errors_explained(target.folder):
        _remove_incomplete(target)
    uv = find_uv()
    if uv:
        try:
            _install_with_uv(uv, target, base, run)
        except ServerError as error:
            if not base.path:
                raise
            notify(f"uv could not do it ({error.message}); trying pip")
            uv = None
    if not uv:
        _install_with_pip(target, base, run)
    notify("preparing an empty Doccano database")
    scratch = ServerHome(target.folder / "template")
    shutil.rmtree(scratch.root, ignore_errors=True)
    scratch.prepare()
    migrate_database(target, scratch, target.log, lock)
    with disk_errors_explained(target.folder):
        scratch.database.replace(target.template)
        shutil.rmtree(scratch.root)
        write_private(target.folder / MARKER, f"doccano {doccano_version()}\n")


def _install_with_uv(uv: str, target: ServerEnvironment, base: BasePython, run: Run) -> None:
    if not _works(target, "-c", ""):
        _remove(target)
        python = base.path or "{}.{}".format(*base.version)
        run([uv, "venv", "--python", python, str(target.folder)], _NETWORK_HINT)
    install = [uv, "pip", "install", "--python", str(target.python), "--no-deps"]
    run([*install, "-r", str(CONSTRAINTS)], _NETWORK_HINT)


def _install_with_pip(target: ServerEnvironment, base: BasePython, run: Run) -> None:
    if not _works(target, "-m", "pip", "--version"):
        _remove(target)
        hint = "install the package it names (python3-venv on Debian) or uv, and run this again"
        run([base.path, "-m", "venv", str(target.folder)], hint)
    pip = [str(target.python), "-m", "pip", "--disable-pip-version-check", "--no-input"]
    run([*pip, "install", "--no-deps", "-r", str(CONSTRAINTS)], _NETWORK_HINT)


def _works(target: ServerEnvironment, *arguments: str) -> bool:
    """Whether an earlier build left an environment whose Python can do this."""
    if not (target.folder / "pyvenv.cfg").is_file():  # else its packages would go elsewhere
        return False
    try:
        done = subprocess.run([target.python, *arguments], capture_output=True)
    except OSError:
        return False
    return done.returncode == 0


def _remove(target: ServerEnvironment) -> None:
    with disk_errors_explained(target.folder):
        shutil.rmtree(target.folder, ignore_errors=True)


def _remove_incomplete(target: ServerEnvironment) -> None:
    """Have those packages installed again that an interruption left in part."""
    for package in _installed(target):
        if not _is_whole(package):
            shutil.rmtree(package)


def _installed(target: ServerEnvironment) -> list[Path]:
    """The folders of metadata of the packages that are installed, be it in part."""
    return list(target.backend.parent.glob("*.dist-info"))


def _is_whole(package: Path) -> bool:
    """Whether a package has every file of its record, in full size."""
    try:
        with (package / "RECORD").open(encoding="utf-8", newline="") as file:
            sizes = {name: int(size) for name, _, size in csv.reader(file) if size}
        return all((package.parent / name).stat().st_size == sizes[name] for name in sizes)
    except (OSError, ValueError):
        return False


def _steps_done(target: ServerEnvironment) -> int:
    installed = len(_installed(target))
    return max(_collected(_latest_lines(target.log)), installed) + installed


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
    tick: Callable[[], None] = lambda: None,
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
        tick: called from time to time while it runs.

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
        _watch(process, log, notify, tick)
    except BaseException:
        process.kill()
        process.wait()
        raise
    if process.returncode:
        line = last_log_line(log)
        if "No space left" in line or "disk is full" in line:
            hint = "free some space and run this again"
        raise ServerError(f"setting up Doccano failed ({line}), see {log}", hint)


def _watch(
    process: subprocess.Popen[bytes], log: Path, notify: Notify, tick: Callable[[], None]
) -> None:
    """Wait until a program has ended; it is said from time to time what it is at."""
    size, grown = -1, time.monotonic()
    reported, told = grown, ""
    while process.poll() is None:
        time.sleep(_POLL_SECONDS)
        now = time.monotonic()
        if (current := log.stat().st_size) != size:
            size, grown = current, now
            tick()
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
    lines = _latest_lines(log)
    last = lines[-1] if lines else "starting"
    collected, total = _collected(lines), len(pinned_packages())
    return f"{collected} of {total} packages: {last}" if 0 < collected < total else last


def _latest_lines(log: Path) -> list[str]:
    """What the latest program wrote to a log, without blank lines and pip's bars."""
    try:
        text = log.read_text("utf-8", errors="replace").rpartition(START_LINE)[2]
    except OSError:
        return []
    lines = [line.strip() for line in text.splitlines()]
    return [line for line in lines if line and "━" not in line]


def _collected(lines: Sequence[str]) -> int:
    """How many packages pip has come to."""
    begins = re.compile(r"(Collecting|Requirement already satisfied:) \S+==")
    return sum(1 for line in lines if begins.match(line))
