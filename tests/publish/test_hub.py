"""Releases on a hub: a real ``huggingface_hub`` against a hub on loopback that keeps commits."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support import history_corpus as h
from support.cli import CommandResult
from support.http_server import Answer, Request
from support.hub import TOKEN, FakeHub, running_hub

from curate.errors import PublishError

ROOT = Path(__file__).resolve().parents[2]
ABOUT = ("--license", "CC-BY-4.0", "--citation", "The newsroom, 2026.")
NAME = "newsroom/news-fr"


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    with running_hub() as running:
        yield running


@pytest.fixture
def root(tmp_path: Path) -> Path:
    corpus = h.traced(tmp_path / "corpus")
    h.cut(corpus, "0.1.0", "First.")
    corpus.store.close()
    return corpus.root


@pytest.fixture
def to(cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., CommandResult]:
    """Publishes to a hub, with the token and the address in the environment."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "hf-token"))

    def publish(url: str, root: Path, *words: str, token: str = TOKEN) -> CommandResult:
        monkeypatch.setenv("HF_ENDPOINT", url)
        monkeypatch.setenv("HF_TOKEN", token)
        return cli("publish", f"hub:{NAME}", *ABOUT, *words, "--json", root=root)

    return publish


def test_a_release_is_one_commit_with_a_tag_and_is_not_sent_twice(hub, root, tmp_path, cli, to):
    done = to(hub.url, root).json
    held = hub.repositories[NAME]
    assert held.private
    assert [message for _, message, _ in held.commits] == ["initial commit", "Release 0.1.0"]
    assert held.tags == {"0.1.0": held.head}
    assert done["commit"].endswith(held.head)
    cli("publish", tmp_path / "out", *ABOUT, root=root)
    folder = h.tree(tmp_path / "out")
    folder["README.md"] = folder["README.md"].replace(b"path/to/this/folder", NAME.encode())
    assert {**folder, ".gitattributes": held.files[".gitattributes"]} == held.files
    assert {file["state"] for file in done["files"]} == {"new"}
    again = to(hub.url, root).json
    assert "commit" not in again
    assert {file["state"] for file in again["files"]} == {"unchanged"}
    assert (len(held.commits), len(hub.sent)) == (2, 2)


def test_the_next_release_replaces_what_changed_and_removes_what_is_gone(hub, root, to):
    assert to(hub.url, root, "--public").exit_code == 0
    held = hub.repositories[NAME]
    assert not held.private
    strange = {"data/documents/old/00000.parquet": b"PAR1", "notes.txt": b"by hand"}
    held.commit("by hand", {**held.files, **strange})
    corpus = h.Workspace(root, h.Clock("2026-04-01"))
    h.add(corpus, h.BERNE, h.revision(h.BERNE, 1, h.span(h.BERNE, "Berne", "LOC")))
    h.cut(corpus, "0.2.0", "Second.")
    corpus.store.close()
    states = {file["path"]: file["state"] for file in to(hub.url, root).json["files"]}
    assert states.pop("data/documents/old/00000.parquet") == "deleted"
    assert {*states.values()} == {"changed"}
    assert "notes.txt" in held.files and "data/documents/old/00000.parquet" not in held.files
    assert held.tags.keys() == {"0.1.0", "0.2.0"}
    assert isinstance(to(hub.url, root, "--release", "0.1.0").refusal, PublishError)


def test_an_upload_that_broke_off_is_finished_by_the_next_run(hub, root, to):
    hub.fault = lambda request: Answer(400) if request.method == "PUT" and hub.sent else None
    assert isinstance(to(hub.url, root).refusal, PublishError)
    held = hub.repositories[NAME]
    assert (len(held.commits), len(hub.sent)) == (1, 1)
    hub.fault = lambda request: None
    assert to(hub.url, root).exit_code == 0
    assert (len(held.commits), len(hub.sent)) == (2, 2)  # what was there was not sent again
    assert held.tags == {"0.1.0": held.head}


@pytest.mark.slow
def test_an_upload_that_was_killed_is_finished_by_the_next_run(hub, root, to):
    environment = {"HF_ENDPOINT": hub.url, "HF_TOKEN": TOKEN, "HF_HUB_DISABLE_XET": "1"}
    command = [sys.executable, "-m", "curate", "publish", f"hub:{NAME}", *ABOUT, "-C", str(root)]
    process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT), **environment})

    def kill(request: Request) -> Answer | None:
        if request.method == "PUT" and hub.sent:
            process.kill()
            return Answer(500)
        return None

    hub.fault = kill
    assert process.wait(timeout=300) == -signal.SIGKILL
    held = hub.repositories[NAME]
    assert (len(held.commits), len(hub.sent)) == (1, 1)
    hub.fault = lambda request: None
    assert to(hub.url, root).exit_code == 0
    assert (len(held.commits), len(hub.sent)) == (2, 2)


def test_a_tag_that_is_missing_is_set_by_the_next_run(hub, root, to):
    hub.fault = lambda request: Answer(400) if "/tag/" in request.path else None
    assert isinstance(to(hub.url, root).refusal, PublishError)
    hub.fault = lambda request: None
    assert to(hub.url, root).exit_code == 0
    held = hub.repositories[NAME]
    assert (held.tags, len(held.commits)) == ({"0.1.0": held.head}, 2)


@pytest.mark.parametrize(
    ("part", "status"),
    [
        ("/repos/create", 403),
        ("/tree/", 404),
        ("/preupload/", 400),
        ("/batch", 403),
        ("/commit/", 412),
    ],
)
def test_a_refusal_is_one_line_without_the_token(hub, root, to, part, status):
    hub.fault = lambda request: Answer(status, b"{}") if part in request.path else None
    refusal = to(hub.url, root).refusal
    assert isinstance(refusal, PublishError)
    assert TOKEN not in str(refusal) and "\n" not in str(refusal)
    if NAME in hub.repositories:
        assert len(hub.repositories[NAME].commits) == 1


def test_a_commit_of_somebody_else_meanwhile_is_not_overwritten(hub, root, to):
    def meanwhile(request: Request) -> Answer | None:
        if "/preupload/" in request.path:
            held = hub.repositories[NAME]
            held.commit("meanwhile", held.files)
        return None

    hub.fault = meanwhile
    assert isinstance(to(hub.url, root).refusal, PublishError)
    assert "README.md" not in hub.repositories[NAME].files


def test_the_token_comes_from_the_environment_alone(hub, root, tmp_path, to):
    (tmp_path / "hf-token").write_text(TOKEN, "utf-8")
    for token in ("", "hf_wrong"):
        refusal = to(hub.url, root, token=token).refusal
        assert isinstance(refusal, PublishError)
        assert "HF_TOKEN" in str(refusal) and "hf_wrong" not in str(refusal)
    assert hub.repositories == {}


def test_a_hub_that_is_not_there_is_an_error(root, to):
    assert isinstance(to("http://127.0.0.1:9", root).refusal, PublishError)


def test_a_dry_run_needs_neither_token_nor_hub(root, to):
    planned = to("http://127.0.0.1:9", root, "--dry-run", token="").json
    assert (planned["dry_run"], len(planned["files"])) == (True, 4)
