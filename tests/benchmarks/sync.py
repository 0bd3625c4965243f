"""The sync against doccano-client's own calls, and against the server's import and export alone.

Usage: ``python tests/benchmarks/sync.py [--documents 5000] [--memory 1000 10000]``.

All runs use one embedded server, started for the benchmark. What people do between the syncs (they
confirm every document and relabel a span in a fifth of them) is written into the server's database,
because doing it by requests would take longer than all that is measured.
"""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
from common import Row, articles, asked, row, spans, timed

from curate.doccano.codec import encode
from curate.doccano.credentials import workspace_credentials
from curate.doccano.embedded.environment import server_environment, server_variables
from curate.doccano.embedded.home import ServerHome
from curate.doccano.embedded.server import embedded_server, start_server
from curate.doccano.session import Session, connect
from curate.model import Annotation, Document
from curate.sync.run import sync
from curate.workspace import Workspace

SAMPLE = 100
"""Documents from which doccano-client's loops are extrapolated."""

_PEAK = """
import resource, sys
from pathlib import Path
from curate.sync.run import sync
from curate.workspace import Workspace
done = sync(Workspace(Path(sys.argv[1]))).outcome
print(done.pushed, done.pulled, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""

_OWN_EXPORT = """
import sys, time
from django.conf import settings
settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if ".Exports" not in app]
import django
django.setup()
from data_export.celery_tasks import export_dataset
began = time.monotonic()
export_dataset(int(sys.argv[1]), "JSONL")
print(time.monotonic() - began)
"""


@contextmanager
def workspace(folder: Path, server: Workspace | None = None) -> Iterator[Workspace]:
    """A new workspace with a server of its own, or one that uses the server of another."""
    Workspace.init(folder, f"bench-{folder.name}")
    config = folder / "curate.toml"
    text = config.read_text("utf-8")
    for what in ("models", "rules"):  # the documents bring their layers along
        text = re.sub(rf"^{what} = .*$", f"{what} = []", text, flags=re.MULTILINE)
    config.write_text(text, encoding="utf-8")
    if server is not None:
        account = workspace_credentials(server)
        os.environ["CURATE_DOCCANO_URL"] = account.url
        os.environ["CURATE_DOCCANO_USERNAME"] = account.username
        os.environ["CURATE_DOCCANO_PASSWORD"] = account.password
    made = Workspace(folder)
    if server is None:
        start_server(made, 0, lambda text: None)
    try:
        yield made
    finally:
        made.store.close()
        if server is None:
            embedded_server(made).stop()


def fill(made: Workspace, count: int) -> None:
    """Documents with a proposal, as if models and rules had been run."""
    found = spans()
    layers = ("model:bench@1.0.0", "rules:bench@1.0.0", "proposal")
    with made.store.begin() as tx:
        for document in articles(count):
            tx.add_document(document)
            for layer in layers:
                tx.put_annotation(Annotation(document=document.id, layer=layer, spans=found))


def rows(count: int) -> Iterator[Row]:
    """The comparisons, in the order of a corpus's life."""
    with (
        tempfile.TemporaryDirectory(prefix="curate-bench-") as folder,
        workspace(Path(folder)) as made,
    ):
        fill(made, count)
        sync(made, push=False, pull=False)  # the project is made before the clock starts
        there = There(made, made)
        before = there.own_import(count)  # a server slows as it fills: so before and after
        push = timed(lambda: sync(made))
        after = there.own_import(count)
        loop = there.create_loop(min(count, SAMPLE)) * count
        yield row(f"push of {count} documents, read back", push, "create loop", loop)
        alone = f"server's import and export ({before:.1f} s before, {after:.1f} s after)"
        yield row("the same", push, alone, (before + after) / 2)
        yield from there.unchanged("sync with nothing changed")
        there.annotate()
        loop = there.pull_loop(min(count, SAMPLE)) * count
        yield row(
            f"first pull of {count}, a fifth changed",
            timed(lambda: sync(made)),
            "client's calls",
            loop,
        )
        yield from there.unchanged("sync with nothing changed, all confirmed")


class There:
    """The server's side of a benchmark, by doccano-client and by the server's own means.

    Args:
        made: a workspace with a project.
        server: the workspace that the server belongs to.
    """

    def __init__(self, made: Workspace, server: Workspace) -> None:
        self._made = made
        account = workspace_credentials(made)
        self._session: Session = connect(account.url, account.username, account.password)
        self._account = account
        self._database = Path(embedded_server(server).status().home) / "db.sqlite3"
        projects = self._session.pages("projects")
        self.project = next(
            int(each["id"]) for each in projects if each["name"] == made.config.project
        )

    def create_loop(self, count: int) -> float:
        """Seconds a document takes by ``create_example`` and ``create_span``."""
        client, found = self._client(), spans()
        other = self._clone("loop")
        types = {each.text: each.id for each in client.list_label_types(other, "span")}

        def one(document: Document) -> None:
            example = client.create_example(other, document.text)
            for span in found:
                client.create_span(other, example.id, span.start, span.end, types[span.label])

        seconds = timed(lambda: [one(document) for document in articles(count)])
        client.delete_project(other)
        return seconds / count

    def own_import(self, count: int) -> float:
        """Seconds of one import of the same rows, and of one export of them."""
        client, found = self._client(), spans()
        other = self._clone("import")
        with tempfile.TemporaryDirectory(prefix="curate-bench-") as folder:
            path = Path(folder) / "rows.jsonl"
            with path.open("wb") as file:
                for document in articles(count):
                    annotation = Annotation(document=document.id, layer="remote", spans=found)
                    line = msgspec.json.encode(encode(document, annotation, "bench"))
                    file.write(line + b"\n")
            seconds = timed(lambda: self._import(client, other, path))
            seconds += timed(lambda: self._export(other))
        client.delete_project(other)
        return seconds

    def unchanged(self, what: str) -> Iterator[Row]:
        """A sync, against one export and one listing of all examples in pages of 1,000.

        The export is that of this server, and then Doccano's own, which the settings of an embedded
        server make faster.
        """
        seconds = timed(lambda: sync(self._made))
        export = timed(lambda: self._export(self.project))
        pages = self._session.pages(f"projects/{self.project}/examples")
        listing = timed(lambda: sum(1 for _ in pages))
        own = self._own_export()
        yield row(what, seconds, f"export ({export:.1f} s) and listing", export + listing)
        yield row("the same", seconds, f"Doccano's own export ({own:.1f} s)", own + listing)

    def _own_export(self) -> float:
        """Seconds of Doccano's own export, run by itself, without starting and sending it."""
        home, target = ServerHome(self._database.parent), server_environment()
        done = subprocess.run(
            [str(target.python), "-c", _OWN_EXPORT, str(self.project)],
            env=server_variables(target, home),
            cwd=home.root,
            capture_output=True,
            text=True,
            check=True,
        )
        return float(done.stdout.split()[-1])

    def pull_loop(self, count: int) -> float:
        """Seconds a document takes by the client's listing and its calls per document.

        The client has no call for the states, which tell who confirmed; its session is used.
        """
        client = self._client()

        def one(example: int) -> None:
            client.list_spans(self.project, example)
            client._base_repository.get(f"projects/{self.project}/examples/{example}/states")
            list(client.list_comments(self.project, example))

        def everything() -> None:
            for example in islice(client.list_examples(self.project, True), count):
                one(example.id)

        return timed(everything) / count

    def annotate(self) -> None:
        """Confirm every document, and relabel one span in each fifth."""
        with closing(sqlite3.connect(self._database, timeout=60)) as connection, connection:
            values = {"project": self.project, "user": self._session.user_id}
            connection.execute(
                "insert into examples_examplestate (example_id, confirmed_by_id, confirmed_at) "
                "select id, :user, datetime('now') from examples_example "
                "where project_id = :project",
                values,
            )
            connection.execute(
                "update labels_span set updated_at = datetime('now'), label_id = "
                "(select max(id) from label_types_spantype where project_id = :project) "
                "where id in (select min(s.id) from labels_span s join examples_example e "
                "on e.id = s.example_id where e.project_id = :project and e.id % 5 = 0 "
                "group by e.id)",
                values,
            )

    def _client(self) -> Any:
        from curate.doccano.client_copy import provide_client

        provide_client()
        from doccano_client import DoccanoClient

        client = DoccanoClient(self._account.url)
        client.login(self._account.username, self._account.password)
        return client

    def _clone(self, name: str) -> int:
        """A project with the same settings and labels, and without documents."""
        settings = self._session.get(f"projects/{self.project}").json()
        wanted = ("project_type", "resourcetype", "collaborative_annotation", "allow_overlapping")
        body = {"name": name, "description": name, **{key: settings[key] for key in wanted}}
        made = int(self._session.post("projects", json=body).json()["id"])
        for label in self._session.get(f"projects/{self.project}/span-types").json():
            self._session.post(f"projects/{made}/span-types", json={**label, "id": None})
        return made

    def _import(self, client: Any, project: int, path: Path) -> None:
        done = client.upload(
            project,
            file_paths=[str(path)],
            task="SequenceLabeling",
            format="JSONL",
            column_data="text",
            column_label="label",
        )
        assert not (done.result or {}).get("error"), done

    def _export(self, project: int) -> None:
        from curate.doccano.client import DataDownloadRepository, ExportOption

        downloads = DataDownloadRepository(self._session)
        task = downloads.schedule_download(project, ExportOption(name="JSONL", example=""))
        self._session.wait(task, "export")
        with tempfile.TemporaryDirectory(prefix="curate-bench-") as folder:
            downloads.download(project, task, folder)


def memory(counts: list[int]) -> Iterator[str]:
    """Peak memory of the process of a first push and of a first pull, for each size."""
    with tempfile.TemporaryDirectory(prefix="curate-bench-") as folder:
        root = Path(folder)
        with workspace(root / "server") as server:
            sync(server, push=False, pull=False)
            for count in counts:
                with workspace(root / str(count), server) as made:
                    fill(made, count)
                    pushed = _peak(made)
                    There(made, server).annotate()
                    yield f"{count} documents: push {pushed}, pull {_peak(made)}"


def _peak(made: Workspace) -> str:
    done = subprocess.run(
        [sys.executable, "-c", _PEAK, str(made.root)], capture_output=True, text=True, check=True
    )
    pushed, pulled, peak = done.stdout.split()
    return f"{peak} MB ({pushed} pushed, {pulled} pulled)"


if __name__ == "__main__":
    asked(__doc__, rows, memory)
