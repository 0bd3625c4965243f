"""The Python environment of the embedded server, without installing Doccano."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

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
    ServerHome,
)
from curate.errors import ServerError


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
    messages: list[str] = []
    with pytest.raises(ServerError) as raised:
        install_server(messages.append)
    assert not (half.folder / "left").exists()
    assert not half.is_complete()
    assert "Doccano 1.8.4" in messages[0]
    assert "No matching distribution" in raised.value.message  # pip's own words
    assert str(half.log) in raised.value.message


def test_an_environment_whose_python_has_gone_is_not_complete(tmp_path: Path) -> None:
    target = ServerEnvironment(tmp_path)
    (tmp_path / "bin").mkdir()
    (tmp_path / "curate-environment").touch()
    target.python.symlink_to(tmp_path / "gone")
    assert not target.is_complete()
    target.python.unlink()
    target.python.symlink_to(sys.executable)
    assert target.is_complete()


def test_without_the_python_of_the_pins_nothing_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CURATE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(environment_module, "PYTHON", (3, 99))
    complaining = tmp_path / "python3.99"  # as a version manager leaves it
    complaining.write_text("#!/bin/sh\nexit 127\n")
    complaining.chmod(0o755)
    with pytest.raises(ServerError, match=r"python3\.99"):
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
