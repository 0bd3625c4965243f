"""doccano-client, installed by curate and imported beside the environment's own packages."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.absent import absent

from curate.doccano import client_copy
from curate.doccano.client_copy import (
    REQUIREMENTS,
    client_folder,
    client_version,
    install_client,
    private_folder,
)
from curate.errors import RemoteError
from curate.util.installers import find_uv, has_pip
from curate.workspace import Workspace

# What a fresh process sees of the client and of pydantic, after importing the private copy.
LOOK = """\
import json, sys
from curate.doccano import client_copy
client_copy.client_folder = lambda: None  # as on a machine without it
from curate.doccano import client
import pydantic
row = client.LabelType(id=1, text=" PER ", suffix_key="p", background_color="#ff0000")
class Model(pydantic.BaseModel):
    number: int = 0
print(json.dumps({
    "file": sys.modules["doccano_client"].__file__,
    "row": row.copy(update={"text": "LOC"}).dict(),
    "trimmed": row.text,
    "bases": [base.__module__ for base in client.LabelType.__mro__],
    "project": client.ProjectSettings(
        name="n", description="d", project_type="SequenceLabeling").dict(),
    "own": Model.__mro__[1].__module__,
    "same": sys.modules["pydantic"] is pydantic,
}))
"""


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel of the client, as one is carried to a machine without a network."""
    if not has_pip():
        absent("this environment has no pip to download the wheel with")
    folder = tmp_path_factory.mktemp("wheels")
    pin = f"doccano-client=={client_version()}"
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder)]
    subprocess.run([*pip, pin], check=True, stdout=subprocess.DEVNULL)
    return folder


@pytest.fixture
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No copy yet, and no index to get one from; returns where the copy is to be."""
    monkeypatch.setenv("CURATE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    return private_folder()


def test_a_wheel_in_a_folder_is_enough(
    offline: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RemoteError) as raised:
        install_client()
    assert "doccano-client==1.2.8" in raised.value.message
    assert "\n" not in str(raised.value)
    assert not offline.exists()
    assert "PIP_FIND_LINKS" in raised.value.hint
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    assert install_client() == offline
    assert (offline / "doccano_client" / "client.py").is_file()


def test_a_wheel_with_another_hash_is_refused(
    offline: Path, wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (wheel,) = wheels.iterdir()
    changed = tmp_path / "changed" / wheel.name
    changed.parent.mkdir()
    changed.write_bytes(wheel.read_bytes())
    with zipfile.ZipFile(changed, "a") as archive:
        archive.writestr("doccano_client/more.py", "")
    monkeypatch.setenv("PIP_FIND_LINKS", str(changed.parent))
    with pytest.raises(RemoteError, match=r"1\.2\.8"):
        install_client()
    assert not offline.exists()


def test_what_an_interrupted_installation_left_is_replaced(
    offline: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = offline.with_name(offline.name + ".part")
    (part / "doccano_client").mkdir(parents=True)
    (part / "doccano_client" / "client.py").write_text("half")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    install_client()
    assert not part.exists()
    assert "class DoccanoClient" in (offline / "doccano_client" / "client.py").read_text("utf-8")


def test_two_at_once_install_it_once(
    offline: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    runs: list[object] = []
    run = client_copy._run
    monkeypatch.setattr(client_copy, "_run", lambda command: (runs.append(command), run(command)))
    with ThreadPoolExecutor() as pool:
        assert {*pool.map(lambda _: install_client(), range(3))} == {offline}
    assert len(runs) == 1


def test_a_folder_that_cannot_be_made_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("CURATE_HOME", str(tmp_path / "file" / "home"))
    with pytest.raises(RemoteError, match="home") as raised:
        install_client()
    assert "CURATE_HOME" in raised.value.hint


def test_an_installer_that_never_ends_is_given_up(
    offline: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    endless = [sys.executable, "-c", "import time; time.sleep(60)"]
    monkeypatch.setattr(client_copy, "_installer", lambda: endless)
    monkeypatch.setattr(client_copy, "INSTALL_SECONDS", 0.2)
    with pytest.raises(RemoteError, match="0 s"):
        install_client()


def test_uv_installs_it_where_there_is_no_pip(
    offline: Path, wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_copy, "has_pip", lambda: False)
    if find_uv() is None:
        with pytest.raises(RemoteError, match="without pip or uv"):
            install_client()
        return
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    with pytest.raises(RemoteError) as raised:
        install_client()
    assert "UV_FIND_LINKS" in raised.value.hint
    monkeypatch.setenv("UV_FIND_LINKS", str(wheels))
    assert install_client() == offline
    assert (offline / "doccano_client" / "client.py").is_file()


def test_the_copy_has_pydantic_1_and_everything_else_has_what_is_installed(
    offline: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    run = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    seen = json.loads(run.stdout)
    assert seen["file"] == str(offline / "doccano_client" / "__init__.py")
    assert seen["trimmed"] == "PER"
    assert (seen["row"]["text"], seen["row"]["background_color"]) == ("LOC", "#ff0000")
    assert seen["project"]["resourcetype"] == "SequenceLabelingProject"
    assert (seen["own"], seen["same"]) == ("pydantic.main", True)
    assert "pydantic.v1.main" in seen["bases"]


def test_a_copy_of_the_pinned_version_in_the_environment_is_taken(
    tmp_path: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (wheel,) = wheels.iterdir()
    site = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(site)
    monkeypatch.setenv("CURATE_HOME", str(tmp_path / "home"))
    monkeypatch.syspath_prepend(site)
    assert client_folder() == site
    monkeypatch.setattr(client_copy, "client_version", lambda: "1.2.9")
    assert client_folder() is None


def test_the_pin_is_exact_and_has_its_hash() -> None:
    pins = [line for line in REQUIREMENTS.read_text("utf-8").splitlines() if line[:1] != "#"]
    assert len(pins) == 1
    assert pins[0].startswith("doccano-client==1.2.8 --hash=sha256:")


@pytest.mark.slow
def test_what_does_not_speak_with_doccano_needs_no_client(offline: Path, tmp_path: Path) -> None:
    corpus, root = Path(__file__).resolve().parents[2], tmp_path / "corpus"
    Workspace.init(root)
    code = f"""\
import sys
import curate
from curate.cli.commands import app
for words in (["ingest", {str(corpus / "seeds")!r}], ["validate"], ["status"]):
    app([*words, "-C", {str(root)!r}], standalone_mode=False)
assert len(curate.load({str(corpus)!r}).frame())
from curate.train import training
from curate.formats import export
assert not [name for name in sys.modules if name.startswith("doccano_client")]
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert not offline.parent.exists()
