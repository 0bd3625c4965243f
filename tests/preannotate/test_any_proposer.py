"""A corpus whose proposals come from programs: what is run, what is stored, what is resumed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.fake_model import naming, settings
from support.http_server import Request, serving
from support.proposing_program import command

from curate.doccano.credentials import PASSWORD, URL, USER
from curate.errors import ConfigError, ProposerError
from curate.model import Annotation
from curate.store.transaction import Transaction
from curate.workspace import Workspace

TITLE = "model:places@1.0"


@pytest.fixture
def root(cli: Callable, tmp_path: Path) -> Path:
    """A workspace with four articles, in which nothing proposes."""
    root = tmp_path / "corpus"
    assert cli("init", root, "--language", "sv", "--labels", "PER,LOC").exit_code == 0
    for number in range(4):
        article = root / "articles" / f"{number}.txt"
        article.parent.mkdir(exist_ok=True)
        article.write_text(f"Article {number} is about the streets of Paris.\n", encoding="utf-8")
    cli("ingest", root / "articles", root=root)
    return root


def set_program(root: Path, *words: str, **settings: object) -> None:
    """Name the program ``places`` in the settings, in place of an earlier one."""
    path = root / "curate.toml"
    text = path.read_text("utf-8").partition("\n[preannotate.programs")[0]
    rows = {"command": list(command(*(words or ("right",)))), "version": "1.0", **settings}
    lines = [f"{key} = {json.dumps(value)}" for key, value in rows.items()]
    text += "\n".join(["\n[preannotate.programs.places]", *lines, ""])
    path.write_text(text, encoding="utf-8")


def layers(root: Path) -> dict[str, dict[str, Annotation]]:
    """The layers of each document."""
    with Workspace(root).store.begin() as tx:
        return {
            key: {layer.layer: layer for layer in tx.annotations(key)} for key in tx.document_ids()
        }


def test_what_a_program_finds_is_proposed(cli, root):
    set_program(root, "right")
    result = cli("preannotate", "--json", root=root)
    assert result.json["spans"] == {TITLE: 4, "proposal": 4}
    for own in layers(root).values():
        (span,) = own["proposal"].spans
        assert (span.label, span.by) == ("LOC", TITLE)
    assert cli("preannotate", "--json", root=root).json.get("documents", 0) == 0


def test_a_new_version_is_run_and_languages_are_kept_apart(cli, root):
    set_program(root, "right")
    cli("preannotate", root=root)
    set_program(root, "right", version="1.1")
    assert cli("preannotate", "--json", root=root).json["spans"] == {
        "model:places@1.1": 4,
        "proposal": 4,
    }
    set_program(root, "right", version="1.2", languages=["fr"])
    assert cli("preannotate", "--json", root=root).json.get("documents", 0) == 0


def test_a_program_that_is_broken_stops_the_command_and_loses_nothing(cli, root, monkeypatch):
    for name, value in ((URL, "http://127.0.0.1:9"), (USER, "u"), (PASSWORD, "p")):
        monkeypatch.setenv(name, value)  # a server that is never asked
    set_program(root, "right")
    cli("preannotate", root=root)
    before = layers(root)
    for number in range(3):
        article = root / "articles" / f"bad-{number}.txt"
        article.write_text(f"Article {number} has a panne and is about Oslo.", encoding="utf-8")
    cli("ingest", root / "articles", root=root)
    set_program(root, "dies")
    for verb in ("preannotate", "sync"):
        refusal = cli(verb, root=root).refusal
        assert isinstance(refusal, ProposerError) and "no luck" in refusal.message
        assert TITLE in refusal.message and "[preannotate.programs.places]" in refusal.hint
    assert {key: own for key, own in layers(root).items() if key in before} == before
    set_program(root, "right")
    assert cli("preannotate", "--json", root=root).json["documents"] == 3
    assert all(TITLE in own for own in layers(root).values())


def test_one_document_that_fails_is_tried_again_at_the_next_run(cli, root):
    article = root / "articles" / "bad.txt"
    article.write_text("An article with a panne, in Oslo.", encoding="utf-8")
    cli("ingest", root / "articles", root=root)
    set_program(root, "dies")
    result = cli("preannotate", "--json", root=root)
    assert result.exit_code == 0
    assert [problem["code"] for problem in result.json["problems"]] == ["preannotate.failed"]
    assert sum(TITLE in own for own in layers(root).values()) == 4
    set_program(root, "right")
    assert cli("preannotate", "--json", root=root).json["spans"] == {TITLE: 1, "proposal": 1}


def test_doctor_looks_for_the_program_and_does_not_run_it(cli, root, tmp_path):
    log = tmp_path / "log"
    set_program(root, "log", str(log))
    rows = {row["what"]: row for row in cli("doctor", "--json", root=root).json}
    assert rows["program places"]["ok"] and TITLE in rows["program places"]["told"]
    assert not log.exists()
    set_program(root, command=["tools/absent"])
    rows = {row["what"]: row for row in cli("doctor", "--json", root=root).json}
    assert not rows["program places"]["ok"]
    assert isinstance(cli("preannotate", root=root).refusal, ConfigError)


def test_a_command_that_is_a_line_for_a_shell_is_refused(cli, root):
    set_program(root, command="python3 tools/places.py")
    refusal = cli("preannotate", root=root).refusal
    assert isinstance(refusal, ConfigError) and "command" in refusal.message


@pytest.fixture
def model(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Request]]:
    """The settings of a language model that knows Paris; returns the requests that it gets."""
    monkeypatch.delenv("MODEL_KEY", raising=False)
    with serving(naming({"Paris": "LOC"})) as (url, requests):
        rows = settings(url, key="MODEL_KEY")
        lines = [f"{key} = {json.dumps(value)}" for key, value in rows.items()]
        path = root / "curate.toml"
        text = "\n".join([path.read_text("utf-8"), "[preannotate.endpoints.llm]", *lines, ""])
        path.write_text(text, encoding="utf-8")
        yield requests


def test_a_dry_run_shows_what_would_be_asked_and_asks_nothing(cli, root, model, monkeypatch):
    plan = cli("preannotate", "--dry-run", "--json", root=root)
    assert plan.exit_code == 0
    (endpoint,) = plan.json["endpoints"]
    assert (endpoint["documents"], endpoint["requests"], endpoint.get("cached", 0)) == (4, 4, 0)
    prompt = next(iter(endpoint["prompts"].values()))
    assert all(label in prompt for label in ("PER", "LOC"))
    with Workspace(root).store.begin() as tx:
        texts = [document.text for document in tx.documents()]
    assert endpoint["tokens"] == sum(
        -(-len(part.encode()) // 4) for text in texts for part in (prompt, text)
    )
    assert model == [] and all(own == {} for own in layers(root).values())
    assert prompt.splitlines()[0] in cli("preannotate", "--dry-run", root=root).output
    monkeypatch.setenv("MODEL_KEY", "k")
    cli("preannotate", root=root)
    assert len(model) == 4
    (endpoint,) = cli("preannotate", "--dry-run", "--again", "--json", root=root).json["endpoints"]
    assert (endpoint["requests"], endpoint["cached"], endpoint.get("tokens", 0)) == (4, 4, 0)


def test_without_its_key_nothing_is_asked_and_doctor_says_so(cli, root, model, monkeypatch):
    assert "MODEL_KEY" in cli("preannotate", root=root).refusal.message
    rows = {row["what"]: row for row in cli("doctor", "--json", root=root).json}
    assert not rows["endpoint llm"]["ok"] and "MODEL_KEY" in rows["endpoint llm"]["cure"]
    monkeypatch.setenv("MODEL_KEY", "sk-secret-1")
    result = cli("doctor", "--json", root=root)
    rows = {row["what"]: row for row in result.json}
    assert rows["endpoint llm"]["ok"] and "sk-secret-1" not in result.output
    assert model == []


def test_an_interrupted_run_asks_only_what_is_missing(cli, root, model, monkeypatch):
    monkeypatch.setenv("MODEL_KEY", "k")
    put, count = Transaction.put_annotation, 0

    def stop_at_the_fourth(self, annotation):
        nonlocal count
        count += 1
        if count == 4:
            raise KeyboardInterrupt
        put(self, annotation)

    with monkeypatch.context() as context:
        context.setattr(Transaction, "put_annotation", stop_at_the_fourth)
        assert cli("preannotate", root=root).exit_code != 0
    asked = len(model)
    assert 1 <= asked < 4
    assert cli("preannotate", "--json", root=root).json["documents"] == 3
    assert len(model) == 4
    assert all(any("llm" in name for name in own) for own in layers(root).values())


def test_a_pool_says_that_programs_take_no_part(cli, root, tmp_path):
    (tmp_path / "pool.jsonl").write_text('{"text": "To Paris."}\n', encoding="utf-8")
    words = ("preannotate", "--input", tmp_path / "pool.jsonl", "--output", tmp_path / "out")
    assert "models and rules alone" not in cli(*words, "--workers", 1, root=root).stderr
    log = tmp_path / "log"
    set_program(root, "log", str(log))
    words = (*words[:-1], tmp_path / "again")
    assert "models and rules alone" in cli(*words, "--workers", 1, root=root).stderr
    assert not log.exists()
