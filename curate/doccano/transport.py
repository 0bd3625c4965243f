"""HTTP that can be trusted: timeouts, retries, redirects and certificates, and errors of curate.

- Every request ends in time.
- A request that is safe to repeat (GET, HEAD, PUT) is retried if the server is busy or the
  connection breaks; any request is if the server answers 429, because it was not processed then.
- ``Retry-After`` is respected up to ``WAIT_IN_PLACE_SECONDS``. A longer pause ends the request with
  :class:`Busy`, so that nobody sleeps while holding a lock; see ``curate.doccano.patience``.
- A redirect is followed for GET and HEAD only, and only to the same scheme, host and port. So a
  password or a token never reaches another server.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Self
from urllib.parse import urljoin

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import SSLError
from urllib3.util.retry import Retry

from curate.doccano import answers
from curate.doccano.certificates import trusted_certificates
from curate.doccano.server_address import SETTINGS, origin
from curate.doccano.server_clock import ServerClock
from curate.errors import RemoteError

CONNECT_SECONDS = 10.0
READ_SECONDS = 120.0
BACKOFF_SECONDS = 0.3
WAIT_IN_PLACE_SECONDS = 5.0
"""The longest ``Retry-After`` that is waited for within a request, like any other retry."""
_SAFE = ("GET", "HEAD", "PUT")
_FOLLOWED = ("GET", "HEAD")
_MOST_REDIRECTS = 5
_BUSY = (429, 500, 502, 503, 504)
_LONGEST_SECONDS = 10**8  # three years: what a server asks for must not overflow a date


class Refused(RemoteError):
    """The server answered with an error.

    Attributes:
        status: the HTTP status code.
        json: whether the answer is JSON, as Doccano's own are; that of a proxy mostly is not.
    """

    def __init__(self, message: str, hint: str, status: int, json: bool = True) -> None:
        super().__init__(message, hint)
        self.status = status
        self.json = json


class Busy(Refused):
    """The server asks for a pause before the next request.

    Attributes:
        seconds: how long the pause is.
    """

    def __init__(self, message: str, status: int, seconds: float) -> None:
        hint = f"run the command again after {local_time(seconds)}; nothing was lost"
        super().__init__(message, hint, status)
        self.seconds = seconds


class HttpSession(requests.Session):
    """A requests session with timeouts, safe retries, and errors of curate.

    Args:
        url: address of the server.
        retries: how often a request is retried.
        ca_file: file of certificates to trust instead of those of the environment.
        setting: where the address is set, for hints; empty for the embedded server.
    """

    def __init__(self, url: str, retries: int, ca_file: str = "", setting: str = SETTINGS) -> None:
        super().__init__()
        self._retries, self._setting = retries, setting
        adapter = HTTPAdapter(
            max_retries=_ConnectionRetry(
                total=retries,
                connect=min(retries, 3),  # a server that is not there is not worth a long wait
                backoff_factor=BACKOFF_SECONDS,
                allowed_methods=_SAFE,
                respect_retry_after_header=False,
            )
        )
        self.mount("http://", adapter)
        self.mount("https://", adapter)
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.auth = TokenAuth("")
        self.clock = ServerClock()
        # Proxies and certificates are read from the environment once, not at every request.
        settings = self.merge_environment_settings(url, {}, None, None, None)
        self.proxies.update(settings["proxies"])
        self.verify = trusted_certificates(url, ca_file, settings["verify"])
        self.trust_env = False

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        """Send a request, again where that is safe.

        Raises:
            Busy: the server asks for a longer pause.
            Refused: it answered with an error.
            RemoteError: it cannot be reached, redirects elsewhere, or is no Doccano.
        """
        response = self._follow(method, url, *args, **kwargs)
        for attempt in range(self._retries):
            pause = _pause(method, response, attempt)
            if pause is None:
                break
            response.close()
            time.sleep(pause)
            response = self._follow(method, url, *args, **kwargs)
        if response.status_code >= 400:
            raise _refused(method, url, response, self._setting)
        if not kwargs.get("stream"):
            answers.check_body(method, url, response, self._setting)
        return response

    def _follow(self, method: str, url: str, *args: Any, **kwargs: Any) -> requests.Response:
        for _ in range(_MOST_REDIRECTS):
            response = self._send_once(method, url, *args, **kwargs)
            if not response.is_redirect:
                return response
            response.close()
            target = urljoin(url, response.headers["Location"])
            if method not in _FOLLOWED or origin(target) != origin(url):
                raise answers.redirected(method, url, target, self._setting)
            url = target
        raise answers.redirected(method, url, url, self._setting)

    def _send_once(self, method: str, url: str, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs.setdefault("timeout", (CONNECT_SECONDS, READ_SECONDS))
        kwargs["allow_redirects"] = False
        sent = time.time()
        try:
            response = super().request(method, url, *args, **kwargs)
        except requests.RequestException as error:
            raise answers.unreachable(method, url, error, self._setting) from error
        if "Age" not in response.headers:  # a cache's answer has an old Date
            self.clock.observe(response.headers.get("Date", ""), sent, time.time())
        return response


class TokenAuth(requests.auth.AuthBase):
    """Sends the token; being an auth object, it also keeps requests from reading ~/.netrc."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the header to a request."""
        if self._token:
            request.headers["Authorization"] = f"Token {self._token}"
        return request


class _ConnectionRetry(Retry):
    """Retries of broken connections; what TLS or a proxy refuses once stays refused."""

    def increment(self, *args: Any, **kwargs: Any) -> Self:
        error = kwargs.get("error")
        tls = isinstance(error, SSLError) and "EOF" not in str(error)
        if self.total and (tls or " 407 " in str(error)):
            return self.new(total=0).increment(*args, **kwargs)
        return super().increment(*args, **kwargs)


def _pause(method: str, response: requests.Response, attempt: int) -> float | None:
    """Seconds after which a request may be sent again; None if it must not be."""
    status = response.status_code
    if status not in _BUSY or (method not in _SAFE and status != 429):
        return None
    asked = retry_after(response)
    if asked is None:
        # The first retry comes at once: most faults are over with the connection that broke.
        return float(BACKOFF_SECONDS * 2**attempt) if attempt else 0.0
    return asked if asked <= WAIT_IN_PLACE_SECONDS else None


def retry_after(response: requests.Response) -> float | None:
    """Seconds that the server asks to wait: a number or a date (RFC 9110, 10.2.3)."""
    header = response.headers.get("Retry-After", "").strip()
    if header.isdecimal():
        return float(min(int(header[:20]), _LONGEST_SECONDS))
    try:
        until = parsedate_to_datetime(header)
        # The date is one of the server's clock, and so is the Date of the answer.
        now = parsedate_to_datetime(response.headers.get("Date", ""))
    except ValueError:
        return None
    return min(max(0.0, (until - now).total_seconds()), _LONGEST_SECONDS)


def local_time(seconds: float) -> str:
    """The local time in so many seconds from now, with its zone, and with the day if it differs."""
    now = datetime.now(UTC).astimezone()
    then = now + timedelta(seconds=seconds)
    time = then.strftime("%H:%M:%S" if then.date() == now.date() else "%H:%M on %Y-%m-%d")
    return f"{time} {timezone(then.utcoffset() or timedelta())}"


def _refused(method: str, url: str, response: requests.Response, setting: str) -> Refused:
    status = response.status_code
    asked = retry_after(response) if status in _BUSY else None
    if asked is not None:
        return Busy(
            f"{answers.server(url)} asks for a pause of {asked:,.0f} s "
            f"({status} to {method} {answers.resource(url)})",
            status,
            asked,
        )
    message, hint = answers.refusal(method, url, response, setting)
    return Refused(message, hint, status, answers.is_json(response))
