"""The proxy itself, before a small server of the standard library."""

from __future__ import annotations

import http.client
import time

import pytest
import requests
from support.faults.proxy import ALWAYS, KINDS, STATUSES, Fault, Point, Proxy, shape

pytestmark = pytest.mark.faults


def send(proxy: Proxy, path: str = "/v1/a", body: bytes = b"0123456789", method: str = "POST"):
    with requests.Session() as session:
        return session.request(method, proxy.url + path, data=body, timeout=0.5)


A = Point("POST", "a", 0)


def test_what_is_forwarded_is_not_rewritten(proxy, seen):
    record = proxy.arm()
    for path in ("/v1/a", "/v1/chunked"):
        answer = send(proxy, path)
        assert (answer.status_code, answer.content) == (201, b"0123456789")
        assert answer.headers["X-Mine"] == "yes"
    assert seen == ["POST /v1/a", "POST /v1/chunked"]
    assert record.points == [A, Point("POST", "chunked", 0)]


def test_a_connection_serves_many_requests(proxy):
    with requests.Session() as session:
        for _ in range(3):
            assert session.post(proxy.url + "/v1/a", data=b"x", timeout=1).content == b"x"


@pytest.mark.parametrize("kind", STATUSES)
def test_a_status_is_answered_and_nothing_is_forwarded(proxy, seen, kind):
    proxy.arm(Fault(kind, A))
    assert send(proxy).status_code == STATUSES[kind]
    assert seen == []
    assert send(proxy).status_code == 201


@pytest.mark.parametrize(("kind", "status"), [("lost-502", 502), ("not-json", 200)])
def test_the_effect_happens_and_the_answer_is_another(proxy, seen, kind, status):
    proxy.arm(Fault(kind, A))
    answer = send(proxy)
    assert (answer.status_code, b"<html>" in answer.content) == (status, True)
    assert seen == ["POST /v1/a"]


@pytest.mark.parametrize(("kind", "forwarded"), [("close-before", 0), ("close-after", 1)])
def test_the_connection_is_closed(proxy, seen, kind, forwarded):
    proxy.arm(Fault(kind, A))
    with pytest.raises(requests.ConnectionError):
        send(proxy)
    proxy.settle()
    assert len(seen) == forwarded


@pytest.mark.parametrize("path", ["/v1/a", "/v1/chunked"])
def test_a_body_is_reset_half_way(proxy, path):
    proxy.arm(Fault("reset-body", Point("POST", shape(path), 0)))
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        send(proxy, path)


def test_a_body_ends_half_way(proxy):
    proxy.arm(Fault("short-body", A))
    connection = http.client.HTTPConnection(proxy.url.removeprefix("http://"), timeout=1)
    connection.request("POST", "/v1/a", b"0123456789")
    with pytest.raises(http.client.IncompleteRead) as caught:
        connection.getresponse().read()
    connection.close()
    assert caught.value.partial == b"01234"


@pytest.mark.parametrize("kind", ["slow", "late"])
def test_an_answer_comes_too_late(proxy, seen, kind):
    proxy.arm(Fault(kind, A))
    with pytest.raises(requests.Timeout):
        send(proxy)
    proxy.settle()
    assert seen == ["POST /v1/a"]


def test_a_request_arrives_after_the_one_that_repeats_it(proxy, seen):
    proxy.arm(Fault("later", A))
    with pytest.raises(requests.Timeout):
        send(proxy)
    time.sleep(0.1)
    assert seen == []
    send(proxy, "/v1/other")
    assert seen == ["POST /v1/other"]
    send(proxy)
    proxy.settle()
    assert seen == ["POST /v1/other", "POST /v1/a", "POST /v1/a"]


def test_what_is_held_back_can_be_released(proxy, seen):
    proxy.arm(Fault("later", A))
    with pytest.raises(requests.Timeout):
        send(proxy)
    time.sleep(0.2)
    assert proxy.release() == 1
    assert seen == ["POST /v1/a"]


def test_a_fault_can_last(proxy, seen):
    record = proxy.arm(Fault("status-503", Point("POST", "a", 1), last=ALWAYS))
    assert [send(proxy).status_code for _ in range(4)] == [201, 503, 503, 503]
    assert len(record.hit) == 3
    proxy.arm()
    assert send(proxy).status_code == 201


def test_polls_of_one_task_are_one_point(proxy):
    one, two = ("/v1/tasks/status/" + c * 8 + "-1111-4111-8111-" + c * 12 for c in "ab")
    fault = Fault("status-500", Point("GET", "tasks/status/ID", 1))
    record = proxy.arm(fault)
    got = [send(proxy, path, method="GET").status_code for path in (one, one, two, two, one)]
    assert got == [201, 201, 500, 201, 201]
    assert [point.nth for point in record.distinct()] == [0, 1]


def test_the_kinds_are_all_told_apart():
    assert len(set(KINDS)) == len(KINDS) == 13
    assert shape("/v1/projects/12/examples/7/spans?limit=5") == "projects/N/examples/N/spans"
