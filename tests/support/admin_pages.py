"""What a superuser can do on Doccano's own administration pages, and nowhere in its API."""

from __future__ import annotations

import re

import requests

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class AdminPages:
    """A superuser who is logged in to Django's administration pages.

    Args:
        url: address of the server.
        username: account of the superuser.
        password: its password.
    """

    def __init__(self, url: str, username: str, password: str) -> None:
        self._url = f"{url}/admin"
        self._http = requests.Session()
        self._http.trust_env = False
        self._post("login/", username=username, password=password, next="/admin/")

    def delete_account(self, number: int) -> None:
        """Delete an account, and with it everything that belongs to it."""
        self._post(f"auth/user/{number}/delete/", post="yes")

    def deactivate_account(self, number: int, username: str) -> None:
        """Deactivate an account: it can no longer log in, and keeps everything."""
        joined = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
        self._post(f"auth/user/{number}/change/", username=username, **joined)

    def _post(self, page: str, **fields: str) -> None:
        address = f"{self._url}/{page}"
        with self._http.get(address, timeout=30) as answer:
            token = _TOKEN.search(answer.text)
        assert token is not None, f"{address} is no form"
        body = {**fields, "csrfmiddlewaretoken": token[1]}
        with self._http.post(address, data=body, timeout=30, allow_redirects=False) as answer:
            assert answer.status_code == 302, f"{address} answered {answer.status_code}"
