"""HTTP to a Doccano server: doccano-client's repositories over a session that can be trusted.

The client has no timeouts and no retries. This session has both: every request ends in time, and
requests that may be sent twice (GET, HEAD, PUT) are, when the server is busy or the connection
breaks. Authentication is by token, so that no request needs a CSRF cookie.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from doccano_client.repositories.base import BaseRepository
from doccano_client.repositories.task_status import TaskStatusRepository
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from curate.errors import CredentialsError, RemoteError, TaskFailed

CONNECT_SECONDS = 10.0
READ_SECONDS = 120.0
TASK_SECONDS = 1800.0
BACKOFF_SECONDS = 0.3
PAGE = 1000
_BUSY = (429, 500, 502, 503, 504)


class _Token(requests.auth.AuthBase):
    """Sends the token; being an auth object, it also keeps requests from reading ~/.netrc."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token:
            request.headers["Authorization"] = f"Token {self._token}"
        return request


class _Http(requests.Session):
    """A requests session with timeouts, safe retries, and errors in words."""

    def __init__(self, retries: int) -> None:
        super().__init__()
        retry = Retry(
            total=retries,
            connect=min(retries, 3),  # a server that is not there is not worth a long wait
            backoff_factor=BACKOFF_SECONDS,
            status_forcelist=_BUSY,
            allowed_methods=("GET", "HEAD", "PUT"),
            raise_on_status=False,
        )
        self.mount("http://", HTTPAdapter(max_retries=retry))
        self.mount("https://", HTTPAdapter(max_retries=retry))
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.auth = _Token("")

    def settle(self, url: str) -> None:
        """Take proxies and certificates from the environment now, and not at every request."""
        found = self.merge_environment_settings(url, {}, None, None, None)
        self.proxies.update(found["proxies"])
        self.verify = found["verify"]
        self.trust_env = False

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        kwargs.setdefault("timeout", (CONNECT_SECONDS, READ_SECONDS))
        try:
            response = super().request(method, url, *args, **kwargs)
        except requests.RequestException as error:
            raise _unreachable(method, url, error) from error
        if response.status_code >= 400:
            raise _refused(method, url, response)
        if not kwargs.get("stream"):
            _check_whole(method, url, response)
        return response


def _check_whole(method: str, url: str, response: requests.Response) -> None:
    """Refuse an answer that was cut short, or JSON that is none: requests takes both for good."""
    announced = response.headers.get("Content-Length")
    coded = "Content-Encoding" in response.headers  # then the length is that of the coded bytes
    if announced and not coded and method != "HEAD" and int(announced) != len(response.content):
        raise RemoteError(f"the answer to {method} {_path(url)} was cut short", _AGAIN)
    if response.content and "json" in str(response.request.headers.get("Accept")):
        try:
            response.json()
        except ValueError as error:
            address = url.split("/v1/")[0]
            raise RemoteError(
                f"{address} answered {method} {_path(url)} with something that is not JSON",
                "check that CURATE_DOCCANO_URL is the address of a Doccano server",
            ) from error


class Session(BaseRepository):  # type: ignore[misc]
    """A logged-in session with one Doccano server, to be handed to the client's repositories.

    Args:
        url: address of the server, such as ``http://127.0.0.1:8765``.
        retries: how often a request that may be sent twice is tried again.

    Raises:
        RemoteError: the server cannot be reached, or refused; CredentialsError for the login.
    """

    def __init__(self, url: str, retries: int = 5) -> None:
        super().__init__(url)
        http = _Http(retries)
        http.headers.update(self._session.headers)
        http.settle(url)
        self._session: requests.Session = http
        self.url: str = self._base_url
        self.user_id = 0

    def login(self, username: str, password: str) -> None:
        """Get a token and use it from now on.

        Raises:
            CredentialsError: the server does not know this user or password.
        """
        try:
            response = self.post("auth/login/", json={"username": username, "password": password})
        except Refused as error:
            if error.status not in (400, 401, 403):
                raise
            raise CredentialsError(
                f"{self.url} did not accept the password of {username}",
                "check CURATE_DOCCANO_USERNAME and CURATE_DOCCANO_PASSWORD",
            ) from error
        self._session.auth = _Token(response.json()["key"])
        self.user_id = int(self.get("me").json()["id"])

    def patch(self, resource: str, **kwargs: Any) -> requests.Response:
        """Send a PATCH request; the client has none."""
        return self._session.patch(f"{self.api_url}/{resource}", **kwargs)

    def pages(self, resource: str, **params: Any) -> Iterator[dict[str, Any]]:
        """All rows of a list that comes in pages.

        It pages by ``limit`` and ``offset`` and not by the ``next`` address that Doccano gives,
        because that one can be wrong behind a proxy.
        """
        offset = 0
        while True:
            page = self.get(resource, params={**params, "limit": PAGE, "offset": offset}).json()
            yield from page["results"]
            offset += len(page["results"])
            if not page["results"] or offset >= page["count"]:
                return

    def wait(
        self,
        task: str,
        what: str,
        seconds: float | None = None,
        tick: Callable[[], None] = lambda: None,
    ) -> Any:
        """Wait for a background task and return its result.

        Raises:
            TaskFailed: the task failed, or did not end within ``seconds``.
        """
        seconds = TASK_SECONDS if seconds is None else seconds
        began = time.monotonic()
        while (waited := time.monotonic() - began) < seconds:
            status = TaskStatusRepository(self).get(task)
            if status.error:
                raise TaskFailed(f"{what} failed on the server ({status.error['text']})", _LOGS)
            if status.ready:
                return status.result
            tick()
            # In proportion, so that a task is never known to have ended much after it did.
            time.sleep(min(1.0, max(0.05, waited / 10)))
        raise TaskFailed(f"{what} did not end within {seconds:.0f} s", _WORKER)


class Refused(RemoteError):
    """The server answered with an error; ``status`` is the HTTP status."""

    def __init__(self, message: str, hint: str, status: int) -> None:
        super().__init__(message, hint)
        self.status = status


_LOGS = "look at the log of Doccano's worker and run the command again"
_WORKER = "check that Doccano's worker runs (`curate server status`) and run the command again"


def connect(url: str, username: str, password: str) -> Session:
    """Log in to a server."""
    session = Session(url)
    session.login(username, password)
    return session


def _unreachable(method: str, url: str, error: requests.RequestException) -> RemoteError:
    address = url.split("/v1/")[0]
    if isinstance(error, requests.Timeout):
        return RemoteError(f"{address} did not answer in time ({method} {_path(url)})", _AGAIN)
    return RemoteError(f"{address} cannot be reached ({_why(error)})", _SERVER)


def _why(error: BaseException) -> str:
    """The system's own words where there are some, else the library's."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
        cause = cause.__cause__ or cause.__context__
    return " ".join(str(error).split())[:200] or type(error).__name__


_AGAIN = "run the command again; nothing was lost"
_SERVER = "start it with `curate server start`, or check CURATE_DOCCANO_URL"


def _refused(method: str, url: str, response: requests.Response) -> Refused:
    text = " ".join(response.text.split())[:200]
    hint = _AGAIN if response.status_code in _BUSY else "check the account's rights on the server"
    return Refused(
        f"Doccano answered {response.status_code} to {method} {_path(url)} ({text})",
        hint,
        response.status_code,
    )


def _path(url: str) -> str:
    return url.split("/v1/")[-1]
