"""Every command of curate with arguments that work, and a corpus to run them on."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from curate.cli import main
from curate.cli.commands import app
from curate.model import Annotation
from curate.workspace import Workspace
from support import history_corpus as h
from support.cli import CommandResult

STARTS_A_SERVER = "server start"

READING = tuple(
    """
    agreement anna.jsonl bela.jsonl
    blame ID
    conflicts
    convert anna.jsonl OUT/a.csv
    diff 0.1.0 gold
    evaluate anna.jsonl bela.jsonl
    export --to OUT
    ledger
    log
    log ID
    models
    publish OUT/p --release 0.1.0 --license MIT --citation x
    report -o OUT/report.html
    server status
    show
    show ID
    status
    tasks list
    validate
    verify
    verify 0.1.0
    agreement
    git-diff GOLD
    release --dry-run
    adjudicate anna.jsonl bela.jsonl --output OUT/gold.jsonl
    """.strip().split("\n    ")
)
"""They need nothing of the workspace but to be read; ``OUT`` is a folder outside of it."""

WRITING = tuple(
    """
    init .
    doctor
    migrate --dry-run
    split --dry-run
    dedup
    ingest anna.jsonl
    import-campaign anna.jsonl --person x=anna
    next
    preannotate --again
    preannotate --input anna.jsonl --output out
    resolve ID 1 --take ours
    set-language ID en
    withdraw ID -m x
    migrate
    adjudicate
    audit
    split
    release 0.2.0
    train 0.1.0 --blank --max-steps 1
    promote some-model
    promote --back
    restore 0.1.0
    reconcile
    reconcile --merge
    git-setup
    ci-init
    report
    server stop
    server reset-password
    tasks reassign anna --to bela
    export
    git-merge GOLD GOLD GOLD GOLD
    ingest-pool pool --sample 1
    models install de_core_news_sm
    sync
    push
    pull
    sync --dry-run
    clone http://127.0.0.1:9/projects/1 cloned
    """.strip().split("\n    ")
)
"""They write something, take the lock, or ask a server that is not there."""

EVERY = (*READING, *WRITING)

SLOW = (
    *("validate", "release", "report", "audit", "train", "adjudicate", "agreement", "evaluate"),
    *("preannotate", "publish", "promote", "doctor", "models install", "clone"),
)
"""Those whose libraries or work take a good part of a second."""


def leaves() -> Iterator[str]:
    """Every command, hidden ones too, as it is called."""
    for name, command in typer.main.get_command(app).commands.items():
        under = getattr(command, "commands", None)
        yield from (f"{name} {verb}" for verb in under or ())
        if not under or command.invoke_without_command:
            yield name


def make_corpus(root: Path) -> str:
    """A corpus with gold, revisions, a release and a layer, without models; returns an id in it."""
    h.relabelled(root)
    settings = root / "curate.toml"
    lines = settings.read_text("utf-8").splitlines()
    kept = ["models = []" if line.startswith("models") else line for line in lines]
    kept = [line for line in kept if not line.startswith("votes")]
    settings.write_text("\n".join(kept) + "\n", encoding="utf-8")
    for name in ("anna", "bela"):
        row = {"text": h.KIEV, "spans": [{"start": 0, "end": 4, "label": "LOC"}]}
        (root / f"{name}.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    (root / "pool").mkdir()
    (root / "pool" / "a.jsonl").write_bytes((root / "anna.jsonl").read_bytes())
    workspace = Workspace(root)
    key = h.document(h.ANNA).id
    with workspace.writing("test"), workspace.store.begin() as tx:
        for name in ("anna", "bela"):
            tx.put_annotation(Annotation(document=key, layer=f"annotator:{name}", spans=()))
    workspace.store.close()
    return key


def words_of(command: str, root: Path, key: str, out: Path) -> list[str]:
    """A command's words, with what stands for ids, files and folders replaced; as JSON."""
    gold = next(iter((root / "annotations" / "gold").glob("*.jsonl")), root / "none.jsonl")
    names = {"ID": key, "OUT": str(out), "GOLD": gold.relative_to(root).as_posix()}
    words = [names.get(word, word.replace("OUT/", f"{out}/")) for word in command.split()]
    return [*words, "--json"]


def run_main(words: list[str], folder: Path) -> CommandResult:
    """Run the whole program in a folder, as it runs at a shell, in this process."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    code = 0
    with pytest.MonkeyPatch.context() as context:
        context.chdir(folder)
        context.setattr(sys, "argv", ["curate", *words])
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                main()
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else int(bool(end.code))
    stdout, stderr = (_text(stream) for stream in (out, err))
    return CommandResult(code, stdout, stderr, stdout + stderr)


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.detach()
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode("utf-8")


def refusal(result: CommandResult) -> dict[str, Any]:
    """The error that a command printed with ``--json``; empty if it printed none."""
    lines = result.stdout.splitlines()
    value = json.loads(lines[-1]) if lines and lines[-1].startswith("{") else {}
    found = value.get("error") if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}
