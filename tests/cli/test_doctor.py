"""``curate doctor``: a fresh workspace is sound, and every hint about a broken one mends it.

The hints about a Doccano server are tested with one, in tests/doccano.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pytest
from support import history_corpus
from support.cli import run_command
from support.pipeline_packages import save_pipeline
from support.postgresql import on_sqlite

from curate import doctor
from curate.model import Document, Revision
from curate.store import Store
from curate.util.jsonl import document_id
from curate.workspace import Workspace


@pytest.fixture(autouse=True)
def no_server(monkeypatch):
    for name in ("URL", "USERNAME", "PASSWORD"):
        monkeypatch.delenv(f"CURATE_DOCCANO_{name}", raising=False)


@pytest.fixture
def root(cli, tmp_path) -> Path:
    """A workspace in which everything that is loaded has a file of its own."""
    root = tmp_path / "corpus"
    save_pipeline(root / "models" / "names", "en", "names", {"Leeds": "LOC"}, "1.0.0")
    assert (
        cli("init", root, "--language", "en", "--model", root / "models" / "names").exit_code == 0
    )
    settings = root / "curate.toml"
    votes = 'votes = "schemas/votes-fr.yaml"\n[doccano]'
    replace(settings, "[doccano]", votes)
    shutil.copy(Path(__file__).parents[2] / "schemas" / "votes-fr.yaml", root / "schemas")
    return root


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert text.count(old) >= 1, old
    path.write_text(text.replace(old, new), encoding="utf-8")


def wrong(root: Path) -> dict[str, dict[str, Any]]:
    """What is wrong, by subject."""
    rows = run_command("doctor", "--json", root=root).json
    return {row["what"]: row for row in rows if not row["ok"]}


def follow(hint: str, root: Path) -> None:
    """Run the commands of curate that a hint names, in order."""
    commands = re.findall("`curate ([^`]+)`", hint)
    assert commands, hint
    for command in commands:
        words = shlex.split(command)
        at = {} if words[0] == "init" else {"root": root}
        done = run_command(*words, *([] if at else [root]), **at)
        assert done.exit_code == 0, done.output


@pytest.mark.parametrize("language", ["fr", "en", "de"])
def test_a_fresh_workspace_is_sound(cli, tmp_path, language):
    cli("init", tmp_path, "--language", language, "--model", "none")
    result = cli("doctor", root=tmp_path)
    assert result.exit_code == 0, result.output
    assert not wrong(tmp_path)
    assert "curate server start" in result.stdout


def test_everything_a_preannotation_loads_is_loaded(root):
    findings = {each.subject: each for each in doctor.examine(root)}
    assert all(each.ok for each in findings.values()), findings
    for subject in ("models/names", "rules schemas/rules-en.yaml", "votes schemas/votes-fr.yaml"):
        assert any(subject in name for name in findings), subject


def test_each_finding_is_a_line_for_people(cli, root):
    result = cli("doctor", root=root)
    assert result.exit_code == 0
    subjects = [item["what"] for item in cli("doctor", "--json", root=root).json]
    lines = result.stdout.splitlines()
    assert len(lines) == len(subjects)
    for line, subject in zip(lines, subjects, strict=True):
        assert f" {subject}: " in line


@pytest.mark.slow
def test_without_a_workspace_the_packages_are_still_checked_and_the_hint_makes_one(cli, tmp_path):
    result = cli("doctor", "--json", root=tmp_path)
    assert result.exit_code == 1
    findings = {item["what"]: item for item in result.json}
    assert findings["sqlalchemy"]["ok"]
    assert not findings["workspace"]["ok"]
    follow(findings["workspace"]["cure"], tmp_path)
    assert "workspace" not in wrong(tmp_path)


@pytest.mark.slow
def test_the_hint_for_a_missing_package_is_what_pip_takes(root, monkeypatch):
    def without_pandas(name: str) -> str:
        if name == "pandas":
            raise PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(doctor, "version", without_pandas)
    (command,) = re.findall("`(pip[^`]+)`", wrong(root)["pandas"]["cure"])
    subprocess.run([sys.executable, "-m", *shlex.split(command), "--no-index"], check=True)


# -- files: what breaks them, and what the hint says in words, done --------------------------------


def break_and_mend(
    root: Path, subject: str, broken: Callable[[], None], mended: Callable[[str], None]
) -> str:
    """Break something, find it under its subject, do what the hint says; returns the hint."""
    broken()
    findings = wrong(root)
    assert subject in findings, findings
    hint = findings[subject]["cure"]
    assert hint
    mended(hint)
    assert not wrong(root)
    return hint


def test_a_schema_that_is_missing_is_to_be_named_in_the_settings(root):
    path, other = root / "schemas" / "news-en.yaml", root / "schemas" / "other.yaml"
    hint = break_and_mend(
        root,
        "schema",
        lambda: path.rename(other),
        lambda hint: replace(root / "curate.toml", "news-en.yaml", "other.yaml"),
    )
    assert "[corpus] schema" in hint


def test_a_rule_whose_label_is_unknown_is_to_be_mapped(root):
    def rename_the_label() -> None:
        replace(root / "schemas" / "news-en.yaml", "- name: ROLE", "- name: OFFICE")

    def map_it(hint: str) -> None:
        assert "models: rules-en:" in hint
        labels = ("PER", "ORG", "LOC", "EVENT", "DATE", "NORP")
        mapping = ", ".join([*(f"{label}: {label}" for label in labels), "ROLE: OFFICE"])
        replace(
            root / "schemas" / "news-en.yaml", "models:\n", f"models:\n  rules-en: {{{mapping}}}\n"
        )

    break_and_mend(root, "rules schemas/rules-en.yaml", rename_the_label, map_it)


@pytest.mark.parametrize("name", ["rules schemas/rules-en.yaml", "votes schemas/votes-fr.yaml"])
def test_rules_and_votes_that_are_missing_are_to_be_named_in_the_settings(root, name):
    file = name.split()[1]
    path, other = root / file, root / "schemas" / "mine.yaml"
    break_and_mend(
        root,
        name,
        lambda: path.rename(other),
        lambda hint: replace(root / "curate.toml", file, "schemas/mine.yaml"),
    )


def test_a_model_that_is_missing_is_to_be_named_by_its_folder(root):
    folder, other = root / "models" / "names", root / "models" / "other"
    hint = break_and_mend(
        root,
        "model models/names",
        lambda: folder.rename(other),
        lambda hint: replace(root / "curate.toml", "models/names", "models/other"),
    )
    assert "folder" in hint


def test_labels_of_a_model_that_the_schema_does_not_know_are_to_be_mapped(root):
    def break_it() -> None:
        shutil.rmtree(root / "models")
        save_pipeline(root / "models" / "names", "en", "names", {"Leeds": "CITY"}, "1.0.0")

    def mend(hint: str) -> None:
        assert "models: en_names:" in hint
        replace(
            root / "schemas" / "news-en.yaml", "models:\n", "models:\n  en_names: {CITY: LOC}\n"
        )

    replace(root / "schemas" / "news-en.yaml", '  "en_names": {"LOC": "LOC"}\n', "")
    break_and_mend(root, "model models/names", break_it, mend)


def test_a_folder_that_cannot_be_written_to_is_named(root):
    annotations = root / "annotations"

    def break_it() -> None:
        annotations.rmdir()
        annotations.write_text("", encoding="utf-8")

    def mend(hint: str) -> None:
        assert str(annotations) in hint
        annotations.unlink()
        annotations.mkdir()

    broken = {"folder": mend}
    break_and_mend(root, "folder", break_it, broken["folder"])


# -- the store -------------------------------------------------------------------------------------


def annotated(root: Path, schema: str) -> None:
    """Gold of one document, annotated under a version of the schema."""
    key = document_id("The Kurds.")
    workspace = Workspace(root)
    with workspace.writing("test"), workspace.store.begin() as tx:
        tx.add_document(Document(id=key, text="The Kurds.", lang="en"))
        at = "2026-01-01T00:00:00Z"
        tx.add_revision(
            Revision(document=key, number=1, author="curator:a", at=at, reason="", schema=schema)
        )
    workspace.store.close()


@on_sqlite
def test_a_damaged_database_is_moved_away_and_read_again(root):
    annotated(root, "news-en@1.0.0")
    database = root / ".curate" / "corpus.db"

    def move_it(hint: str) -> None:
        assert f"move {database} away" in hint
        database.rename(root / "damaged.db")
        follow(hint, root)

    broken = lambda: database.write_bytes(b"no database" * 1000)  # noqa: E731
    break_and_mend(root, "store", broken, move_it)
    assert run_command("status", "--json", root=root).json["gold"] == 1


@on_sqlite
def test_a_database_of_another_version_is_moved_away_and_read_again(root, monkeypatch):
    from curate.store import tables

    annotated(root, "news-en@1.0.0")
    database = root / ".curate" / "corpus.db"

    def break_it() -> None:
        with monkeypatch.context() as context:
            context.setattr(tables, "FORMAT", tables.FORMAT + 1)
            database.unlink()
            Store(f"sqlite:///{database}").close()

    def move_it(hint: str) -> None:
        database.rename(root / "newer.db")
        follow(hint, root)

    break_and_mend(root, "store", break_it, move_it)


def test_a_store_that_diverged_is_merged(cli, tmp_path):
    """As after a merge in git that nobody reconciled."""
    root = tmp_path / "c"
    history_corpus.relabelled(root)
    file = next((root / "annotations" / "gold").glob("*.jsonl"))
    replace(file, '"label":"', '"label":"X')
    finding = wrong(root).get("store")
    if finding is None:  # an edit that is only newer is taken up at once
        pytest.fail("the store took up what contradicts it")
    follow(finding["cure"], root)
    assert "store" not in wrong(root)


def test_a_pending_migration_is_carried_out(root):
    annotated(root, "news-en@1.0.0")
    schema = root / "schemas" / "news-en.yaml"

    def raise_the_version() -> None:
        replace(schema, "version: 1.0.0", "version: 1.1.0")
        replace(schema, "\nmodels:\n", f"\n  - name: WORK\n{WORK}\nmodels:\n")
        steps = "schema: news-en\nfrom: 1.0.0\nto: 1.1.0\nsteps:\n  - add: WORK\n"
        (root / "schemas" / "migrations").mkdir()
        (root / "schemas" / "migrations" / "1.1.0.yaml").write_text(steps, encoding="utf-8")

    break_and_mend(root, "migrations", raise_the_version, lambda hint: follow(hint, root))


WORK = '    title: Work\n    colour: "#112233"\n    description: A work.\n'


def test_a_promotion_that_is_damaged_is_taken_back(root):
    current = root / ".curate" / "models" / "current.json"

    def break_it() -> None:
        current.parent.mkdir()
        current.write_text("{", encoding="utf-8")

    break_and_mend(root, "trained model", break_it, lambda hint: follow(hint, root))


# -- the server ------------------------------------------------------------------------------------


def test_what_is_missing_of_an_account_is_named_one_by_one(root, monkeypatch):
    monkeypatch.setenv("CURATE_DOCCANO_URL", "http://127.0.0.1:9")
    for name in ("USERNAME", "PASSWORD"):
        finding = wrong(root)["credentials"]
        assert f"set CURATE_DOCCANO_{name}" in finding["cure"]
        monkeypatch.setenv(f"CURATE_DOCCANO_{name}", "x")
    findings = wrong(root)
    assert "credentials" not in findings
    assert "http://127.0.0.1:9" in findings["Doccano"]["told"]
    monkeypatch.delenv("CURATE_DOCCANO_URL")
    assert not wrong(root)
