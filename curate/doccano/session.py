"""A session with a Doccano server, for the repositories of doccano-client.

The client has no timeouts, no retries, and errors of its own; here it gets those of
``curate.doccano.transport``. Authentication is by token, so that no request needs a CSRF cookie.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import requests

from curate.doccano import answers
from curate.doccano.client import BaseRepository, TaskStatusRepository
from curate.doccano.server_address import SETTINGS, server_address, use_address
from curate.doccano.server_clock import ClockOffset
from curate.doccano.transport import Busy as Busy
from curate.doccano.transport import HttpSession, TokenAuth
from curate.doccano.transport import Refused as Refused
from curate.errors import CredentialsError, RemoteError, TaskFailed

TASK_SECONDS = 1800.0
PAGE_SIZE = 1000


class TaskPending(TaskFailed):
    """A background task did not end in time; it may still do what it was to do."""


class Session(BaseRepository):  # type: ignore[misc]
    """A session with one Doccano server, to be passed to the client's repositories.

    Every method raises RemoteError if the server cannot be reached, and its subclass
    :class:`Refused` if it answers with an error.

    Args:
        url: address of the server, such as ``http://127.0.0.1:8765``.
        retries: how often a request that is safe to repeat is retried.
        ca_file: file of the certificates to trust; empty for those of the environment.
        setting: where the address is set, for hints; empty for the embedded server.

    Raises:
        RemoteError: the address is none, or the file is missing or has no certificates.
    """

    def __init__(
        self, url: str, retries: int = 5, ca_file: str = "", setting: str = SETTINGS
    ) -> None:
        super().__init__(server_address(url, setting))
        self._ca_file, self._setting = ca_file, setting
        http = HttpSession(self._base_url, retries, ca_file, setting)
        http.headers.update(self._session.headers)
        self._session: requests.Session = http
        self._clock = http.clock
        self.url: str = self._base_url
        self.user_id = 0

    @property
    def clock_offset(self) -> ClockOffset | None:
        """How far the server's clock is ahead of ours, by all answers so far; None before any."""
        return self._clock.offset

    def server_time(self) -> str:
        """The server's time at this moment, or a little before, to the microsecond."""
        return self._clock.time()

    def login(self, username: str, password: str) -> None:
        """Get a token and use it from now on.

        Raises:
            CredentialsError: the server did not accept this user name and password.
            RemoteError: what answers at the address is no Doccano.
        """
        try:
            key = self._request_token(username, password)
        except (Busy, CredentialsError):
            raise
        except RemoteError as error:
            for address in answers.likely_addresses(self.url):
                if self._is_doccano(address):
                    raise RemoteError(
                        f"{self.url} is no Doccano server, and {address} is one",
                        use_address(address, self._setting),
                    ) from error
            raise
        self._session.auth = TokenAuth(key)
        self.user_id = int(self.get("me").json()["id"])

    def _request_token(self, username: str, password: str) -> str:
        resource = "auth/login/"
        try:
            response = self.post(resource, json={"username": username, "password": password})
        except Refused as error:
            if error.status != 400 or "non_field_errors" not in error.message:
                raise
            raise CredentialsError(
                f"{self.url} did not accept the password of {username}",
                "check CURATE_DOCCANO_USERNAME and CURATE_DOCCANO_PASSWORD or the keyring",
            ) from error
        body = response.json() if response.content else {}
        if not isinstance(body, dict) or "key" not in body:
            raise answers.no_doccano("POST", f"{self.api_url}/{resource}", response, self._setting)
        return str(body["key"])

    def _is_doccano(self, url: str) -> bool:
        """Whether Doccano answers at an address; no password or token is sent there."""
        with Session(url, 0, self._ca_file) as other:
            try:
                other.get("me")
            except Refused as error:
                return error.json and error.status in (401, 403)
            except RemoteError:
                return False
        return False

    def __enter__(self) -> Session:
        """Use the session in a ``with`` block, which closes its connections."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self._session.close()

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
            response = self.get(resource, params={**params, **window})
            page = response.json()
            if not isinstance(page, dict) or not {"results", "count"} <= page.keys():
                raise answers.no_doccano(
                    "GET", f"{self.api_url}/{resource}", response, self._setting
                )
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
            TaskFailed: the task failed.
            TaskPending: it did not end within ``seconds``.
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
        raise TaskPending(
            f"{description} did not end within {seconds:.0f} s",
            "check that Doccano's worker is running (`curate server status`), then try again",
        )


def connect(
    url: str, username: str, password: str, ca_file: str = "", setting: str = SETTINGS
) -> Session:
    """Log in to a server.

    Args:
        url: its address.
        username: name of the account.
        password: its password.
        ca_file: file of the certificates to trust; empty for those of the environment.
        setting: where the address is set, for hints; empty for the embedded server.

    Raises:
        CredentialsError: the server did not accept this user name and password.
        RemoteError: the server cannot be reached, or is no Doccano.
    """
    session = Session(url, ca_file=ca_file, setting=setting)
    session.login(username, password)
    return session


def utc_time(time: str) -> str:
    """A timestamp of the server in UTC, to the second, ISO 8601 with a final Z."""
    moment = datetime.fromisoformat(time).astimezone(UTC)
    return moment.replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def exact_time(time: str) -> str:
    """A timestamp of the server in UTC, to the microsecond, ISO 8601 with a final Z."""
    moment = datetime.fromisoformat(time).astimezone(UTC)
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def confirmation_time(state: Mapping[str, Any]) -> str:
    """When a document was confirmed, as :func:`exact_time`, from a row of its states.

    Raises:
        RemoteError: the server does not say, as Doccano before 1.7.
    """
    if "confirmed_at" not in state:
        raise RemoteError(
            "the server does not say when a document was confirmed, so curate cannot know whether "
            "somebody changed it afterwards; Doccano does not before 1.7",
            "upgrade the server to Doccano 1.8.4, which migrates its database, and run this again",
        )
    return exact_time(str(state["confirmed_at"]))
