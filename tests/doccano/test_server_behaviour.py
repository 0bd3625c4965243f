"""Unexpected behaviour of Doccano, each shown on the real server, and how curate handles it.

Other cases are tested where they are handled: rows that are sent twice and copies that people make
by hand in ``tests/sync``, relations to spans that the server drops in
``tests/sync/test_relations.py``, tasks that fail in ``tests/faults``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from support.sync_corpus import TEXT, gold, project_of, propose, spans_there

from curate.doccano import session as sessions
from curate.doccano.client import DataUploadRepository, LabelType, SpanTypeRepository
from curate.doccano.codec import encode
from curate.doccano.session import Refused, Session
from curate.doccano.transport import HttpSession
from curate.errors import TaskFailed
from curate.model import Annotation, Document, Span
from curate.sync.projects import connect_projects
from curate.sync.push import BATCH
from curate.sync.run import sync
from curate.workspace import Workspace

pytestmark = [pytest.mark.server, pytest.mark.slow]

PER, ORG, LOC = (0, 11, "PER"), (6, 11, "ORG"), (19, 26, "LOC")
Sent = list[tuple[str, str, dict[str, Any]]]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sent]:
    """Every request of curate's sessions: method, path, parameters."""
    requests: Sent = []
    request = HttpSession.request

    def recorded(self: HttpSession, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        requests.append((method, url.split("/v1/")[1], kwargs.get("params") or {}))
        return request(self, method, url, *args, **kwargs)

    monkeypatch.setattr(HttpSession, "request", recorded)
    yield requests


@pytest.fixture
def many(new_workspace: Callable[..., Workspace]) -> Workspace:
    """A workspace with seven documents in Doccano."""
    workspace = new_workspace()
    for number in range(7):
        propose(workspace, f"{TEXT} {number}", PER)
    sync(workspace)
    return workspace


def imported(admin: Session, project: str, rows: list[dict[str, Any]], folder: Path) -> Any:
    """Import rows as a person would, and return the result of the task.

    Raises:
        TaskFailed: the import failed on the server.
    """
    path = folder / "rows.jsonl"
    path.write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in rows))
    uploads = DataUploadRepository(admin)
    upload = uploads.upload(str(path))
    columns = {"column_data": "text", "column_label": "label", "encoding": "utf_8"}
    number = int(project.partition("/")[2])
    task = uploads.ingest(number, [upload], "SequenceLabeling", "JSONL", **columns, delimiter="")
    return admin.wait(task, "import by hand")


def count(admin: Session, project: str) -> int:
    return int(admin.get(f"{project}/examples", params={"limit": 1}).json()["count"])


def empty(new_workspace: Callable[..., Workspace], admin: Session) -> tuple[Workspace, str]:
    """A workspace with a project that holds nothing."""
    workspace = new_workspace()
    sync(workspace, push=False, pull=False)
    return workspace, project_of(admin, workspace)


# -- lists


def test_a_list_has_five_rows_by_default_and_is_read_whole_by_limit_and_offset(
    many, admin, sent, monkeypatch
):
    where = f"{project_of(admin, many)}/examples"
    assert len(admin.get(where).json()["results"]) == 5
    assert len(admin.get(where, params={"limit": 5000}).json()["results"]) == 7
    monkeypatch.setattr(sessions, "PAGE_SIZE", 3)
    sent.clear()
    assert len({row["id"] for row in admin.pages(where)}) == 7
    assert [params for _, _, params in sent] == [{"limit": 3, "offset": n} for n in (0, 3, 6)]


def test_the_next_address_can_be_wrong_and_is_not_followed(many, admin, monkeypatch):
    """As behind a proxy that does not pass on the host name."""
    where = f"{project_of(admin, many)}/examples"
    monkeypatch.setitem(admin._session.headers, "Host", "localhost:1")
    assert admin.get(where).json()["next"].startswith("http://localhost:1/")
    monkeypatch.setattr(sessions, "PAGE_SIZE", 3)
    assert len(list(admin.pages(where))) == 7


# -- imports


def test_an_import_that_fails_leaves_documents_and_one_file_is_one_insert(
    new_workspace, admin, tmp_path
):
    """The second thousand has a bad row: the first stays, once for each try of the server."""
    _, project = empty(new_workspace, admin)
    good = {"text": "Rien.", "label": []}
    rows = [*[good] * (BATCH + 1), {**good, "more": "a key that the others lack"}]
    with pytest.raises(TaskFailed):
        imported(admin, project, rows, tmp_path)
    assert count(admin, project) % BATCH == 0
    assert count(admin, project) > BATCH  # it was tried again, without a transaction


def test_rows_with_other_keys_fail_and_documents_with_other_metadata_do_not(
    new_workspace, admin, tmp_path
):
    workspace, project = empty(new_workspace, admin)
    good = {"text": "Rien.", "label": []}
    with pytest.raises(TaskFailed):
        imported(admin, project, [good, {**good, "title": "one has it"}], tmp_path)
    assert count(admin, project) == 0
    metas = ({}, {"title": "Un titre"}, {"source": "AFP", "published": "2026-01-01", "id": "7"})
    documents = [
        Document(id=propose(workspace, f"{TEXT} {n}", PER), text=f"{TEXT} {n}", meta=meta)
        for n, meta in enumerate(metas)
    ]
    annotation = Annotation(document="", layer="remote")
    assert len({tuple(encode(document, annotation, "m")) for document in documents}) == 1
    (target,) = connect_projects(workspace, lambda: None)
    target.project.prepare()
    target.project.push([(document, annotation) for document in documents])
    rows = {row["meta"]["curate_id"]: row for row in admin.pages(f"{project}/examples")}
    assert [rows[document.id]["meta"]["title"] for document in documents] == ["", "Un titre", ""]
    assert {example.document for example in target.project.snapshot()} == {d.id for d in documents}


def test_a_file_without_a_label_column_is_an_error_and_curates_files_have_one(
    new_workspace, admin, tmp_path
):
    workspace, project = empty(new_workspace, admin)
    answer = imported(admin, project, [{"text": "Rien."}, {"text": "Rien non plus."}], tmp_path)
    assert answer["error"]
    assert count(admin, project) == 2
    for number in range(2):
        propose(workspace, f"{TEXT} {number}")
    outcome = sync(workspace).outcome
    assert (outcome.pushed, {p.code for p in outcome.problems}) == (2, {"remote.foreign"})


def test_a_span_that_the_server_drops_is_reported(new_workspace, admin):
    """Two spans that overlap, where the project does not allow it: the second is dropped."""
    workspace = new_workspace()
    key = propose(workspace, TEXT, PER, ORG, LOC)
    (problem,) = sync(workspace).outcome.problems
    assert (problem.code, problem.document) == ("remote.readback", key)
    (row,) = admin.pages(f"{project_of(admin, workspace)}/examples")
    assert spans_there(admin, workspace, row["id"]) == [PER, LOC]


def test_a_label_type_that_exists_is_refused_so_curate_looks_first(many, admin, sent):
    project = int(project_of(admin, many).partition("/")[2])
    (first, *_) = SpanTypeRepository(admin).list(project)
    with pytest.raises(Refused, match="500"):  # doccano-client makes a ValueError of it
        SpanTypeRepository(admin).create(project, LabelType(text=first.text))
    sent.clear()
    assert sync(many).outcome.project == ()
    assert [path for method, path, _ in sent if "types" in path and method != "GET"] == []


# -- settings and confirmations


def test_settings_that_would_hide_work_or_shift_spans_are_reset(many, admin, at_work):
    project = project_of(admin, many)
    kind = {"resourcetype": "SequenceLabelingProject"}
    wrong = {"collaborative_annotation": False, "grapheme_mode": True, "random_order": True}
    admin.patch(project, json={**kind, **wrong})
    anna = at_work(many)
    (row, *_) = anna.examples()
    assert anna.spans(row["id"]) == []  # what curate imported belongs to its own account
    sync(many)
    assert len(anna.spans(row["id"])) == 1
    now = admin.get(project).json()
    assert {name: now[name] for name in wrong} == {
        "collaborative_annotation": True,
        "grapheme_mode": False,
        "random_order": False,
    }


def test_a_confirmation_is_a_toggle_and_curate_never_sends_one(many, admin, at_work, people, sent):
    anna = at_work(many)
    (row, *_) = anna.examples()
    states = f"{project_of(admin, many)}/examples/{row['id']}/states"
    for wanted in (1, 0, 1):
        people["bela" if wanted else "anna"].post(states)
        assert admin.get(states).json()["count"] == wanted
    sent.clear()
    anna.add(row["id"], *LOC)
    outcome = sync(many).outcome
    assert (outcome.pulled, outcome.revisions) == (1, 1)
    assert [path for method, path, _ in sent if "states" in path and method != "GET"] == []


def test_spans_that_another_annotator_deletes_are_in_the_history(many, at_work):
    """Anybody may delete anybody's spans: the gold follows, and the revision before has them."""
    anna, bela = at_work(many), at_work(many, "bela")
    (row, *_) = anna.examples()
    anna.add(row["id"], *LOC)
    anna.confirm(row["id"])
    sync(many)
    key = row["meta"]["curate_id"]
    for span in bela.spans(row["id"]):
        bela.remove(row["id"], span["id"])
    sync(many)
    assert gold(many, key) == {}
    with many.store.begin() as tx:
        newest, before = tx.revisions(key)
    assert newest.spans == ()
    assert [Span(*span.key) for span in before.spans] == [Span(*PER), Span(*LOC)]


# -- what a pull costs


def per_example(sent: Sent) -> list[str]:
    """The requests for single examples, without the project's number."""
    return [path.partition("/examples/")[2] for _, path, _ in sent if "/examples/" in path]


def without_polls(sent: Sent) -> Sent:
    """The requests that do not ask whether a task has ended."""
    return [request for request in sent if "tasks/status" not in request[1]]


def test_a_pull_asks_for_changed_documents_only(new_workspace, at_work, sent):
    workspace = new_workspace()
    for number in range(100):
        propose(workspace, f"{TEXT} {number}", PER)
    sync(workspace)
    anna = at_work(workspace)
    rows = anna.examples()
    for row in rows:
        anna.confirm(row["id"])
    assert sync(workspace).outcome.pulled == 100

    sent.clear()
    sync(workspace, push=False)
    quiet = without_polls(sent)
    assert per_example(quiet) == []
    exports = [path for method, path, _ in quiet if path.endswith("/download")]
    assert len(exports) == 2  # started and downloaded
    listings = [query for _, path, query in quiet if path.endswith("/examples")]
    assert [query.get("limit") for query in listings] == [
        sessions.PAGE_SIZE,
        1,
    ]  # and the newest number
    assert len(quiet) <= 20

    number = rows[41]["id"]
    anna.add(number, *LOC)
    sent.clear()
    assert sync(workspace, push=False).outcome.pulled == 1
    busy = without_polls(sent)
    assert sorted(per_example(busy)) == [f"{number}/spans", f"{number}/states"]
    assert len(busy) <= len(quiet) + 6  # these two; users, labels; comments, and how many they are


def test_a_first_pull_asks_for_the_confirmer_and_for_the_spans_where_they_changed(
    many, at_work, sent
):
    anna = at_work(many)
    rows = anna.examples()
    for row in rows:
        anna.confirm(row["id"])
    anna.add(rows[3]["id"], *LOC)
    sent.clear()
    assert sync(many, push=False).outcome.pulled == 7
    requests = per_example(without_polls(sent))
    wanted = [f"{row['id']}/states" for row in rows] + [f"{rows[3]['id']}/spans"]
    assert sorted(requests) == sorted(wanted)
