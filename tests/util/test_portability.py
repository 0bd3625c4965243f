"""What reads, validates and exports a corpus uses nothing that only POSIX systems have."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import curate

PACKAGE = Path(curate.__file__).parent
# The embedded server is for Linux and macOS alone, see docs/installing.md.
POSIX_ALONE = PACKAGE / "doccano" / "embedded"
MODULES = {
    "fcntl",
    "grp",
    "posix",
    "pty",
    "pwd",
    "readline",
    "resource",
    "syslog",
    "termios",
    "tty",
}
NAMES = {
    *("chown", "chroot", "fchmod", "fchown", "fork", "forkpty", "getegid", "geteuid", "getgid"),
    *("getgroups", "getpgid", "getuid", "killpg", "lchown", "lockf", "mkfifo", "mknod", "nice"),
    *("O_CLOEXEC", "O_DIRECTORY", "O_NOFOLLOW", "O_NONBLOCK", "openpty", "sched_getaffinity"),
    *("SIGALRM", "SIGHUP", "SIGKILL", "SIGUSR1", "SIGUSR2", "setsid", "setuid", "statvfs", "uname"),
    *("preexec_fn", "pass_fds", "start_new_session", "umask"),
}


def posix_names(path: Path) -> Iterator[str]:
    """What a module imports, calls or passes that Windows does not have."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom):
            yield from [node.module] if node.module in MODULES else []
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.value.id in ("os", "signal") and node.attr in NAMES:
                yield f"{node.value.id}.{node.attr}"
        elif isinstance(node, ast.keyword) and node.arg in NAMES:
            yield f"{node.arg}="


def test_only_the_embedded_server_needs_posix():
    found = {
        str(path.relative_to(PACKAGE)): names
        for path in PACKAGE.rglob("*.py")
        if POSIX_ALONE not in path.parents and (names := [*posix_names(path)])
    }
    assert not found


def test_what_the_embedded_server_needs_is_seen():
    """So that the test above cannot pass because it sees nothing."""
    found = {name for path in POSIX_ALONE.glob("*.py") for name in posix_names(path)}
    assert {"umask=", "pass_fds=", "start_new_session="} <= found


def test_every_file_of_text_names_its_encoding():
    """Without it, Windows takes the encoding of its region."""
    missing = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("read_text", "write_text")
        and not any(keyword.arg == "encoding" for keyword in node.keywords)
        and not (node.func.attr == "read_text" and node.args)
        and POSIX_ALONE not in path.parents
    ]
    assert not missing
