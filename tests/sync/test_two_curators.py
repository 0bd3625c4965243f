"""Two curators with a folder each, one store in PostgreSQL and one Doccano project.

Nothing is lost or duplicated. Each command is a process of its own, as on two machines.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from support.sync_corpus import propose
from support.workspaces import save

from curate.errors import StoreError
from curate.model import Document, Revision, Span
from curate.store import Store
from curate.store.address import VARIABLE
from curate.sync.conflicts import resolve
from curate.util import jsonl
from curate.workspace import Workspace

pytestmark = pytest.mark.server

TEXT = "Marco Rubio a vu l’Ukraine et Kiev le 2 juin"
MANY = 24
SPANS = ((0, 11, "PER"), (19, 26, "ORG"))


class Curator:
    """One of the two: a clone, and a name."""

    def __init__(self, name: str, workspace: Workspace) -> None:
        self.name = name
        self.workspace = workspace

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Start a command and do not wait for it."""
        return subprocess.Popen(
            [sys.executable, "-m", "curate", *command, "--json", "-C", str(self.workspace.root)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "CURATE_CURATOR": self.name},
        )

    def run(self, *command: str) -> Any:
        """Carry out a command."""
        return finish(self.start(*command))


def tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def finish(process: subprocess.Popen[str]) -> Any:
    output, errors = process.communicate(timeout=180)
    assert process.returncode == 0, errors
    return json.loads(output)


@pytest.fixture
def store(cluster, monkeypatch) -> Store:
    url = cluster.url(schema=f"two_{secrets.token_hex(6)}")
    monkeypatch.setenv(VARIABLE, url)
    return Store(url)


@pytest.fixture
def curators(store, new_workspace, tmp_path) -> tuple[Curator, Curator]:
    """Both, with documents that nobody has pushed yet."""
    mine = new_workspace()
    for number in range(MANY):
        propose(mine, f"{TEXT}, dépêche {number}.", *SPANS)
    shutil.copytree(mine.root, tmp_path / "clone", ignore=shutil.ignore_patterns(".curate"))
    return Curator("ada", mine), Curator("ben", Workspace(tmp_path / "clone"))


def both(curators: tuple[Curator, Curator], *command: str) -> list[Any]:
    """The same command by both at once."""
    running = [curator.start(*command) for curator in curators]
    return [finish(process) for process in running]


def total(done: list[Any], name: str) -> int:
    return sum(each["outcome"].get(name, 0) for each in done)


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def stop_between_writes(process: subprocess.Popen[str], store_url: str) -> None:
    """Stop a process while it has no writing transaction open, for which another would not wait."""

    def stopped() -> bool:
        process.send_signal(signal.SIGSTOP)
        time.sleep(0.2)  # for what it has sent to reach the database
        try:
            Store(f"{store_url}&options=-c%20lock_timeout%3D500").close()  # writes when it opens
        except StoreError:
            process.send_signal(signal.SIGCONT)
            return False
        return True

    wait_for(stopped)


def check(store: Store, curators: tuple[Curator, Curator], admin: Any, anna: Any) -> None:
    """What must hold at the end of each of these stories."""
    names = Counter(row["name"] for row in admin.pages("projects"))
    assert names[curators[0].workspace.config.project] == 1
    examples = anna.examples()
    assert len(examples) == len({example["text"] for example in examples}) == MANY
    with store.read() as tx:
        (remote,) = tx.remotes()
        tracked = [tx.tracked(remote.marker, key) for key in tx.document_ids()]
        chains = [[r.number for r in tx.revisions(each.document)] for each in tracked]
        held = {head.document: {s.key for s in head.spans} for _, head in tx.heads()}
        assert tx.conflicts() == {}
    by_number = {each.example: each.document for each in tracked}
    assert sorted(by_number) == sorted(example["id"] for example in examples)
    for example in examples:
        there = [
            (s["start_offset"], s["end_offset"], s["label"]) for s in anna.spans(example["id"])
        ]
        assert len(there) == len(set(there))
        if (gold := held.get(by_number[example["id"]])) is not None:
            names_of = {value: key for key, value in anna.label_ids.items()}
            assert {(a, b, names_of[label]) for a, b, label in there} == gold
    assert all(found == list(range(len(found), 0, -1)) for found in chains)
    for curator in curators:
        assert curator.run("sync")["outcome"].get("revisions", 0) == 0
        assert curator.run("verify").get("problems", []) == []
    trees = [tree(curator.workspace.annotations) for curator in curators]
    assert trees[0] == trees[1]
    assert store.holder() == ""


def test_both_sync_at_once_from_the_first_push_on(store, curators, at_work, admin):
    assert total(both(curators, "sync"), "pushed") == MANY
    anna, bela = at_work(curators[0].workspace), at_work(curators[0].workspace, "bela")
    for place, example in enumerate(anna.examples()):
        person = anna if place % 2 else bela
        first = next(s for s in person.spans(example["id"]) if s["start_offset"] == 19)
        person.change(example["id"], first["id"], label="LOC")
        person.confirm(example["id"])
    done = both(curators, "sync")
    assert (total(done, "pulled"), total(done, "revisions")) == (MANY, MANY)
    check(store, curators, admin, anna)
    with store.read() as tx:
        heads = [head for _, head in tx.heads()]
    assert {head.number for head in heads} == {1}
    assert all((19, 26, "LOC") in {span.key for span in head.spans} for head in heads)
    assert Counter(head.confirmed_by for head in heads) == {"anna": MANY // 2, "bela": MANY // 2}


def test_one_changes_the_gold_while_the_other_one_syncs(store, curators, at_work, admin):
    ada, ben = curators
    ada.run("sync")
    anna = at_work(ada.workspace)
    for example in anna.examples():
        anna.confirm(example["id"])
    ben.run("sync")
    ada.run("sync")
    with store.read() as tx:
        keys = tx.document_ids()
    with store.begin() as tx:  # somebody corrected all of it before, and it is to be undone
        for key in keys:
            head = tx.head(key)
            tx.add_revision(msgspec.structs.replace(head, number=2, spans=head.spans[:1]))
    ben.run("sync")
    for example in anna.examples()[: MANY // 2]:
        anna.add(example["id"], 30, 34, "LOC")
    syncing = ben.start("sync")
    restored = [ada.run("restore", f"{key}@1") for key in keys[:4]]
    finish(syncing)
    both(curators, "sync")
    assert [len(each["revisions"]) for each in restored] == [1] * 4
    check(store, curators, admin, anna)
    with store.read() as tx:
        heads = {head.document: {span.key for span in head.spans} for _, head in tx.heads()}
        ever = {r.document for r in tx.history() if (30, 34, "LOC") in {s.key for s in r.spans}}
        authors = {r.author for key in keys[:4] for r in tx.revisions(key)}
    assert len(ever) == MANY // 2
    # A restored document that Ben's sync had taken before is as it was once, without Anna's span.
    assert {key for key, spans in heads.items() if (30, 34, "LOC") in spans} >= ever - {*keys[:4]}
    assert all(set(SPANS) <= heads[key] for key in keys[:4])
    assert "curator:ada" in authors


def test_both_settle_what_is_in_conflict(store, curators, at_work, admin):
    ada, ben = curators
    ada.run("sync")
    anna = at_work(ada.workspace)
    for example in anna.examples():
        anna.confirm(example["id"])
    ada.run("sync")
    with store.begin() as tx:
        keys = tx.document_ids()
        for key in keys:
            head = tx.head(key)
            spans = tuple(
                msgspec.structs.replace(s, label="LOC" if s.start else s.label) for s in head.spans
            )
            tx.add_revision(msgspec.structs.replace(head, number=2, spans=spans))
    for example in anna.examples():
        first = next(s for s in anna.spans(example["id"]) if s["start_offset"] == 19)
        anna.change(example["id"], first["id"], label="EVENT")
    assert total(both(curators, "sync"), "conflicts") >= MANY
    running = [ada.start("resolve", key, "--take", "theirs") for key in keys[:3]]
    running += [ben.start("resolve", key, "--take", "ours") for key in keys[3:6]]
    for process in running:
        finish(process)
    for key in keys[6:]:
        resolve(ada.workspace, key, None, "theirs")
    both(curators, "sync")
    check(store, curators, admin, anna)
    with store.read() as tx:
        found = {head.document: {span.key for span in head.spans} for _, head in tx.heads()}
        authors = Counter(r.author for key in keys for r in tx.revisions(key)[:1])
    assert all((19, 26, "EVENT") in found[key] for key in keys[:3] + keys[6:])
    assert all((19, 26, "LOC") in found[key] for key in keys[3:6])
    assert authors["curator:ada"] == 3


def test_one_is_killed_in_the_middle_and_the_other_one_goes_on(store, curators, at_work, admin):
    ada, ben = curators
    first = ada.start("sync")

    def pushing() -> bool:
        with store.read() as tx:
            return any(step.step == "push" and not step.finished for step in tx.steps())

    wait_for(pushing)
    stop_between_writes(first, store.url)
    second = ben.start("sync")
    assert second.stderr is not None
    try:
        assert "sync" in second.stderr.readline()  # it says for whom it waits
    finally:
        first.send_signal(signal.SIGKILL)
    first.communicate()
    finish(second)
    anna = at_work(ada.workspace)
    assert len(anna.examples()) == MANY
    for example in anna.examples():
        anna.confirm(example["id"])
    assert total(both(curators, "sync"), "revisions") == MANY
    check(store, curators, admin, anna)


def test_both_take_in_the_same_articles_and_propose_for_them(store, curators, tmp_path):
    folder = tmp_path / "wire"
    folder.mkdir()
    for number in range(20):
        (folder / f"{number}.txt").write_text(f"Dépêche {number} de Kiev.", encoding="utf-8")
    running = [curator.start("ingest", str(folder)) for curator in curators]
    done = [finish(process) for process in running]
    assert sum(len(each.get("added", [])) for each in done) == 20
    with store.read() as tx:
        assert len(tx.document_ids()) == MANY + 20


def test_a_release_that_both_cut_is_cut_once(store, curators, at_work):
    ada, ben = curators
    ada.run("sync")
    anna = at_work(ada.workspace)
    for example in anna.examples():
        anna.confirm(example["id"])
    ben.run("sync")
    ada.run("sync")
    running = [curator.start("release", "0.1.0") for curator in curators]
    codes = sorted((process.communicate(timeout=180), process.returncode)[1] for process in running)
    assert codes == [0, 1]
    both(curators, "sync")
    for curator in curators:
        assert curator.run("verify", "0.1.0").get("problems", []) == []
    kept = [(c.workspace.annotations / "releases" / "0.1.0.json").read_bytes() for c in curators]
    assert kept[0] == kept[1]


def test_what_one_folder_saw_of_its_files_says_nothing_of_the_other_one(store, curators):
    ada, ben = curators
    text = "Berne et Vienne."
    made = Document(id=jsonl.document_id(text), text=text, lang="fr")
    first = Revision(
        document=made.id,
        number=1,
        author="annotator:anna",
        at="2026-01-01T00:00:00Z",
        reason="",
        schema=ada.workspace.schema.id,
    )
    with store.begin() as tx:
        tx.add_document(made)
        tx.add_revision(first)
    for curator in curators:
        save(curator.workspace)
    line = ben.workspace.annotations / "gold" / f"{made.id[:2]}.jsonl"
    (ben.workspace.annotations / "history").mkdir()
    shutil.copy(line, ben.workspace.annotations / "history" / line.name)
    second = msgspec.structs.replace(first, number=2, spans=(Span(0, 5, "LOC"),))
    line.write_bytes(jsonl.canonical(second) + b"\n")
    assert ada.run("reconcile").get("revisions", 0) == 0
    assert ben.run("reconcile")["revisions"] == 1
    assert ada.run("reconcile").get("revisions", 0) == 0
    assert tree(ada.workspace.annotations) == tree(ben.workspace.annotations)
