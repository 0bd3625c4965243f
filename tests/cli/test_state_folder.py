"""``.curate/`` keeps itself out of version control, whatever command makes it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
import typer
from support.postgresql import on_sqlite

from curate.cli.commands import app
from curate.workspace import Workspace

OUTLIVES_THE_TEST = "server start"  # tests/doccano starts servers; what follows is the same call


def leaves() -> list[list[str]]:
    """Every command for people, as its words with one more for each argument it needs."""
    found = []
    for name, command in typer.main.get_command(app).commands.items():
        under = getattr(command, "commands", {"": command})
        for verb, leaf in under.items():
            if leaf.hidden:
                continue
            arguments = [p for p in leaf.params if p.param_type_name == "argument"]
            options = [p for p in leaf.params if p.param_type_name == "option" and p.required]
            words = [name, *filter(None, [verb])] + ["x" for p in arguments if p.required]
            found.append(words + [word for p in options for word in (p.opts[-1], "x")])
    return [words for words in found if " ".join(words) != OUTLIVES_THE_TEST]


def staged(root: Path) -> list[str]:
    """What ``git add -A`` takes from the folder."""
    for words in (["init", "-q"], ["add", "-A"]):
        subprocess.run(["git", *words], cwd=root, check=True)
    shown = subprocess.run(
        ["git", "ls-files"], cwd=root, check=True, capture_output=True, text=True
    )
    return shown.stdout.splitlines()


@pytest.fixture
def root(tmp_path, monkeypatch) -> Path:
    """A workspace beside a .gitignore that knows nothing of curate, as in a clone."""
    for name in ("URL", "USERNAME", "PASSWORD"):
        monkeypatch.delenv(f"CURATE_DOCCANO_{name}", raising=False)
    (tmp_path / ".gitignore").write_text("/build/\n", encoding="utf-8")
    Workspace.init(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_init_keeps_it_out_beside_a_gitignore_of_somebody_else(root):
    assert (root / ".curate").is_dir()
    assert ".curate" not in {Path(name).parts[0] for name in staged(root)}
    assert (root / ".gitignore").read_text("utf-8") == "/build/\n"


@pytest.mark.parametrize("words", leaves(), ids=" ".join)
def test_every_command_that_makes_it_keeps_it_out(cli, root, words):
    shutil.rmtree(root / ".curate")
    cli(*words)
    made = root / ".curate"
    assert not made.exists() or (made / ".gitignore").read_text("utf-8") == "*\n"


@on_sqlite
def test_most_commands_make_it(cli, root):
    shutil.rmtree(root / ".curate")
    cli("log")
    assert ".curate" not in {Path(name).parts[0] for name in staged(root)}
    assert (root / ".curate" / "corpus.db").is_file()


def test_the_server_makes_it_too(root, monkeypatch):
    from curate.doccano.embedded import server
    from curate.errors import ServerError

    shutil.rmtree(root / ".curate")

    def refuse(notify, progress):
        raise ServerError("cannot be installed")

    monkeypatch.setattr(server, "install_server", refuse)
    with pytest.raises(ServerError):
        server.start_server(Workspace(root), None, print)
    assert (root / ".curate" / "server").is_dir()
    assert ".curate" not in {Path(name).parts[0] for name in staged(root)}


def test_what_somebody_put_there_stays(cli, root):
    (root / ".curate" / ".gitignore").write_text("!models/\n*\n", encoding="utf-8")
    cli("log")
    assert (root / ".curate" / ".gitignore").read_text("utf-8") == "!models/\n*\n"
