"""A keyring in memory, in place of the system's."""

from __future__ import annotations

from collections.abc import Iterator

import keyring
import keyring.backend
import pytest


@pytest.fixture
def ring() -> Iterator[None]:
    """A keyring that is empty at first."""

    # Not at the top of the module: a backend is a candidate for every test once its class is there.
    class InMemory(keyring.backend.KeyringBackend):
        priority = 1

        def __init__(self) -> None:
            super().__init__()
            self._passwords: dict[tuple[str, str], str] = {}

        def get_password(self, service: str, username: str) -> str | None:
            return self._passwords.get((service, username))

        def set_password(self, service: str, username: str, password: str) -> None:
            self._passwords[service, username] = password

    before = keyring.get_keyring()
    keyring.set_keyring(InMemory())
    yield
    keyring.set_keyring(before)
