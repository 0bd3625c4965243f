"""No command ends in a traceback, whatever the disk and the files of its workspace are like.

A refusal is one line with what to do, exit code 1, and JSON where that is asked for. What nothing
expected has the type ``UnexpectedError``, which no test here allows.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from support.absent import absent
from support.cli import CommandResult
from support.every_command import (
    EVERY,
    READING,
    SLOW,
    STARTS_A_SERVER,
    leaves,
    make_corpus,
    refusal,
    run_main,
    words_of,
)
from support.postgresql import on_sqlite

from curate.cli.boundary import explain
from curate.util import lock


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> tuple[Path, str]:
    """A corpus that no test changes, and the id of a document in it."""
    root = tmp_path_factory.mktemp("boundary") / "corpus"
    return root, make_corpus(root)


@pytest.fixture(autouse=True)
def no_server(monkeypatch):
    for name in ("URL", "USERNAME", "PASSWORD"):
        monkeypatch.delenv(f"CURATE_DOCCANO_{name}", raising=False)
    monkeypatch.setenv("PIP_NO_INDEX", "1")


def check(result: CommandResult, words: list[str]) -> None:
    """Whatever happened was expected, and said in one line."""
    found = refusal(result)
    assert result.exit_code in (0, 1), (words, result)
    assert found.get("type") != "UnexpectedError", (words, result.output)
    if found:
        assert result.exit_code == 1
        assert found["cure"], (words, found)
        (line,) = [it for it in result.stderr.splitlines() if it.startswith("curate: ")]
        assert found["message"] in line


def run_all(commands: Iterator[str] | tuple[str, ...], root: Path, key: str, out: Path) -> None:
    """Run commands one after the other in a workspace; none may end in what nothing expected."""
    for command in commands:
        words = words_of(command, root, key, out)
        check(run_main(words, root), words)


def test_every_command_is_tried():
    tried = {" ".join(command.split()[:2]) for command in EVERY} | {it.split()[0] for it in EVERY}
    assert {*leaves()} - tried == {STARTS_A_SERVER}


@pytest.mark.slow
@pytest.mark.parametrize("command", EVERY)
def test_every_command_runs_in_a_sound_workspace(made, tmp_path, command):
    """So that the other tests reach further than the reading of arguments."""
    root, key = shutil.copytree(made[0], tmp_path / "corpus"), made[1]
    words = words_of(command, root, key, tmp_path)
    check(run_main(words, root), words)


# -- the files of a workspace ----------------------------------------------------------------------

RANDOM = bytes(range(256)) * 8
DAMAGES: dict[str, Callable[[Path], object]] = {
    "a folder": lambda path: (path.unlink(), path.mkdir()),
    "nothing": lambda path: path.write_bytes(b""),
    "random bytes": lambda path: path.write_bytes(RANDOM),
}


def files_of(root: Path) -> list[str]:
    """Every file of a workspace that curate reads."""
    found = (path for path in root.rglob("*") if path.is_file())
    return sorted(path.relative_to(root).as_posix() for path in found)


@pytest.mark.slow
@pytest.mark.parametrize("damage", DAMAGES)
def test_any_file_of_a_workspace_may_be_damaged(made, tmp_path, damage):
    """Every damaged file meets what is used most, and some of the other commands in turn."""
    source, key = made
    often = ("init .", "ingest anna.jsonl", "log ID", "status", "verify", "export", "reconcile")
    others = [it for it in EVERY if it not in often]
    for number, name in enumerate(files_of(source)):
        turn = 5 * (len(DAMAGES) * number + [*DAMAGES].index(damage)) % len(others)
        for command in (*often, *(others * 2)[turn:][:5]):
            root = shutil.copytree(source, tmp_path / "corpus")
            DAMAGES[damage](root / name)
            words = words_of(command, root, key, tmp_path / "out")
            check(run_main(words, root), [name, *words])
            shutil.rmtree(root)


# -- disks -----------------------------------------------------------------------------------------


@pytest.fixture
def disk(tmp_path) -> Iterator[Callable[[str], Path]]:
    """Mounts a disk in memory; called again with other options, it changes them."""
    mounted: list[Path] = []

    def mount(options: str) -> Path:
        folder = tmp_path / "disk"
        folder.mkdir(exist_ok=True)
        if mounted:
            options = f"remount,{options}"
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True
        )
        if done.returncode:
            absent("this user may not mount a disk")
        mounted[:] = [folder]
        return folder

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture
def read_only(made, disk) -> tuple[Path, str]:
    """A workspace on a disk that is read-only."""
    root = shutil.copytree(made[0], disk("size=50m") / "corpus")
    disk("ro,size=50m")
    return root, made[1]


@on_sqlite
@pytest.mark.parametrize(
    "command",
    [pytest.param(it, marks=pytest.mark.slow if it.startswith(SLOW) else ()) for it in READING],
)
def test_what_only_reads_works_on_a_disk_that_is_read_only(made, read_only, tmp_path, command):
    root, key = read_only
    result = run_main(words_of(command, root, key, tmp_path), root)
    writable = shutil.copytree(made[0], tmp_path / "corpus")
    expected = run_main(words_of(command, writable, key, tmp_path / "2"), writable)
    assert result.exit_code == expected.exit_code, result
    assert not refusal(result)


@on_sqlite
def test_a_clone_without_a_store_is_read_on_a_disk_that_is_read_only(made, disk, tmp_path):
    root = disk("size=50m") / "clone"
    shutil.copytree(made[0], root, ignore=shutil.ignore_patterns(".curate"))
    disk("ro,size=50m")
    words = words_of("log ID", root, made[1], tmp_path)
    assert run_main(words, root).stdout == run_main(words, made[0]).stdout


@pytest.mark.slow
def test_what_writes_is_refused_on_a_disk_that_is_read_only(read_only, tmp_path):
    root, key = read_only
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    run_all((*EVERY, STARTS_A_SERVER), root, key, tmp_path)
    for command in ("ingest anna.jsonl", "withdraw ID -m x", "release 0.2.0"):
        result = run_main(words_of(command, root, key, tmp_path), root)
        assert refusal(result)["type"] == "SystemFailure", result
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.slow
def test_every_command_meets_a_full_disk(made, disk, tmp_path):
    """And leaves the corpus as it was, so that it is whole when there is space again."""
    folder = disk("size=5m")
    root, key = shutil.copytree(made[0], folder / "corpus"), made[1]
    with (folder / "filler").open("wb", buffering=0) as filler, suppress(OSError):
        while True:
            filler.write(bytes(4096))
    run_all((*EVERY, STARTS_A_SERVER), root, key, folder / "out")
    (folder / "filler").unlink()
    assert run_main(["verify", "--json"], root).exit_code == 0
    assert not [*root.rglob("*.part")]


# -- the store -------------------------------------------------------------------------------------

STORES: dict[str, Callable[[Path], object]] = {
    "a folder": lambda path: (path.unlink(), path.mkdir()),
    "empty": lambda path: path.write_bytes(b""),
    "garbage": lambda path: path.write_bytes(RANDOM),
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:5000]),
    "newer": lambda path: raise_format(path),
}


def raise_format(path: Path) -> None:
    """As a later version of curate would have left it."""
    import sqlite3

    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE info SET value = '999' WHERE key = 'format'")


@on_sqlite
@pytest.mark.slow
@pytest.mark.parametrize("damage", STORES)
def test_every_command_meets_a_damaged_store(made, tmp_path, damage):
    root, key = shutil.copytree(made[0], tmp_path / "corpus"), made[1]
    STORES[damage](root / ".curate" / "corpus.db")
    run_all(EVERY, root, key, tmp_path / "out")


@on_sqlite
@pytest.mark.parametrize("damage", STORES)
def test_the_hint_about_a_damaged_store_mends_it(made, tmp_path, damage):
    root = shutil.copytree(made[0], tmp_path / "corpus")
    database = root / ".curate" / "corpus.db"
    STORES[damage](database)
    found = refusal(run_main(["log", "--json"], root))
    if damage == "empty":  # SQLite takes it for a new one, which is filled from annotations/
        assert not found
        return
    assert found["type"] == "StoreError"
    assert "curate init" in found["cure"]
    database.rename(tmp_path / "damaged")
    assert run_main(["init", "--json"], root).exit_code == 0
    assert run_main(["log", "--json"], root).stdout == run_main(["log", "--json"], made[0]).stdout


# -- the rest of what can end a command ------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/a"), "SystemFailure"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "SystemFailure"),
        (PermissionError(errno.EACCES, "Permission denied", b"/a\xff"), "SystemFailure"),
        (OSError(errno.ENAMETOOLONG, "File name too long", "a" * 300), "SystemFailure"),
        (OSError("no number"), "SystemFailure"),
        (RecursionError(), "SystemFailure"),
        (MemoryError(), "SystemFailure"),
        (UnicodeEncodeError("utf-8", "\udcff", 0, 1, "surrogates not allowed"), "SystemFailure"),
        (ModuleNotFoundError("No module named 'x'", name="x"), "SystemFailure"),
        (KeyboardInterrupt(), "Interrupted"),
        (ZeroDivisionError("division by zero"), "UnexpectedError"),
    ],
)
def test_whatever_ends_a_command_has_a_line_and_a_hint(error, kind):
    found = explain(error, ["sync"])
    assert type(found).__name__ == kind
    assert found.message and found.hint
    assert "\n" not in str(found)
    str(found).encode("utf-8")


def run_program(*words: object, **options: object) -> subprocess.CompletedProcess[str]:
    """The program in a process of its own."""
    command = [sys.executable, "-m", "curate", *map(str, words)]
    return subprocess.run(command, stderr=subprocess.PIPE, text=True, **options)


@pytest.mark.parametrize("words", [["show"], ["show", "--json"], ["--help"]])
def test_an_output_that_is_full_is_said(made, words):
    with Path("/dev/full").open("wb") as full:
        done = run_program(*words, cwd=made[0], stdout=full)
    assert done.returncode == 1
    assert done.stderr.startswith("curate: ")
    assert done.stderr.count("\n") == 1


def test_a_reader_that_goes_away_is_no_error(made):
    reader, writer = os.pipe()
    os.close(reader)
    done = run_program("show", "--json", cwd=made[0], stdout=writer)
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, "")


def test_what_an_encoding_lacks_is_printed_as_an_escape_and_json_is_always_utf_8(made):
    latin = {**os.environ, "PYTHONIOENCODING": "ascii"}
    out = subprocess.PIPE
    done = run_program(
        "export", "--to", "é", "-C", made[0], cwd=made[0].parent, stdout=out, env=latin
    )
    assert done.returncode == 0, done.stderr
    assert "\\xe9" in done.stdout
    words = ("show", "--json", "-C", made[0])
    assert (
        run_program(*words, stdout=out, env=latin).stdout == run_program(*words, stdout=out).stdout
    )


def interrupted(running: subprocess.Popen[str]) -> tuple[str, str]:
    """What a process prints that gets Ctrl-C; Python loses one that comes in a finaliser."""
    while True:
        running.send_signal(signal.SIGINT)
        try:
            return running.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            continue


def test_a_stop_is_a_line_and_the_code_of_a_stop(made):
    """Ctrl-C while another command holds the lock, so that it waits for sure."""
    with lock.hold(made[0] / ".curate" / "lock", "a test"):
        command = [sys.executable, "-m", "curate", "sync", "--json", "-C", made[0]]
        environment = {**os.environ, "CURATE_DOCCANO_URL": "http://127.0.0.1:9"}
        environment |= {"CURATE_DOCCANO_USERNAME": "x", "CURATE_DOCCANO_PASSWORD": "x"}
        running = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        )
        assert running.stderr
        assert "a test" in running.stderr.readline()
        out, err = interrupted(running)
    assert running.returncode == 130
    assert json.loads(out)["error"]["type"] == "Interrupted"
    assert "`curate sync`" in err.splitlines()[-1]
    assert "Traceback" not in err
