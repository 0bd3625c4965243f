"""Pushing documents in several files, also where one of them breaks."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.http_server import Answer, Request, serving
from support.sync_corpus import TEXT, propose

from curate.doccano.push import push, split_by_spans
from curate.doccano.remote import DoccanoRemote
from curate.doccano.session import Session
from curate.errors import RemoteError
from curate.model import Annotation, Document, Span
from curate.sync.run import sync
from curate.sync.status import status
from curate.workspace import Workspace


@given(st.lists(st.integers(0, 40), min_size=1, max_size=20))
def test_a_batch_is_split_where_it_has_too_many_spans(sizes):
    def row(size: int) -> tuple[Document, Annotation]:
        spans = tuple(Span(at, at + 1, "PER") for at in range(size))
        return Document(id=str(size), text="x"), Annotation(document="", layer="", spans=spans)

    batch = [row(size) for size in sizes]
    parts = list(split_by_spans(batch, most=50))
    assert [row for part in parts for row in part] == batch
    for part in parts:
        assert len(part) == 1 or sum(len(annotation.spans) for _, annotation in part) <= 50


class Importing:
    """A server that takes uploads, and imports of them, as Doccano does."""

    def __init__(self) -> None:
        self.bad: set[str] = set()
        self.limit = 0
        self.arrived: list[str] = []
        self._uploads: list[list[str]] = []

    def __call__(self, request: Request) -> Answer:
        path = request.path.removeprefix("/v1/")
        if path == "fp/process/":
            return self._upload(request.body)
        if path.endswith("/upload"):
            number = int(json.loads(request.body)["uploadIds"][0])
            self.arrived += self._uploads[number]
            return Answer(body=b'{"task_id": "task"}')
        return Answer(body=b'{"ready": true, "result": {"error": []}, "error": null}')

    def _upload(self, body: bytes) -> Answer:
        documents = re.findall(r'"curate_id":"(\w+)"', body.decode())
        if len(body) > self.limit:
            return Answer(413)
        if self.bad & {*documents}:
            return Answer(403, b"blocked")
        self._uploads.append(documents)
        return Answer(201, f"{len(self._uploads) - 1:022}".encode())


@pytest.mark.slow
@settings(max_examples=40)
@given(
    sizes=st.lists(st.integers(1, 3000), min_size=1, max_size=40),
    bad=st.sets(st.integers(0, 39)) | st.sets(st.integers(0, 39), max_size=3),
    limit=st.sampled_from([1500, 3000, 100_000]),
)
def test_every_document_arrives_once_or_is_refused_for_itself(sizes, bad, limit):
    batch = [
        (Document(id=f"d{n}", text="x" * size), Annotation(document=f"d{n}", layer="proposal"))
        for n, size in enumerate(sizes)
    ]
    server = Importing()
    server.bad = {f"d{number}" for number in bad}
    server.limit = limit
    with serving(server) as (url, requests), Session(url) as session:
        result = push(session, 1, "marker", batch)
    documents = [document.id for document, _ in batch]
    assert sorted([*server.arrived, *result.refused, *result.unsent]) == sorted(documents)
    too_large = {document.id for document, _ in batch if len(document.text) + 1000 > limit}
    assert {*result.refused} <= server.bad | too_large
    assert not server.bad & {*server.arrived}
    if result.unsent:
        assert server.arrived == [] and len(result.refused) >= 3
        assert len(requests) < 40


@pytest.fixture
def waiting(new_workspace, people, monkeypatch) -> Workspace:
    """A workspace with 25 documents to push, in files of 10."""
    monkeypatch.setattr("curate.sync.push.BATCH", 10)
    workspace = new_workspace()
    for number in range(25):
        propose(workspace, f"{TEXT} {number}.", (0, 11, "PER"))
    return workspace


def push_steps(workspace: Workspace) -> list[tuple[str, bool]]:
    """The steps of the journal that push: their details, and whether they were finished."""
    with workspace.store.begin() as tx:
        return [(step.detail, bool(step.finished)) for step in tx.steps() if step.step == "push"]


@pytest.mark.server
@pytest.mark.slow
def test_documents_go_in_files_in_order_and_are_read_back(waiting):
    outcome = sync(waiting).outcome
    assert (outcome.pushed, outcome.problems) == (25, ())
    steps = push_steps(waiting)
    assert [detail.split(" and ")[1] for detail, _ in steps] == ["9 more", "9 more", "4 more"]
    assert all(finished for _, finished in steps)
    assert status(waiting).states == {"pushed": 25}


@pytest.mark.server
@pytest.mark.slow
def test_after_a_broken_file_only_what_is_missing_is_sent(waiting):
    sent: list[int] = []
    push = DoccanoRemote.push

    def broken(self, batch):
        if len(sent) == 1:
            raise RemoteError("the line is cut", "again")
        sent.append(len(batch))
        return push(self, batch)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DoccanoRemote, "push", broken)
        with pytest.raises(RemoteError, match="the line is cut"):
            sync(waiting)
    assert [finished for _, finished in push_steps(waiting)] == [True, False]
    assert status(waiting).states == {"local": 15, "pushed": 10}
    assert sync(waiting).outcome.pushed == 15
    assert status(waiting).states == {"pushed": 25}
