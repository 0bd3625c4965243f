"""Where a store is. Its password comes from outside the settings, and is never shown.

The address is that of the environment (``CURATE_DATABASE``), else of ``curate.toml``, else a SQLite
file in the workspace. A password is looked for in the address itself, in
``CURATE_DATABASE_PASSWORD``, and in the keyring; ``PGPASSWORD`` and ``~/.pgpass`` are read by
PostgreSQL's own library.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from curate.errors import ConfigError
from curate.util import digests

if TYPE_CHECKING:
    from sqlalchemy import URL

VARIABLE, PASSWORD = "CURATE_DATABASE", "CURATE_DATABASE_PASSWORD"
SERVICE = "curate"
_POSTGRESQL = re.compile(r"(?i)^(postgres|postgresql|postgresql\+psycopg)://")
_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_SECRET = re.compile(r"(://[^:/@?#]*:)[^/?#]*(@)|((?:^|[?&])(?:ssl)?password=)[^&]*", re.IGNORECASE)
_HINT = "write it as in postgresql://USER@HOST/DATABASE?schema=NAME"


def of(configured: str, folder: Path, environment: Mapping[str, str] = os.environ) -> str:
    """The address of a workspace's store.

    Args:
        configured: what ``curate.toml`` says, empty if it says nothing.
        folder: where the SQLite file is made that is used if nobody says anything. ``{folder}`` in
            an address becomes a name made of its path, for one database that serves many.
    """
    found = environment.get(VARIABLE) or configured
    if not found:
        return f"sqlite:///{folder / 'corpus.db'}"
    name = digests.of_text(str(folder.resolve()))[:16]
    return found.replace("{folder}", f"curate_{name}")


def parse(address: str, environment: Mapping[str, str] = os.environ) -> URL:
    """An address as SQLAlchemy takes it, with its password.

    Raises:
        ConfigError: it is none, or of a database that curate does not know.
    """
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(_POSTGRESQL.sub("postgresql+psycopg://", address))
    except (ArgumentError, ValueError):
        # Not chained: the library's message has the whole address in it.
        raise ConfigError(f"{hidden(address)!r} is no address of a database", _HINT) from None
    if url.drivername not in ("sqlite", "postgresql+psycopg"):
        raise ConfigError(f"curate keeps no store in {url.drivername}", _HINT)
    schema = url.query.get("schema", "")
    if schema and not (isinstance(schema, str) and _SCHEMA.fullmatch(schema)):
        hint = "name it with small letters, digits and _, at most 63"
        raise ConfigError(f"{schema!r} is no name of a schema", hint)
    if url.drivername == "sqlite" or url.password or "password" in url.query:
        return url
    password = environment.get(PASSWORD) or _from_keyring(url, environment)
    return url.set(password=password) if password else url


def has_password(address: str) -> bool:
    """Whether an address has a password in it, which then stands wherever the address does."""
    return hidden(address) != address


def hidden(address: str) -> str:
    """An address without its password, for messages; also one that cannot be read."""
    return _SECRET.sub(lambda m: f"{m[1]}***{m[2]}" if m[1] else f"{m[3]}***", address)


def _from_keyring(url: URL, environment: Mapping[str, str]) -> str:
    """The password that the keyring keeps for ``USER@HOST``; PostgreSQL's own variable is first."""
    import keyring
    from keyring.errors import KeyringError

    host = url.host or url.query.get("host")
    if not url.username or not host or "PGPASSWORD" in environment:
        return ""
    try:
        return keyring.get_password(SERVICE, f"{url.username}@{host}") or ""
    except KeyringError:
        return ""  # a machine without a keyring has nothing stored in one
