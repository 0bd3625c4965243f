"""Answers that are not Doccano's: redirects, login pages, other programs; each is named."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from support.http_server import Answer, Request, serving
from support.tls import certificate

from curate.doccano import transport
from curate.doccano.session import Session, connect
from curate.errors import CredentialsError, RemoteError

PAGE = b"<html><head><title>Sign in to Example</title></head><body>top-secret</body></html>"


def doccano(request: Request) -> Answer:
    """What Doccano answers to a login and the requests after it, or without one."""
    if request.path == "/v1/auth/login/":
        return Answer(body=b'{"key": "token"}')
    if request.path != "/v1/me":
        return Answer(404, PAGE)
    if request.headers.get("Authorization") == "Token token":
        return Answer(body=b'{"id": 1, "username": "anna"}')
    return Answer(401, b'{"detail": "Authentication credentials were not provided."}')


def below(folder: str) -> Callable[[Request], Answer]:
    """A Doccano at the root of a server that answers pages at other addresses."""

    def answer(request: Request) -> Answer:
        return doccano(request) if not request.path.startswith(folder) else Answer(403, PAGE)

    return answer


def refusal(url: str, ca_file: str = "") -> RemoteError:
    with pytest.raises(RemoteError) as raised:
        connect(url, "anna", "top-secret", ca_file)
    assert "top-secret" not in str(raised.value)
    assert not isinstance(raised.value, CredentialsError)
    return raised.value


def hinted_address(error: RemoteError) -> str:
    match = re.search(r"set the address to (\S+?),? ", error.hint)
    assert match, error.hint
    return match[1]


def sent_secrets(requests: list[Request]) -> list[Request]:
    """The requests that carry a password or a token."""
    return [
        request
        for request in requests
        if b"top-secret" in request.body or "token" in request.headers.get("Authorization", "")
    ]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_https_names_the_address_that_works(tmp_path, status):
    own = certificate(tmp_path, "own")
    with serving(doccano, own.server()) as (https, secure):

        def to_https(request: Request) -> Answer:
            return Answer(status, b"", {"Location": https + request.path})

        with serving(to_https) as (http, _):
            error = refusal(http, str(own.public))
        assert secure == []
        assert hinted_address(error) == https
        connect(hinted_address(error), "anna", "top-secret", str(own.public))._session.close()


@pytest.mark.parametrize("status", [302, 307, 308])
def test_no_password_and_no_token_goes_to_another_server(status):
    with serving(doccano) as (other, elsewhere):

        def answer(request: Request) -> Answer:
            if request.path == "/v1/projects":
                return Answer(status, b"", {"Location": f"{other}/v1/projects?secret=1"})
            return doccano(request)

        def login_elsewhere(request: Request) -> Answer:
            return Answer(status, b"", {"Location": f"{other}/v1/auth/login/"})

        with serving(answer) as (url, _):
            session = connect(url, "anna", "top-secret")
            with pytest.raises(RemoteError) as raised:
                session.get("projects")
            session._session.close()
            assert other in str(raised.value) and "secret=1" not in str(raised.value)
        with serving(login_elsewhere) as (url, _):
            assert hinted_address(refusal(url)) == other
        assert elsewhere == []


def test_a_redirect_on_the_same_server_is_followed_for_what_only_reads():
    def answer(request: Request) -> Answer:
        if not request.path.endswith("/"):
            return Answer(301, b"", {"Location": request.path + "/"})
        return Answer(body=json.dumps({"path": request.path}).encode())

    with serving(answer) as (url, requests), Session(url) as session:
        assert session.get("projects").json() == {"path": "/v1/projects/"}
        with pytest.raises(RemoteError, match="redirects POST projects") as raised:
            session.post("projects", json={})
        assert "pass requests below /v1/ on" in raised.value.hint
        assert [request.method for request in requests] == ["GET", "GET", "POST"]


def test_a_redirect_in_a_circle_ends():
    def answer(request: Request) -> Answer:
        return Answer(302, b"", {"Location": request.path})

    with serving(answer) as (url, requests), Session(url) as session:
        with pytest.raises(RemoteError, match="redirects GET projects"):
            session.get("projects")
        assert len(requests) < 10


def test_a_redirect_to_a_folder_of_the_server_names_the_address_that_works():
    def answer(request: Request) -> Answer:
        if request.path.startswith("/doccano"):
            return doccano(replace(request, path=request.path.removeprefix("/doccano")))
        return Answer(307, b"", {"Location": "/doccano" + request.path})

    with serving(answer) as (url, _):
        error = refusal(url)
        assert hinted_address(error) == f"{url}/doccano"
        connect(hinted_address(error), "anna", "top-secret")._session.close()


@pytest.mark.parametrize(
    "gate",
    [
        Answer(302, b"", {"Location": "https://sso.invalid/login?next=secret"}),
        Answer(302, b"", {"Location": "/login"}),
        Answer(401, PAGE),
        Answer(401, b"", {"WWW-Authenticate": 'Basic realm="Example"'}),
        Answer(403, PAGE),
        Answer(200, PAGE),
    ],
    ids=["another host", "page here", "401", "basic", "403", "200"],
)
def test_a_login_before_doccano_is_named_and_the_address_behind_it_works(gate):
    with serving(doccano) as (inner, _):
        with serving(gate) as (outer, requests):
            error = refusal(outer)
            assert len(requests) == 1
        assert "login" in error.message or "Sign in to Example" in error.message
        assert "set CURATE_DOCCANO_URL to an address of Doccano behind it" in error.hint
        connect(inner, "anna", "top-secret")._session.close()


def test_a_gate_that_lets_the_api_pass_is_no_obstacle():
    def answer(request: Request) -> Answer:
        return doccano(request) if request.path.startswith("/v1/") else Answer(401, PAGE)

    with serving(answer) as (url, _):
        connect(url, "anna", "top-secret")._session.close()


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, b"<p>It works!</p>"),
        Answer(200, b"{}"),
        Answer(200, b"[]"),
        Answer(200, b'"key"'),
        Answer(200, b""),
        Answer(404, b"nothing here"),
        Answer(405, b'{"detail": "Method not allowed."}'),
        Answer(400, b'{"error": "bad request"}'),
    ],
)
def test_a_program_that_is_no_doccano_is_named(answer):
    with serving(answer) as (url, _):
        error = refusal(url)
    assert url in error.message
    assert "password" not in error.message
    assert "CURATE_DOCCANO_URL" in error.hint


@pytest.mark.parametrize("path", ["/projects/3", "/projects", "/auth", "/admin/"])
def test_an_address_with_a_path_is_named_with_the_one_that_works(path):
    with serving(below(path.rstrip("/"))) as (url, requests):
        error = refusal(url + path)
        assert hinted_address(error) == url
        assert all(request.path.startswith(path) for request in sent_secrets(requests))
        connect(url, "anna", "top-secret")._session.close()


def test_a_server_here_without_https_is_named_though_it_only_keeps_silent(monkeypatch):
    """Doccano's own web server waits for the rest of what it takes for a request."""
    monkeypatch.setattr(transport, "READ_SECONDS", 0.3)
    monkeypatch.setattr(transport, "CONNECT_SECONDS", 0.3)
    monkeypatch.setattr(transport, "BACKOFF_SECONDS", 0.0)
    with serving(doccano) as (url, requests):
        error = refusal("https" + url.removeprefix("http"))
        assert hinted_address(error) == url
        assert sent_secrets(requests) == []


def test_a_server_that_speaks_https_only_is_named():
    nginx = b"<head><title>400 The plain HTTP request was sent to HTTPS port</title></head>"
    with serving(Answer(400, nginx)) as (url, _):
        assert hinted_address(refusal(url)) == "https" + url.removeprefix("http")


@pytest.mark.slow
def test_a_proxy_on_the_way_that_asks_for_a_login_is_named_and_gets_it(monkeypatch):
    login = "Basic " + base64.b64encode(b"anna:top-secret").decode()

    def proxy(request: Request) -> Answer:
        if request.headers.get("Proxy-Authorization") != login:
            return Answer(407, PAGE, {"Proxy-Authenticate": "Basic"})
        path = request.path.removeprefix("http://doccano.invalid")
        return doccano(replace(request, path=path))

    monkeypatch.delenv("no_proxy", raising=False)
    with serving(proxy) as (url, _):
        monkeypatch.setenv("http_proxy", url)
        monkeypatch.setenv("https_proxy", url)
        error = refusal("http://doccano.invalid")
        assert "http_proxy" in error.hint and "http://USER:PASSWORD@PROXY:PORT" in error.hint
        assert "https_proxy" in refusal("https://doccano.invalid").hint
        monkeypatch.setenv("http_proxy", url.replace("http://", "http://anna:top-secret@"))
        connect("http://doccano.invalid", "anna", "top-secret")._session.close()


def test_a_proxy_that_is_not_there_is_named_without_its_password(monkeypatch):
    monkeypatch.setattr(transport, "BACKOFF_SECONDS", 0.0)
    monkeypatch.delenv("no_proxy", raising=False)
    for scheme in ("http", "https"):
        monkeypatch.setenv(f"{scheme}_proxy", "http://anna:top-secret@127.0.0.1:1")
        error = refusal(f"{scheme}://doccano.invalid")
        assert "proxy" in error.message and f"{scheme}_proxy" in error.hint


def test_a_list_that_is_none_is_no_traceback():
    with (
        serving(Answer(body=b'{"detail": "ok"}')) as (url, _),
        Session(url) as session,
        pytest.raises(RemoteError, match="JSON of another kind"),
    ):
        list(session.pages("projects"))


TOLD = [
    b"<title>400 The plain HTTP request was sent to HTTPS port</title>",  # nginx
    b"Client sent an HTTP request to an HTTPS server.\n",  # Go
    b"Reason: You're speaking plain HTTP to an SSL-enabled server port.<br />",  # Apache
]


@pytest.mark.parametrize("page", [None, *TOLD])
def test_plain_http_to_a_port_that_speaks_tls_is_named(tmp_path, page):
    own = certificate(tmp_path, "own")
    answer = doccano if page is None else Answer(400, page)
    with serving(answer, None if page else own.server()) as (url, requests):
        plain = url.replace("https://", "http://")
        error = refusal(plain)
        assert "TLS" in error.message
        assert hinted_address(error) == plain.replace("http://", "https://")
        if page is None:
            assert requests == []
            connect(hinted_address(error), "anna", "top-secret", str(own.public))._session.close()


def test_a_connection_that_breaks_at_a_plain_port_is_not_taken_for_tls():
    def nothing(request: Request) -> Answer:
        raise OSError

    with serving(nothing) as (url, _):
        error = refusal(url)
    assert "cannot be reached" in error.message
