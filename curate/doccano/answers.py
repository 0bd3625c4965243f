"""Answers that are not Doccano's, or not complete: what each is, and what to do about it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import requests

from curate.doccano.certificates import speaks_tls, untrusted
from curate.doccano.server_address import SETTINGS, is_loopback, origin, use_address
from curate.errors import RemoteError

AGAIN = "run the command again; nothing was lost"
GATE = (
    "have the proxy pass /v1/ without a login of its own, or set CURATE_DOCCANO_URL to an address "
    "of Doccano behind it"
)
_LOGIN = "auth/login/"
_BUSY_FROM = 500
_SSL = r"\[SSL: (\w+)\]"
_TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)
_API = "/v1/"
# What nginx, Go's servers and Apache answer to plain HTTP at a port that speaks TLS.
_SAYS_TLS = (
    "sent to https port",
    "http request to an https server",
    "speaking plain http to an ssl",
)


def server(url: str) -> str:
    """The server's address in the address of a request."""
    return url.split(_API)[0]


def resource(url: str) -> str:
    """What a request asks for, without its query."""
    return url.split(_API)[-1].partition("?")[0]


def is_json(response: requests.Response) -> bool:
    """Whether the body of an answer is an object or a list in JSON."""
    try:
        return isinstance(response.json(), dict | list)
    except ValueError:
        return False


def check_address(setting: str = SETTINGS) -> str:
    """The hint where something else than a Doccano answers at the address of a setting."""
    return f"check that {setting or SETTINGS} is the address of a Doccano server"


def check_body(method: str, url: str, response: requests.Response, setting: str = SETTINGS) -> None:
    """Refuse an incomplete body, or JSON that does not parse: requests accepts both.

    Raises:
        RemoteError: the body is one of these.
    """
    length = response.headers.get("Content-Length")
    compressed = "Content-Encoding" in response.headers  # the length is then that of fewer bytes
    if length and not compressed and method != "HEAD" and int(length) != len(response.content):
        raise RemoteError(f"the answer to {method} {resource(url)} was cut short", AGAIN)
    if response.content and "json" in str(response.request.headers.get("Accept")):
        try:
            response.json()
        except ValueError as error:
            raise no_doccano(method, url, response, setting) from error


def no_doccano(
    method: str, url: str, response: requests.Response, setting: str = SETTINGS
) -> RemoteError:
    """The error for an answer that no Doccano gives."""
    page = _title(response)
    what = f"a web page ({page})" if page else "something that is not JSON"
    if is_json(response):
        what = "JSON of another kind"
    return RemoteError(
        f"{server(url)} answered {method} {resource(url)} with {what}, which Doccano does not do",
        f"{check_address(setting)}; if it is a login page before it: {GATE}",
    )


def redirected(method: str, url: str, target: str, setting: str = SETTINGS) -> RemoteError:
    """The error for a redirect that is not followed.

    Args:
        method: of the request.
        url: what was requested.
        target: where the server redirects to.
        setting: where the address is set.
    """
    here, there = origin(url), origin(target)
    bare = target.partition("?")[0].partition("#")[0]
    if server(bare) == server(url):
        return RemoteError(
            f"{server(url)} redirects {method} {resource(url)} to {bare}, as Doccano never does",
            "have the proxy before it pass requests below /v1/ on as they are",
        )
    if resource(url) and bare.rstrip("/").endswith(f"{_API}{resource(url)}".rstrip("/")):
        message = f"{server(url)} redirects to {server(bare)}, and no password is sent there"
        hint = use_address(server(bare), setting)
        if here[1] != there[1]:
            hint += ", if that host is yours"
        return RemoteError(message, hint)
    return RemoteError(
        f"{server(url)} redirects {method} {resource(url)} to {bare}: a login page before Doccano, "
        "or another program",
        GATE,
    )


def unreachable(
    method: str, url: str, error: requests.RequestException, setting: str = SETTINGS
) -> RemoteError:
    """The error for a request that got no answer.

    Args:
        method: of the request.
        url: what was requested.
        error: what happened.
        setting: where the address is set; empty for the embedded server.
    """
    if isinstance(error, requests.Timeout):
        return RemoteError(
            f"{server(url)} did not answer in time ({method} {resource(url)})", AGAIN
        )
    if isinstance(error, requests.exceptions.SSLError):
        return untrusted(url, _openssl_reason(error), setting)
    if isinstance(error, requests.exceptions.ProxyError):
        reason, (scheme, host, _) = _reason(error), origin(url)
        if " 407 " in reason:
            return RemoteError(
                f"the proxy on the way to {server(url)} asks for a login (407)", _proxy_login(url)
            )
        return RemoteError(
            f"the proxy on the way to {server(url)} cannot be reached ({reason})",
            f"correct {scheme}_proxy or all_proxy in the environment, or add {host} to no_proxy",
        )
    if url.startswith("http:") and not _is_refused(error) and speaks_tls(url):
        return RemoteError(*_https_only(url, setting))
    hint = f"check that the server is running, and that {setting} is its address"
    if not setting:
        hint = "start the embedded server with `curate server start`"
    return RemoteError(f"{server(url)} cannot be reached ({_reason(error)})", hint)


def _is_refused(error: requests.RequestException) -> bool:
    """Whether there was no connection at all, so that there is nobody to ask."""
    return "NewConnectionError" in repr(error) or "NameResolutionError" in repr(error)


def _https_only(url: str, setting: str) -> tuple[str, str]:
    """Message and hint where plain HTTP was sent to a server that speaks TLS."""
    https = "https" + server(url).removeprefix("http")
    return f"{server(url)} speaks TLS at this port", use_address(https, setting)


def _proxy_login(url: str) -> str:
    scheme, host, _ = origin(url)
    return (
        f"set {scheme}_proxy to the form http://USER:PASSWORD@PROXY:PORT, or add {host} to no_proxy"
    )


def _reason(error: BaseException) -> str:
    """The operating system's message if there is one, else that of the library."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
        cause = cause.__cause__ or cause.__context__
    return " ".join(str(error).split())[:200] or type(error).__name__


def _openssl_reason(error: BaseException) -> str:
    """What OpenSSL says, such as ``self-signed certificate``, in the library's many words."""
    for pattern in (r"verify failed: (.*?) \(_ssl\.c", r"(hostname .*? doesn't match .*?)\"", _SSL):
        if match := re.search(pattern, str(error)):
            return match[1]
    return _reason(error)


def refusal(
    method: str, url: str, response: requests.Response, setting: str = SETTINGS
) -> tuple[str, str]:
    """Message and hint for an answer with an error status."""
    status = response.status_code
    text = _title(response) or " ".join(response.text.split())[:200]
    request = f"{status} to {method} {resource(url)}"
    own = is_json(response)
    asks = response.headers.get("WWW-Authenticate", "")
    if any(words in text.lower() for words in _SAYS_TLS):
        return _https_only(url, setting)
    if status == 407:
        return f"the proxy on the way to {server(url)} asks for a login (407)", _proxy_login(url)
    if status in (401, 403) and not own and (asks or resource(url) == _LOGIN):
        gate = asks or text
        return f"a proxy before {server(url)} asks for a login of its own ({request}, {gate})", GATE
    if resource(url) == _LOGIN and status < _BUSY_FROM and "non_field_errors" not in text:
        return f"{server(url)} is no Doccano server ({request}, {text})", check_address(setting)
    who = "Doccano" if own or status >= _BUSY_FROM else server(url)
    return f"{who} answered {request} ({text})", _hint(status)


def _hint(status: int) -> str:
    if status >= _BUSY_FROM or status == 429:
        return AGAIN
    if status == 404:
        return "run the command again; somebody may have deleted it in between"
    if status == 413:
        return "raise the limit for request bodies on the proxy (nginx: client_max_body_size)"
    if status == 401:
        return "run the command again; if it fails again, the account was changed on the server"
    return "run `curate doctor`, which checks the account's rights on the server"


def _title(response: requests.Response) -> str:
    """The title of a page of HTML; empty if it has none or is something else."""
    match = _TITLE.search(response.text[:20_000])
    return " ".join(html.unescape(match[1]).split())[:100] if match else ""


def likely_addresses(url: str) -> Iterator[str]:
    """Other addresses that may be meant by one at which no Doccano answers.

    Plain HTTP is not suggested for another machine: somebody on the way may have kept HTTPS from
    working.
    """
    parts = urlsplit(url)
    if parts.path.strip("/"):
        yield f"{parts.scheme}://{parts.netloc}"
    if parts.scheme == "https" and is_loopback(url):
        yield f"http://{parts.netloc}"
