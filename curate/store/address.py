"""The address of a store. Its password comes from outside the settings and is never shown.

The address is taken from the environment (``CURATE_DATABASE``), else from ``curate.toml``; the
default is a SQLite file in the workspace. The password is looked for in the address, in
``CURATE_DATABASE_PASSWORD`` and in the keyring; PostgreSQL's own library reads ``PGPASSWORD`` and
``~/.pgpass``.
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


def is_configured(configured: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether a store is named by the environment or the settings; if not, it is a file."""
    return bool(environment.get(VARIABLE) or configured)


def of(configured: str, folder: Path, environment: Mapping[str, str] = os.environ) -> str:
    """The address of a workspace's store.

    Args:
        configured: the address in ``curate.toml``, empty if it has none.
        folder: folder of the SQLite file. ``{folder}`` in an address becomes a name made of the
            path of this folder, so that one database can serve many workspaces.
    """
    address = environment.get(VARIABLE) or configured
    if not address:
        return f"sqlite:///{folder / 'corpus.db'}"
    name = digests.of_text(str(folder.resolve()))[:16]
    return address.replace("{folder}", f"curate_{name}")


def parse(address: str, environment: Mapping[str, str] = os.environ) -> URL:
    """An address as a URL of SQLAlchemy, with its password.

    Raises:
        ConfigError: it is not an address, or names a database that curate does not support.
    """
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(_POSTGRESQL.sub("postgresql+psycopg://", address))
    except (ArgumentError, ValueError):
        # Not chained: the library's message has the whole address in it.
        raise ConfigError(f"{hidden(address)!r} is not the address of a database", _HINT) from None
    if url.drivername not in ("sqlite", "postgresql+psycopg"):
        raise ConfigError(f"curate does not support {url.drivername} as a store", _HINT)
    schema = url.query.get("schema", "")
    if schema and not (isinstance(schema, str) and _SCHEMA.fullmatch(schema)):
        hint = "use at most 63 lower-case letters, digits and _"
        raise ConfigError(f"{schema!r} is not a valid schema name", hint)
    if url.drivername == "sqlite" or url.password or "password" in url.query:
        return url
    password = environment.get(PASSWORD) or _from_keyring(url, environment)
    return url.set(password=password) if password else url


def has_password(address: str) -> bool:
    """Whether an address contains a password."""
    return hidden(address) != address


def hidden(address: str) -> str:
    """An address without its password, for messages; it need not be valid."""
    return _SECRET.sub(lambda m: f"{m[1]}***{m[2]}" if m[1] else f"{m[3]}***", address)


def _from_keyring(url: URL, environment: Mapping[str, str]) -> str:
    """The password for ``USER@HOST`` in the keyring; ``PGPASSWORD`` takes precedence."""
    import keyring
    from keyring.errors import KeyringError

    host = url.host or url.query.get("host")
    if not url.username or not host or "PGPASSWORD" in environment:
        return ""
    try:
        return keyring.get_password(SERVICE, f"{url.username}@{host}") or ""
    except KeyringError:
        return ""  # no keyring on this machine
