"""Pauses that a server asks for, its limits, and which requests are sent again."""

from __future__ import annotations

import time
from collections.abc import Callable
from email.utils import formatdate

import pytest
from support.http_server import Answer, Request, serving

from curate.doccano import transport
from curate.doccano.patience import RETRY_AFTER_LIMIT_SECONDS, waits_if_busy
from curate.doccano.session import Busy, Refused, Session
from curate.doccano.transport import WAIT_IN_PLACE_SECONDS
from curate.errors import RemoteError
from curate.util import lock
from curate.workspace import Workspace


@pytest.fixture(autouse=True)
def no_backoff(monkeypatch):
    monkeypatch.setattr(transport, "BACKOFF_SECONDS", 0.0)


@pytest.fixture
def slept(monkeypatch) -> list[float]:
    """The pauses that were made; nobody waits for them."""
    seconds: list[float] = []
    monkeypatch.setattr(time, "sleep", seconds.append)
    return seconds


def busy(times: int, answer: Answer) -> Callable[[Request], Answer]:
    """Answers so often that it is busy, then as it should."""
    left = [answer] * times
    return lambda request: left.pop() if left else Answer()


def send(url: str, method: str) -> None:
    with Session(url, retries=3) as session:
        session._session.request(method, f"{session.api_url}/projects", json={"a": 1})


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_short_pause_is_made_before_the_request_is_sent_again(slept, method, status):
    with serving(busy(2, Answer(status, b"", {"Retry-After": "2"}))) as (url, requests):
        send(url, method)
    assert len(requests) == 3
    assert [seconds for seconds in slept if seconds] == [2, 2]


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_what_was_not_processed_is_sent_again_with_its_body(slept, method):
    with serving(busy(2, Answer(429))) as (url, requests):
        send(url, method)
    assert [request.body for request in requests] == [b'{"a": 1}'] * 3


def test_an_upload_that_was_not_processed_is_sent_again_as_it_was():
    with serving(busy(2, Answer(429))) as (url, requests), Session(url) as session:
        session.post("fp/process/", files={"filepond": ("a.jsonl", b"content")})
    assert len(requests) == 3
    assert all(b"\r\ncontent\r\n" in request.body for request in requests)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_what_may_have_been_processed_is_sent_once(status):
    with serving(busy(1, Answer(status))) as (url, requests), pytest.raises(Refused):
        send(url, "POST")
    assert len(requests) == 1


def test_a_server_that_stays_busy_is_named():
    with serving(Answer(429)) as (url, requests), pytest.raises(Refused) as raised:
        send(url, "GET")
    assert (raised.value.status, len(requests)) == (429, 4)


DAY = 86400
NOW = 1_800_000_000


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (str(DAY), DAY),
        ("9" * 400, 10**8),
        (formatdate(NOW + 2 * DAY, usegmt=True), 2 * DAY),
        (str(int(WAIT_IN_PLACE_SECONDS) + 1), WAIT_IN_PLACE_SECONDS + 1),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_long_pause_ends_the_request_at_once(slept, method, header, seconds):
    date = formatdate(NOW, usegmt=True)  # of the server, which says until when by its own clock
    answer = Answer(503, b"", {"Retry-After": header, "Date": date})
    with serving(answer) as (url, requests), pytest.raises(Busy) as raised:
        send(url, method)
    assert len(requests) == 1
    assert slept == []
    assert raised.value.seconds == seconds
    assert "run the command again after" in raised.value.hint


@pytest.mark.parametrize("header", ["soon", "-1", "", "1.5", "Thu, 99 Foo 2026 00:00:00 GMT"])
def test_a_pause_that_is_none_is_like_no_header(header):
    with serving(busy(1, Answer(503, b"", {"Retry-After": header}))) as (url, requests):
        send(url, "GET")
    assert len(requests) == 2


def test_a_date_that_is_over_is_no_pause():
    past = {"Retry-After": formatdate(0, usegmt=True)}
    with serving(busy(1, Answer(503, b"", past))) as (url, requests):
        send(url, "GET")
    assert len(requests) == 2


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    Workspace.init(tmp_path)
    return Workspace(tmp_path)


def test_a_verb_waits_without_the_lock_and_says_until_when(slept, workspace):
    notices: list[str] = []
    workspace.notify = notices.append
    waited: list[bool] = []

    @waits_if_busy
    def verb(corpus: Workspace, number: int) -> int:
        with corpus.writing("a test"), Session(url, retries=0) as session:
            waited.append(bool(slept))
            session.get("projects")
            return number

    with serving(busy(2, Answer(429, b"", {"Retry-After": "30"}))) as (url, _):
        assert verb(workspace, 7) == 7
    assert slept == [30, 30]
    assert waited == [False, True, True]
    assert notices and all(url in notice and "30 s" in notice for notice in notices)


def test_a_short_pause_is_made_in_place_so_that_a_slowed_down_sync_ends(slept, workspace):
    """A proxy that lets one request a second through asks for many short pauses. If each ended the
    command, it would begin anew each time, and never come to its end."""
    answered: list[str] = []

    def one_at_a_time(request: Request) -> Answer:
        fresh = len(answered) == answered.count("busy") * 2
        answered.append("busy" if fresh else "done")
        return Answer(429, b"", {"Retry-After": "1"}) if fresh else Answer()

    begun: list[int] = []

    @waits_if_busy
    def verb(corpus: Workspace) -> None:
        begun.append(1)
        with corpus.writing("a test"), Session(url) as session:
            for _ in range(300):
                session.get("projects")

    with serving(one_at_a_time) as (url, _):
        verb(workspace)
    assert len(begun) == 1
    assert sum(slept) == 300 > RETRY_AFTER_LIMIT_SECONDS


@pytest.mark.parametrize(("zone", "offset"), [("EST5", "UTC-05:00"), ("UTC0", "UTC")])
def test_the_time_of_the_next_try_names_its_zone(monkeypatch, zone, offset):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        for seconds in (60, 3 * DAY):
            answer = Answer(503, b"", {"Retry-After": str(seconds)})
            with serving(answer) as (url, _), pytest.raises(Busy) as raised:
                send(url, "GET")
            assert f" {offset};" in raised.value.hint
    finally:
        monkeypatch.undo()
        time.tzset()


def test_the_lock_is_free_while_a_verb_waits(workspace, monkeypatch):
    path = workspace.state / "lock"
    holders: list[str] = []
    monkeypatch.setattr(time, "sleep", lambda _: holders.append(lock.holder(path)))

    @waits_if_busy
    def verb(corpus: Workspace) -> None:
        with corpus.writing("a test"), Session(url, retries=0) as session:
            assert lock.holder(path).startswith("a test by")
            session.get("projects")

    with serving(busy(1, Answer(503, b"", {"Retry-After": "60"}))) as (url, _):
        verb(workspace)
    assert holders == [""]


def test_a_verb_gives_up_once_the_pauses_are_too_long(slept, workspace):
    @waits_if_busy
    def verb(corpus: Workspace) -> None:
        with Session(url, retries=0) as session:
            session.get("projects")

    with serving(Answer(429, b"", {"Retry-After": "50"})) as (url, requests):
        with pytest.raises(Busy, match="pause of 50 s"):
            verb(workspace)
        assert sum(slept) <= RETRY_AFTER_LIMIT_SECONDS
        assert len(requests) == len(slept) + 1 == 3


def test_a_server_that_asks_for_no_time_is_not_asked_for_ever(slept, workspace):
    @waits_if_busy
    def verb(corpus: Workspace) -> None:
        with Session(url, retries=0) as session:
            session.post("projects", json={})

    with serving(Answer(503, b"", {"Retry-After": "0"})) as (url, _), pytest.raises(Busy):
        verb(workspace)
    assert len(slept) == RETRY_AFTER_LIMIT_SECONDS


def test_a_body_that_is_too_large_is_named_though_nobody_read_it():
    with serving(Answer(), limit=1_000_000) as (url, _), Session(url) as session:
        assert session.post("fp/process/", data=b" " * 1_000_000).json() == {}
        with pytest.raises(Refused) as raised:
            session.post("fp/process/", data=b" " * 30_000_000)
    assert raised.value.status == 413
    assert "client_max_body_size" in raised.value.hint


def test_a_connection_that_breaks_is_an_error_of_curate():
    def nothing(request: Request) -> Answer:
        raise OSError

    with serving(nothing) as (url, _), pytest.raises(RemoteError):
        send(url, "GET")
