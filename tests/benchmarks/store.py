"""The store on PostgreSQL against the one on SQLite, and the memory of the commands of history.

Usage: ``python tests/benchmarks/store.py [--documents 5000] [--memory 1000 10000]``.

Both databases are on this machine: PostgreSQL is a server of the benchmark's own, with its safe
settings (``fsync`` on), asked over a socket. On a network each question takes its time more.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from common import ROOT, Row, articles, asked, row, spans, timed

from curate import release
from curate.history.diff import diff
from curate.model import Annotation, Revision
from curate.store.address import VARIABLE
from curate.store.records import RemoteProject, TrackedDocument
from curate.workspace import Workspace

_PEAK = """
import resource, sys
from curate.cli import main
sys.argv[0] = "curate"
try:
    main()
finally:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, file=sys.stderr)
"""
_COMMANDS = {
    "log": ("log",),
    "diff of two releases, all documents changed": ("diff", "0.1.0", "0.1.1"),
    "the same, --json": ("diff", "0.1.0", "0.1.1", "--json"),
    "the same, --html": ("diff", "0.1.0", "0.1.1", "--html", "diff.html"),
    "verify": ("verify",),
    "export 0.1.1": ("export", "0.1.1", "--format", "jsonl"),
    "release": ("release", "0.1.2"),
}
MARKER = "b" * 32


def fill(made: Workspace, count: int) -> None:
    """Gold in two revisions, with a release of each, and what was seen of it in Doccano."""
    found = spans()
    one = Revision(
        document="",
        number=1,
        author="annotator:anna",
        at="2026-01-01T00:00:00Z",
        reason="pulled",
        schema=made.schema.id,
        spans=found,
        confirmed_by="anna",
    )
    with made.store.begin() as tx:
        tx.put_remote(RemoteProject(marker=MARKER, url="http://localhost", name="bench", project=1))
        for number, document in enumerate(articles(count)):
            tx.add_document(document)
            base = Annotation(document=document.id, layer="proposal", spans=found)
            tx.put_annotation(base)
            tx.put_tracked(MARKER, TrackedDocument(document=document.id, base=base, example=number))
            tx.add_revision(msgspec.structs.replace(one, document=document.id))
    cut(made, "0.1.0")
    relabel(made)
    cut(made, "0.1.1")


def relabel(made: Workspace) -> None:
    """A new revision of every document, with five spans relabelled."""
    with made.store.begin() as tx:
        for key in tx.document_ids():
            head = tx.head(key)
            assert head is not None
            changed = [msgspec.structs.replace(s, label="MISC") for s in head.spans[:5]]
            spans = (*changed, *head.spans[5:])
            number, at = head.number + 1, "2026-02-01T00:00:00Z"
            tx.add_revision(msgspec.structs.replace(head, number=number, at=at, spans=spans))


def cut(made: Workspace, version: str) -> None:
    """A release, without the checks."""
    with made.store.begin() as tx:
        found = release.build_manifest(
            version,
            tx.heads(),
            schema=made.schema,
            created="2026-03-01T00:00:00Z",
            author="bench",
            message="",
            earlier=tx.releases(),
            validation={},
            tools={},
        )
        tx.add_release(found)


def work(made: Workspace) -> Iterator[tuple[str, Callable[[], object]]]:
    """What is done to both stores."""
    store = made.store

    def commits() -> None:
        for key in keys[:500]:
            with store.begin() as tx:
                head = tx.head(key)
                assert head is not None
                tx.add_revision(msgspec.structs.replace(head, number=head.number + 1))

    def looked_up() -> None:
        for key in keys:
            with store.read() as tx:
                tx.document(key)
                tx.head(key)

    def streamed() -> None:
        with store.read() as tx:
            assert sum(1 for _ in tx.heads()) == len(keys)

    def planned() -> None:
        with store.read() as tx:
            assert len(tx.local_states(MARKER)) == len(keys)

    with store.read() as tx:
        keys = tx.document_ids()
    yield "500 revisions, a transaction each", commits
    yield "every document and its gold, a transaction each", looked_up
    yield "all gold in one stream", streamed
    yield "the local side of a plan", planned
    yield "annotations/ written", lambda: _save(made)
    yield "diff of two releases", lambda: diff(made, "0.1.0", "0.1.1")
    yield "verify", made.verify


def _save(workspace: Workspace) -> None:
    with workspace.writing("benchmark"):
        pass


@contextmanager
def postgresql() -> Iterator[str]:
    """The address of a server of our own."""
    sys.path.insert(0, str(ROOT / "tests"))
    from postgresql import Cluster

    cluster = Cluster.make(safe=True)
    try:
        yield cluster.url(schema="{folder}")
    finally:
        cluster.remove()


def workspace(folder: Path, address: str = "") -> Workspace:
    """A workspace whose store is in a file, or at an address."""
    os.environ[VARIABLE] = address
    Workspace.init(folder, f"bench-{folder.name}")
    made = Workspace(folder)
    assert made.store.url
    return made


def rows(count: int) -> Iterator[Row]:
    """PostgreSQL against SQLite."""
    with tempfile.TemporaryDirectory(prefix="curate-bench-") as folder, postgresql() as address:
        file, server = workspace(Path(folder) / "a"), workspace(Path(folder) / "b", address)
        seconds = {made: timed(lambda made=made: fill(made, count)) for made in (file, server)}
        yield row(f"{count} documents put in", seconds[server], "SQLite", seconds[file])
        for (what, ours), (_, theirs) in zip(work(server), work(file), strict=True):
            yield row(what, timed(ours), "SQLite", timed(theirs))


def memory(counts: list[int]) -> Iterator[str]:
    """Peak memory of each command, for each size, SQLite."""
    with tempfile.TemporaryDirectory(prefix="curate-bench-") as folder:
        made = {count: workspace(Path(folder) / str(count)) for count in counts}
        for count, each in made.items():
            fill(each, count)
            _save(each)
            each.store.close()
        for what, command in _COMMANDS.items():
            told = [f"{_peak(each, command)} MB" for each in made.values()]
            yield f"{what:<48}{'  '.join(told)}"


def _peak(made: Workspace, command: tuple[str, ...]) -> str:
    done = subprocess.run(
        [sys.executable, "-c", _PEAK, *command, "-C", str(made.root)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        cwd=made.root,
    )
    return done.stderr.split()[-1]


if __name__ == "__main__":
    asked(__doc__, rows, memory)
