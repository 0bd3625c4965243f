"""The edge of the command line: whatever ends a command becomes one line and an exit code.

Commands raise :class:`CurateError` for what they expect. What the operating system, a library or
the person at the keyboard ends them with is put into the same form here, and nowhere else.
"""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import Any

from curate.errors import CurateError, Interrupted, SystemFailure, UnexpectedError

DEBUG = "CURATE_DEBUG"
"""With this variable set, the traceback is printed as well."""

_FULL = (errno.ENOSPC, errno.EDQUOT)
_FORBIDDEN = (errno.EACCES, errno.EPERM)
_CONTINUED = {
    **dict.fromkeys(("sync", "push", "pull", "status"), "`curate sync` resumes"),
    "server": "run it again, and it goes on",
}


def explain(error: BaseException, words: list[str]) -> CurateError:
    """An error of curate's for anything that a command ended with.

    Args:
        error: what was raised.
        words: the command line, without the program.
    """
    if isinstance(error, CurateError):
        return error
    if isinstance(error, KeyboardInterrupt):
        command = next((word for word in words if not word.startswith("-")), "")
        return Interrupted("stopped", _CONTINUED.get(command, "run the command again"))
    if isinstance(error, OSError):
        return _of_the_system(error)
    if isinstance(error, RecursionError):
        return SystemFailure("an input is nested too deeply", "flatten it, or leave it out")
    if isinstance(error, MemoryError):
        return SystemFailure(
            "there is not enough memory", "give it less at a time, or use a larger machine"
        )
    if isinstance(error, UnicodeError):
        return SystemFailure(f"a name or a text is not UTF-8 ({error})", "correct or rename it")
    if isinstance(error, ModuleNotFoundError):
        return SystemFailure(
            f"the package {error.name} is missing", "install curate again, with what it requires"
        )
    return UnexpectedError(
        f"curate itself failed ({type(error).__name__}: {error})",
        f"please report it, with what is printed if {DEBUG}=1 is set",
    )


def exit_code(error: CurateError) -> int:
    """130 if a person stopped the command, as shells have it; else 1."""
    return 130 if isinstance(error, Interrupted) else 1


def _of_the_system(error: OSError) -> SystemFailure:
    """What the operating system refused, with the path and what to do about it."""
    path = _path(error.filename)
    number, said = error.errno, error.strerror or str(error) or type(error).__name__
    if number in _FULL:
        return SystemFailure(
            f"the disk of {path} is full" if path else "the disk is full",
            "free some space and run the command again",
        )
    if path is None:
        return SystemFailure(f"the system refused something ({said})", "see what it says")
    if number == errno.EROFS:
        return SystemFailure(
            f"{path} is on a disk that is read-only", "run the command where you may write"
        )
    if number in _FORBIDDEN:
        return SystemFailure(
            f"you have no right to {path} ({said})", f"change the rights of {path}"
        )
    if number == errno.EISDIR or (number == errno.EEXIST and path.is_dir()):
        return SystemFailure(f"{path} is a folder, where a file is expected", f"move {path} away")
    if number in (errno.ENOTDIR, errno.EEXIST):
        file = next((each for each in (path, *path.parents) if each.is_file()), path)
        return SystemFailure(f"{file} is a file, where a folder is expected", f"move {file} away")
    if number == errno.ENOENT:
        return SystemFailure(f"there is no {path}", "check its name, or put it back")
    return SystemFailure(f"{path} cannot be used ({said})", "see what the system says of it")


def _path(name: Any) -> Path | None:
    if not isinstance(name, (str, bytes)) or not name:
        return None
    return Path(os.fsdecode(name).encode("utf-8", "backslashreplace").decode("utf-8"))


def prepare_output(as_json: bool) -> None:
    """Let any text be printed: JSON as UTF-8, and else what the encoding lacks as escapes."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure and as_json and stream is sys.stdout:
            reconfigure(encoding="utf-8", errors="backslashreplace")
        elif reconfigure:
            reconfigure(errors="backslashreplace")


def discard_output() -> None:
    """Send what is still to be printed nowhere, since it cannot be printed."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
