"""The session takes what the environment says of proxies and certificates, once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from curate.doccano.session import Session
from curate.errors import RemoteError


@contextmanager
def proxy() -> Iterator[tuple[str, list[str]]]:
    """An HTTP proxy that answers itself: its address, and the addresses it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_requests_go_through_the_proxy_that_the_environment_names(monkeypatch):
    with proxy() as (address, asked):
        monkeypatch.setenv("http_proxy", address)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        session = Session("http://doccano.invalid")
        assert session.get("me").json() == {}
        session._session.close()
    assert asked == ["http://doccano.invalid/v1/me"]


def test_a_host_that_needs_no_proxy_is_asked_itself(monkeypatch):
    with proxy() as (address, asked):
        monkeypatch.setenv("http_proxy", address)
        monkeypatch.setenv("no_proxy", "doccano.invalid")
        session = Session("http://doccano.invalid", retries=0)
        with pytest.raises(RemoteError, match="cannot be reached"):
            session.get("me")
        session._session.close()
    assert asked == []


def test_certificates_are_those_that_the_environment_names(monkeypatch, tmp_path):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    assert Session("https://doccano.invalid")._session.verify == str(tmp_path / "ca.pem")
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    assert Session("https://doccano.invalid")._session.verify is True
