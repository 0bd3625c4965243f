"""The files of an embedded server: private, whole, and readable after a crash."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from curate.doccano.embedded.home import (
    SETTINGS_FILE,
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
from curate.errors import ServerError


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_everything_in_a_home_is_its_owners_only(home: ServerHome) -> None:
    home.write_state(ServerState(port=1))
    home.record_account(home.draw_account())
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
    with pytest.raises(ServerError, match=r"server\.json"):
        home.read_state()


def test_an_account_is_kept_and_never_shown(home: ServerHome) -> None:
    assert home.account() is None
    account = home.record_account(home.draw_account())
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
    assert f"(process {os.getpid()})" in raised.value.message
    assert str(path) in raised.value.hint
    with hold_lock(path, "starting", timeout_seconds=0.3):
        pass


def test_too_little_space_is_given_in_megabytes(tmp_path: Path) -> None:
    check_space(tmp_path / "not" / "made", 1, "this")
    with pytest.raises(ServerError, match=r"1000000000000 MB"):
        check_space(tmp_path, 10**18, "this")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_said_to_be_full(tmp_path: Path) -> None:
    with pytest.raises(ServerError, match=str(tmp_path)):  # noqa: SIM117
        with disk_errors_explained(tmp_path), Path("/dev/full").open("w") as file:
            file.write("x")
            file.flush()


def test_the_settings_are_python() -> None:
    compile(SETTINGS_FILE.read_text("utf-8"), "settings", "exec")
