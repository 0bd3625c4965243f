"""HTTP to a Doccano server: doccano-client's repositories over a session that can be trusted.

The client has no timeouts and no retries. This session has both: every request ends in time, and
requests that are safe to repeat (GET, HEAD, PUT) are retried when the server is busy or the
connection breaks. Authentication is by token, so that no request needs a CSRF cookie.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from doccano_client.repositories.base import BaseRepository
from doccano_client.repositories.task_status import TaskStatusRepository
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from curate.doccano.server_clock import ClockOffset, ServerClock
from curate.errors import CredentialsError, RemoteError, TaskFailed

CONNECT_SECONDS = 10.0
READ_SECONDS = 120.0
TASK_SECONDS = 1800.0
BACKOFF_SECONDS = 0.3
PAGE_SIZE = 1000
_BUSY = (429, 500, 502, 503, 504)

_RETRY = "run the command again; nothing was lost"


class Refused(RemoteError):
    """The server answered with an error; ``status`` is the HTTP status code."""

    def __init__(self, message: str, hint: str, status: int) -> None:
        super().__init__(message, hint)
        self.status = status


class Session(BaseRepository):  # type: ignore[misc]
    """A session with one Doccano server, to be passed to the client's repositories.

    Every method raises RemoteError if the server cannot be reached, and its subclass
    :class:`Refused` if it answers with an error.

    Args:
        url: address of the server, such as ``http://127.0.0.1:8765``.
        retries: how often a request that is safe to repeat is retried.
    """

    def __init__(self, url: str, retries: int = 5) -> None:
        super().__init__(url)
        http = _HttpSession(retries)
        http.headers.update(self._session.headers)
        http.read_environment(url)
        self._session: requests.Session = http
        self._clock = http.clock
        self.url: str = self._base_url
        self.user_id = 0

    @property
    def clock_offset(self) -> ClockOffset | None:
        """How far the server's clock is ahead of ours, by all answers so far; None before any."""
        return self._clock.offset

    def login(self, username: str, password: str) -> None:
        """Get a token and use it from now on.

        Raises:
            CredentialsError: the server did not accept this user name and password.
        """
        try:
            response = self.post("auth/login/", json={"username": username, "password": password})
        except Refused as error:
            if error.status not in (400, 401, 403):
                raise
            raise CredentialsError(
                f"{self.url} did not accept the password of {username}",
                "check CURATE_DOCCANO_USERNAME and CURATE_DOCCANO_PASSWORD or the keyring; if the "
                "embedded server's password was changed, stop it, delete its account.json and "
                "start it again",
            ) from error
        self._session.auth = _TokenAuth(response.json()["key"])
        self.user_id = int(self.get("me").json()["id"])

    def patch(self, resource: str, **kwargs: Any) -> requests.Response:
        """Send a PATCH request; the client has no method for it."""
        return self._session.patch(f"{self.api_url}/{resource}", **kwargs)

    def pages(self, resource: str, **params: Any) -> Iterator[dict[str, Any]]:
        """All rows of a paginated list.

        It pages by ``limit`` and ``offset`` and not by the ``next`` address that Doccano gives,
        because that one can be wrong behind a proxy.
        """
        offset = 0
        while True:
            window = {"limit": PAGE_SIZE, "offset": offset}
            page = self.get(resource, params={**params, **window}).json()
            yield from page["results"]
            offset += len(page["results"])
            if not page["results"] or offset >= page["count"]:
                return

    def wait(
        self,
        task: str,
        description: str,
        seconds: float | None = None,
        tick: Callable[[], None] = lambda: None,
    ) -> Any:
        """Wait for a background task of the server and return its result.

        Args:
            task: the server's id of the task.
            description: what the task does, for the error message.
            seconds: how long to wait; ``TASK_SECONDS`` by default.
            tick: called after each poll.

        Raises:
            TaskFailed: the task failed, or did not end within ``seconds``.
        """
        seconds = TASK_SECONDS if seconds is None else seconds
        began = time.monotonic()
        while (waited := time.monotonic() - began) < seconds:
            status = TaskStatusRepository(self).get(task)
            if status.error:
                raise TaskFailed(
                    f"{description} failed on the server ({status.error['text']})",
                    "look at the log of Doccano's worker and run the command again",
                )
            if status.ready:
                return status.result
            tick()
            # The interval grows with the time waited, so that the wait is at most a tenth too long.
            time.sleep(min(1.0, max(0.05, waited / 10)))
        raise TaskFailed(
            f"{description} did not end within {seconds:.0f} s",
            "check that Doccano's worker is running (`curate server status`), then try again",
        )


def connect(url: str, username: str, password: str) -> Session:
    """Log in to a server.

    Raises:
        CredentialsError: the server did not accept this user name and password.
        RemoteError: the server cannot be reached.
    """
    session = Session(url)
    session.login(username, password)
    return session


class _TokenAuth(requests.auth.AuthBase):
    """Sends the token; being an auth object, it also keeps requests from reading ~/.netrc."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token:
            request.headers["Authorization"] = f"Token {self._token}"
        return request


class _HttpSession(requests.Session):
    """A requests session with timeouts, safe retries, and errors of curate."""

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
        self.auth = _TokenAuth("")
        self.clock = ServerClock()

    def read_environment(self, url: str) -> None:
        """Read proxies and certificates from the environment once, not at every request."""
        settings = self.merge_environment_settings(url, {}, None, None, None)
        self.proxies.update(settings["proxies"])
        self.verify = settings["verify"]
        self.trust_env = False

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        kwargs.setdefault("timeout", (CONNECT_SECONDS, READ_SECONDS))
        sent = time.time()
        try:
            response = super().request(method, url, *args, **kwargs)
        except requests.RequestException as error:
            raise _unreachable(method, url, error) from error
        if "Age" not in response.headers:  # a cache's answer has an old Date
            self.clock.observe(response.headers.get("Date", ""), sent, time.time())
        if response.status_code >= 400:
            raise _refused(method, url, response)
        if not kwargs.get("stream"):
            _check_body(method, url, response)
        return response


def _check_body(method: str, url: str, response: requests.Response) -> None:
    """Refuse an incomplete body, or JSON that does not parse: requests accepts both."""
    length = response.headers.get("Content-Length")
    compressed = "Content-Encoding" in response.headers  # the length is then that of fewer bytes
    if length and not compressed and method != "HEAD" and int(length) != len(response.content):
        raise RemoteError(f"the answer to {method} {_resource(url)} was cut short", _RETRY)
    if response.content and "json" in str(response.request.headers.get("Accept")):
        try:
            response.json()
        except ValueError as error:
            raise RemoteError(
                f"{_server(url)} answered {method} {_resource(url)} with something that is not "
                "JSON",
                "check that CURATE_DOCCANO_URL is the address of a Doccano server",
            ) from error


def _unreachable(method: str, url: str, error: requests.RequestException) -> RemoteError:
    if isinstance(error, requests.Timeout):
        return RemoteError(
            f"{_server(url)} did not answer in time ({method} {_resource(url)})", _RETRY
        )
    return RemoteError(
        f"{_server(url)} cannot be reached ({_reason(error)})",
        "start the embedded server with `curate server start`, or check the address in "
        "CURATE_DOCCANO_URL or under [doccano] url in curate.toml",
    )


def _reason(error: BaseException) -> str:
    """The operating system's message if there is one, else that of the library."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
        cause = cause.__cause__ or cause.__context__
    return " ".join(str(error).split())[:200] or type(error).__name__


def _refused(method: str, url: str, response: requests.Response) -> Refused:
    status = response.status_code
    if status in _BUSY:
        hint = _RETRY
    elif status == 404:
        hint = "run the command again, or check that CURATE_DOCCANO_URL is a Doccano server"
    else:
        hint = "check the account's rights on the server"
    text = " ".join(response.text.split())[:200]
    return Refused(f"Doccano answered {status} to {method} {_resource(url)} ({text})", hint, status)


def _server(url: str) -> str:
    return url.split("/v1/")[0]


def _resource(url: str) -> str:
    return url.split("/v1/")[-1]


def utc_time(time: str) -> str:
    """A timestamp of the server in UTC, to the second, ISO 8601 with a final Z."""
    moment = datetime.fromisoformat(time).astimezone(UTC)
    return moment.replace(microsecond=0, tzinfo=None).isoformat() + "Z"
