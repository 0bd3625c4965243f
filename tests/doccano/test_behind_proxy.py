"""A real Doccano behind proxies that limit, delay or filter, and documents that it refuses."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path
from types import SimpleNamespace

import pytest
from support.cli import run_command
from support.http_server import Answer, Request, relay, serving
from support.sync_corpus import TEXT, gold, project_of, propose
from support.tls import certificate

from curate.doccano.credentials import URL
from curate.doccano.session import Busy, Session
from curate.sync.run import sync
from curate.sync.status import status
from curate.util import lock
from curate.workspace import Workspace

pytestmark = [pytest.mark.server, pytest.mark.slow]

RUBIO = (0, 11, "PER")
MEGABYTE = 1_000_000
FILTERED = "<script>alert(1)</script>"


@pytest.fixture
def behind(admin: Session, monkeypatch) -> Callable[..., AbstractContextManager[list[Request]]]:
    """Puts a proxy before the server, which answers by a rule what it does not pass on."""

    @contextmanager
    def behind(rule=lambda request: None, limit: int | None = None) -> Iterator[list[Request]]:
        with (
            serving(relay(admin.url, rule), limit=limit) as (url, requests),
            monkeypatch.context() as context,
        ):
            context.setenv(URL, url)
            yield requests

    return behind


def there(admin: Session, workspace: Workspace) -> list[str]:
    """The texts in the project, sorted."""
    return sorted(row["text"] for row in admin.pages(f"{project_of(admin, workspace)}/examples"))


def refused(outcome) -> list[str]:
    assert {problem.code for problem in outcome.problems} <= {"remote.refused"}
    return [problem.document for problem in outcome.problems]


def article(number: int, size: int = 2400) -> str:
    return f"{TEXT} {number}." + " Kiev attend." * (size // 13)


def test_a_day_s_pause_ends_the_command_and_the_next_one_works(new_workspace, behind, admin):
    workspace = new_workspace()
    propose(workspace, TEXT, RUBIO)

    def rule(request: Request) -> Answer | None:
        if request.method == "GET" and "/metrics/" in request.path:
            return Answer(503, b"", {"Retry-After": "86400"})
        return None

    with behind(rule):
        result = run_command("sync", "--json", root=workspace.root)
    assert result.exit_code == 1
    assert isinstance(result.refusal, Busy)
    assert "86,400 s" in result.refusal.message
    assert re.search(r"after \d\d:\d\d on 20\d\d-\d\d-\d\d", result.refusal.hint)
    assert lock.holder(workspace.state / "lock") == ""
    assert sync(workspace).outcome.problems == ()
    assert there(admin, workspace) == [TEXT]


def test_a_pause_of_half_a_minute_is_announced_and_the_sync_goes_on(
    new_workspace, behind, admin, monkeypatch
):
    workspace = new_workspace()
    propose(workspace, TEXT, RUBIO)
    pauses: list[tuple[float, str]] = []

    def pause(seconds: float) -> None:
        pauses.append((seconds, lock.holder(workspace.state / "lock")))

    monkeypatch.setattr("curate.doccano.patience.time", SimpleNamespace(sleep=pause))
    left = [Answer(429, b"", {"Retry-After": "30"})]

    def rule(request: Request) -> Answer | None:
        return left.pop() if left and request.path.endswith("/upload") else None

    with behind(rule):
        result = run_command("sync", root=workspace.root)
    assert result.exit_code == 0, result.output
    assert pauses == [(30.0, "")]
    assert "asks for a pause of 30 s" in result.stderr
    assert there(admin, workspace) == [TEXT]


def test_a_sync_over_https_trusts_the_file_of_the_settings(new_workspace, admin, monkeypatch):
    workspace = new_workspace()
    propose(workspace, TEXT, RUBIO)
    settings = workspace.root / "curate.toml"
    own = certificate(workspace.root, "doccano")
    with serving(relay(admin.url, lambda request: None), own.server()) as (url, _):
        monkeypatch.setenv(URL, url)
        refused_one = run_command("sync", root=workspace.root).refusal
        assert refused_one is not None and "ca_file" in refused_one.hint
        text = settings.read_text("utf-8").replace(
            "[doccano]", '[doccano]\nca_file = "doccano.pem"'
        )
        settings.write_text(text, "utf-8")
        assert sync(Workspace(workspace.root)).outcome.pushed == 1
    assert there(admin, workspace) == [TEXT]


def test_the_clock_of_the_server_is_shown(new_workspace, admin, monkeypatch):
    workspace = new_workspace()
    honest = relay(admin.url, lambda request: None)

    def two_hours_slow(request: Request) -> Answer:
        date = formatdate(time.time() - 7200, usegmt=True)
        answer = honest(request)
        return replace(answer, headers={**answer.headers, "Date": date})

    shown = []
    for answer in (honest, two_hours_slow):
        with serving(answer) as (url, _):
            monkeypatch.setenv(URL, url)
            rows = run_command("doctor", "--json", root=workspace.root).json
        shown += [row["told"] for row in rows if row["what"] == "Doccano's clock"]
    assert shown[0] == "as this machine's"
    assert re.match(r"7,(199|200|201) s behind this machine's", shown[1])


def test_six_hundred_articles_pass_a_limit_of_a_megabyte(new_workspace, behind, admin):
    workspace = new_workspace()
    texts = [article(number) for number in range(600)]
    for text in texts:
        propose(workspace, text, RUBIO)
    with behind(limit=MEGABYTE) as requests:
        outcome = sync(workspace).outcome
        uploads = [len(each.body) for each in requests if each.path.endswith("/fp/process/")]
        assert (outcome.pushed, outcome.problems) == (600, ())
        assert sum(uploads) > MEGABYTE > max(uploads)
        assert there(admin, workspace) == sorted(texts)
        assert sync(workspace).outcome.pushed == 0


def test_an_article_beyond_the_limit_is_named_with_it_and_the_others_arrive(
    new_workspace, behind, admin
):
    workspace = new_workspace()
    texts = [article(number) for number in range(20)]
    for text in texts:
        propose(workspace, text, RUBIO)
    large = propose(workspace, article(99, 200_000), RUBIO)
    with behind(limit=100_000):
        result = run_command("sync", "--json", root=workspace.root)
        assert result.exit_code == 1
        (problem,) = result.json["outcome"]["problems"]
        assert (problem["code"], problem["document"]) == ("remote.refused", large)
        assert there(admin, workspace) == sorted(texts)
    enough = re.search(r"to ([\d,]+) bytes", problem["cure"])
    assert enough
    with behind(limit=int(enough[1].replace(",", ""))):
        assert sync(workspace).outcome.problems == ()
    assert len(there(admin, workspace)) == 21


@contextmanager
def refusing(doccano, condition: str) -> Iterator[None]:
    """The server's database refuses examples of which a condition holds."""
    name = f"refuse_{abs(hash(condition))}"

    def execute(statement: str) -> None:
        path = Path(doccano.status().home) / "db.sqlite3"
        with closing(sqlite3.connect(path, timeout=30)) as database, database:
            database.execute(statement)

    execute(
        f"create trigger {name} before insert on examples_example when {condition} "
        "begin select raise(abort, 'not this one'); end"
    )
    try:
        yield
    finally:
        execute(f"drop trigger {name}")


def test_documents_that_an_import_fails_for_stop_only_themselves(
    new_workspace, doccano, admin, at_work
):
    workspace = new_workspace()
    waiting = propose(workspace, TEXT, RUBIO)
    sync(workspace)
    anna = at_work(workspace)
    anna.confirm(anna.examples()[0]["id"])
    # Other tests use the server at the same time: none of them has these articles.
    texts = [article(number, 26) for number in range(1000, 1010)]
    keys = [propose(workspace, text, RUBIO) for text in texts]
    bad, good = (keys[2], keys[7]), [text for n, text in enumerate(texts) if n not in (2, 7)]
    rule = f"new.filename in ('{bad[0]}', '{bad[1]}')"
    with refusing(doccano, rule):
        result = run_command("sync", "--json", root=workspace.root)
        outcome = result.json["outcome"]
        assert result.exit_code == 1
        assert sorted(problem["document"] for problem in outcome["problems"]) == sorted(bad)
        assert {problem["code"] for problem in outcome["problems"]} == {"remote.refused"}
        assert (outcome["pushed"], outcome["pulled"]) == (8, 1)
        assert set(gold(workspace, waiting)) == {RUBIO}
        assert there(admin, workspace) == sorted([TEXT, *good])
        assert sorted(refused(sync(workspace).outcome)) == sorted(bad)
    mended = sync(workspace).outcome
    assert (mended.pushed, mended.problems) == (2, ())
    assert there(admin, workspace) == sorted([TEXT, *texts])
    assert status(workspace).states == {"gold": 1, "pushed": 10}


def test_an_import_that_fails_once_is_tried_again(new_workspace, behind, admin):
    workspace = new_workspace()
    propose(workspace, TEXT, RUBIO)
    failed = []

    def rule(request: Request) -> Answer | None:
        if request.path.endswith("/upload") and not failed:
            failed.append(request)
            return Answer(200, b'{"task_id": "of-no-task"}', {"Content-Type": "application/json"})
        if request.path.endswith("/of-no-task"):
            status = b'{"ready": false, "result": null, "error": {"text": "database is locked"}}'
            return Answer(200, status, {"Content-Type": "application/json"})
        return None

    with behind(rule):
        outcome = sync(workspace).outcome
    assert (len(failed), outcome.pushed, outcome.problems) == (1, 1, ())
    assert there(admin, workspace) == [TEXT]


def test_a_filter_before_the_server_stops_only_what_it_refuses(new_workspace, behind, admin):
    workspace = new_workspace()
    texts = [article(number) for number in range(30)]
    texts[11] += FILTERED
    keys = [propose(workspace, text, RUBIO) for text in texts]

    def rule(request: Request) -> Answer | None:
        return Answer(403, b"<h1>Blocked</h1>") if FILTERED.encode() in request.body else None

    with behind(rule):
        outcome = sync(workspace).outcome
    assert (outcome.pushed, refused(outcome)) == (29, [keys[11]])

    propose(workspace, TEXT, RUBIO)
    with behind(rule) as requests:  # tried again by itself, so that no file is halved
        outcome = sync(workspace).outcome
    assert (outcome.pushed, refused(outcome)) == (1, [keys[11]])
    assert sum(request.path.endswith("/process/") for request in requests) == 2

    assert sync(workspace).outcome.pushed == 1
    assert there(admin, workspace) == sorted([*texts, TEXT])


def test_a_server_that_refuses_everything_is_found_out_by_a_few_files(
    new_workspace, behind, at_work, monkeypatch
):
    monkeypatch.setattr("curate.sync.push.BATCH", 100)
    workspace = new_workspace()
    waiting = propose(workspace, TEXT, RUBIO)
    sync(workspace)
    anna = at_work(workspace)
    anna.confirm(anna.examples()[0]["id"])
    for number in range(150):
        propose(workspace, article(number, 26), RUBIO)

    def rule(request: Request) -> Answer | None:
        return Answer(403, b"<h1>Blocked</h1>") if request.path.endswith("/process/") else None

    with behind(rule) as requests:
        outcome = sync(workspace).outcome
    assert sum(request.path.endswith("/process/") for request in requests) < 30
    single = [document for document in refused(outcome) if document]
    (rest,) = (problem for problem in outcome.problems if not problem.document)
    assert rest.message.startswith(f"{150 - len(single)} more documents were not pushed")
    assert (outcome.pushed, outcome.pulled) == (0, 1)
    assert set(gold(workspace, waiting)) == {RUBIO}
    assert sync(workspace).outcome.pushed == 150


def test_what_is_known_of_the_size_of_files_is_kept_for_the_next_batch(
    new_workspace, behind, monkeypatch
):
    monkeypatch.setattr("curate.sync.push.BATCH", 50)
    workspace = new_workspace()
    for number in range(100):
        propose(workspace, article(number), RUBIO)
    with behind(limit=100_000) as requests:
        assert sync(workspace).outcome.problems == ()
    uploads = [len(each.body) for each in requests if each.path.endswith("/process/")]
    # Half of the first file, which was refused, is what is tried from then on.
    assert len(uploads) == 5
    assert 50_000 < max(uploads) < 75_000
