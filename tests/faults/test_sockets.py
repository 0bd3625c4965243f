"""A request that breaks leaves no socket open, whatever breaks it."""

from __future__ import annotations

import gc
import warnings
from contextlib import suppress
from pathlib import Path

import pytest
import requests
from support.faults.proxy import KINDS, Fault, Point, Proxy

from curate.doccano import transport
from curate.doccano.pull import download_export
from curate.doccano.session import Session
from curate.errors import RemoteError

pytestmark = pytest.mark.faults


@pytest.mark.parametrize("retries", [0, 2])
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("path", ["a", "chunked"])
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_broken_request_closes_its_socket(
    proxy: Proxy,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    method: str,
    path: str,
    stream: bool,
    retries: int,
) -> None:
    monkeypatch.setattr(transport, "READ_SECONDS", 0.2)
    monkeypatch.setattr(transport, "BACKOFF_SECONDS", 0.0)
    proxy.arm(Fault(kind, Point(method, path, 0)))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        here = Session(proxy.url, retries)
        _try(here, method, path, stream)
        del here
        gc.collect()
    assert [str(each.message) for each in told] == []


@pytest.mark.parametrize("kind", KINDS)
def test_an_export_that_breaks_closes_its_socket(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str
) -> None:
    """What is no export is not read to its end, and what is cut short has none."""
    monkeypatch.setattr(transport, "READ_SECONDS", 0.2)
    monkeypatch.setattr(transport, "BACKOFF_SECONDS", 0.0)
    proxy.arm(Fault(kind, Point("GET", "projects/N/download", 0)))
    here = Session(proxy.url, 0)
    answers: list[requests.Response] = []
    here._session.hooks["response"].append(lambda answer, **_: answers.append(answer))
    with suppress(RemoteError, requests.RequestException, KeyError):
        download_export(here, 1, "task", tmp_path / "export.zip")
    # What nobody closed is closed when it is collected, or its socket is collected before it.
    assert [answer for answer in answers if not answer.raw.closed] == []


def _try(here: Session, method: str, path: str, stream: bool) -> None:
    body = {"data": b"[0123456789]"} if method == "POST" else {}
    try:
        answer = getattr(here, method.lower())(path, stream=stream, **body)
        answer.content  # noqa: B018  what is streamed is read here
    except (RemoteError, OSError):
        pass  # what it says is tested elsewhere
