"""The Python environment of the embedded server, without installing Doccano."""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sys
import time
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

from curate.doccano.embedded import environment, installation
from curate.doccano.embedded.environment import (
    CONSTRAINTS,
    VERSIONS,
    BasePython,
    ServerEnvironment,
    base_python,
    doccano_version,
    environment_name,
    server_environment,
    server_variables,
)
from curate.doccano.embedded.home import (
    HOME_VARIABLE,
    ServerHome,
)
from curate.doccano.embedded.installation import describe_step, install_server, run_logged
from curate.errors import ServerError
from curate.util.installers import find_uv


def test_the_name_changes_with_the_pins_and_with_the_python() -> None:
    name = environment_name(b"doccano==1", (3, 11))
    assert re.fullmatch(r"doccano-[0-9a-f]{12}-python3\.11", name)
    assert name == environment_name(b"doccano==1", (3, 11))
    other_pins, other_python = (
        environment_name(b"doccano==2", (3, 11)),
        environment_name(b"doccano==1", (3, 12)),
    )
    assert len({name, other_pins, other_python}) == 3


def test_a_database_belongs_to_the_pins_whatever_the_python() -> None:
    keys = [ServerEnvironment(Path(environment_name(b"", v)), v).key for v in VERSIONS]
    assert len(set(keys)) == 1
    assert keys[0] != server_environment().key


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
    monkeypatch.setattr(installation, "find_uv", lambda: None)
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


def small_wheel(folder: Path, name: str) -> None:
    """A wheel of one module."""
    info = f"{name}-1.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n"
    tags = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    texts = {f"{name}.py": "x = 1\n", f"{info}/METADATA": metadata, f"{info}/WHEEL": tags}
    hashes = {it: base64.urlsafe_b64encode(sha256(texts[it].encode()).digest()) for it in texts}
    rows = [f"{it},sha256={hashes[it].decode().rstrip('=')},{len(texts[it])}\n" for it in texts]
    record = "".join([*rows, f"{info}/RECORD,,\n"])
    with zipfile.ZipFile(folder / f"{name}-1-py3-none-any.whl", "w") as wheel:
        for file, text in {**texts, f"{info}/RECORD": record}.items():
            wheel.writestr(file, text)


@pytest.mark.slow
@pytest.mark.skipif(sys.version_info[:2] not in VERSIONS, reason="uv would have to get a Python")
@pytest.mark.parametrize("installer", ["pip", "uv"])
def test_an_interrupted_installation_goes_on_with_what_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, installer: str
) -> None:
    monkeypatch.setenv("CURATE_HOME", str(tmp_path / "home"))
    for tool in ("PIP", "UV"):
        monkeypatch.setenv(f"{tool}_NO_INDEX", "1")
        monkeypatch.setenv(f"{tool}_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    if installer == "pip":
        monkeypatch.setattr(installation, "find_uv", lambda: None)
    constraints = tmp_path / "constraints.txt"
    constraints.write_text("alpha==1\nbeta==1\ngamma==1\n")
    monkeypatch.setattr(installation, "CONSTRAINTS", constraints)
    small_wheel(tmp_path, "alpha")
    small_wheel(tmp_path, "beta")
    target, done = server_environment(), [0]

    def report(task: str, steps: int, total: int) -> None:
        done.append(steps)

    with pytest.raises(ServerError):  # there is no gamma yet
        install_server(lambda message: None, report)
    packages = target.backend.parent
    run = [target.python, "-m", "pip"] if installer == "pip" else [find_uv() or "", "pip"]
    into = [] if installer == "pip" else ["--python", target.python]
    subprocess.run([*run, "install", *into, "--no-deps", "alpha", "beta"], check=True)
    before = (packages / "beta.py").stat().st_ino
    (packages / "alpha.py").unlink()  # uv's cache may have the same file
    (packages / "alpha.py").write_text("x = ")  # as if the disk had got no further
    small_wheel(tmp_path, "gamma")
    with pytest.raises(ServerError):  # none of them is Doccano
        install_server(lambda message: None, report)
    assert all((packages / f"{name}.py").read_text() == "x = 1\n" for name in ("alpha", "gamma"))
    assert (packages / "beta.py").stat().st_ino == before
    assert max(done) >= 2


def test_an_environment_whose_python_has_gone_is_not_complete(tmp_path: Path) -> None:
    target = ServerEnvironment(tmp_path, (3, 12))
    (tmp_path / "bin").mkdir()
    (tmp_path / "curate-environment").touch()
    target.python.symlink_to(tmp_path / "gone")
    assert not target.is_complete()
    target.python.unlink()
    target.python.symlink_to(sys.executable)
    assert target.is_complete()


def fake_program(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def other_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """This is a Python that the pins were not tested on; returns the only folder of the PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("CURATE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(environment, "VERSIONS", ((3, 98), (3, 97)))
    monkeypatch.setattr(environment, "find_uv", lambda: None)
    return folder


def test_curates_own_python_is_taken() -> None:
    ours = (sys.version_info.major, sys.version_info.minor)
    if ours in VERSIONS:
        assert base_python() == BasePython(ours, sys.executable)
    assert server_environment().version in VERSIONS


def test_another_python_on_the_path_is_taken_if_it_runs(other_python: Path) -> None:
    fake_program(other_python, "python3.98", "exit 127")  # as a version manager leaves it
    works = fake_program(other_python, "python3.97", "exit 0")
    assert base_python() == BasePython((3, 97), str(works))


def test_uv_gets_one_where_there_is_none(
    other_python: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "find_uv", lambda: "uv")
    assert base_python() == BasePython((3, 98), "")


def test_without_a_python_of_the_pins_nothing_is_installed(
    tmp_path: Path, other_python: Path
) -> None:
    with pytest.raises(ServerError, match=r"3\.98, 3\.97") as raised:
        install_server(lambda message: None)
    assert "python3.98" in raised.value.hint
    assert not (tmp_path / "home").exists()


@pytest.mark.skipif(sys.version_info[:2] not in VERSIONS, reason="uv would have to get a Python")
def test_pip_is_tried_where_uv_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CURATE_HOME", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    uv = fake_program(tmp_path, "uv", "echo error: no such index; exit 2")
    monkeypatch.setattr(installation, "find_uv", lambda: str(uv))
    messages: list[str] = []
    with pytest.raises(ServerError, match="No matching distribution"):
        install_server(messages.append)
    assert any("no such index" in message for message in messages)


def test_a_step_that_stops_is_given_up_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installation, "QUIET_SECONDS", 0.5)
    monkeypatch.setattr(installation, "REPORT_SECONDS", 0.2)
    code = "import time; print('Collecting numpy==2.4.6', flush=True); time.sleep(60)"
    command = [sys.executable, "-c", code]
    messages: list[str] = []
    began = time.monotonic()
    with pytest.raises(ServerError, match=r"numpy==2\.4\.6") as raised:
        run_logged(command, tmp_path / "log", "", messages.append)
    assert time.monotonic() - began < 30
    assert str(tmp_path / "log") in raised.value.message
    assert len(messages) == 1  # the same step is told once
    assert messages[0].startswith("1 of ")


def test_a_step_is_described_by_its_last_line(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("Collecting old==1\n==== started by curate ====\n\nResolved 84 packages\n\n")
    assert describe_step(log) == "Resolved 84 packages"


def test_settings_of_the_shell_do_not_reach_the_server(
    home: ServerHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SECRET_KEY", "DATABASE_URL", "DEBUG", "CELERY_BROKER_URL", "http_proxy"):
        monkeypatch.setenv(name, "x")
    variables = server_variables(server_environment(), home)
    assert "x" not in variables.values()
    assert variables[HOME_VARIABLE] == str(home.root)
