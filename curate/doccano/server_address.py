"""The address of a Doccano server, checked before anything is sent to it."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from curate.errors import RemoteError

IN_ENVIRONMENT = "CURATE_DOCCANO_URL"
IN_CONFIG = "[doccano] url in curate.toml"
SETTINGS = f"{IN_ENVIRONMENT}, or {IN_CONFIG}"
"""Where an address can be set, for messages where it is not known which it was."""

_FORM = "set it to the form https://doccano.example.org or http://localhost:8000"
_PORTS = {"http": 80, "https": 443}
_SCHEME = re.compile(r"[a-z]*:/*", re.IGNORECASE)
_API = re.compile(r"/v1(/.*)?$")


def server_address(address: str, setting: str = SETTINGS) -> str:
    """The address without a slash at its end.

    Args:
        address: the address.
        setting: where it is set.

    Raises:
        RemoteError: it is no address of a Doccano server, or has a password in it. The message does
            not show the password.
    """
    address = address.strip()
    if "@" in address:
        # All before the last @ is left out: a password may contain a slash or an @ itself.
        scheme = "http://" if address.startswith("http://") else "https://"
        bare = scheme + address.rpartition("@")[2]
        raise RemoteError(
            f"the address {bare} has a user name or a password in it",
            f"{use_address(bare, setting)}; the account goes into CURATE_DOCCANO_USERNAME and "
            "CURATE_DOCCANO_PASSWORD",
        )
    if not address.startswith(("http://", "https://")):
        rest = address if re.match(r"[^/]+:\d", address) else _SCHEME.sub("", address, count=1)
        plain = is_loopback(f"http://{rest}") or address.lower().startswith("http:")
        scheme = "http" if plain else "https"
        raise RemoteError(
            f"the address {address} does not begin with http:// or https://",
            use_address(f"{scheme}://{rest}", setting),
        )
    return _checked_parts(address, setting).rstrip("/")


def _checked_parts(address: str, setting: str) -> str:
    form = f"{_FORM} ({setting})"
    try:
        parts = urlsplit(address)
        stray = re.search(r"\s", address) or parts.path.startswith("//")
        valid = bool(parts.hostname) and parts.port != 0 and not stray
    except ValueError as error:
        raise RemoteError(f"the address {address} cannot be read ({error})", form) from error
    if not valid:
        raise RemoteError(f"the address {address} has no valid host name or port", form)
    path = _API.sub("", parts.path)
    bare = f"{parts.scheme}://{parts.netloc}{path}"
    if path != parts.path:
        raise RemoteError(
            f"the address {address} ends in /v1, which curate adds by itself",
            use_address(bare, setting),
        )
    if bare != address:
        raise RemoteError(
            f"the address {bare} is followed by a query (?) or a fragment (#)",
            use_address(bare, setting),
        )
    return address


def use_address(address: str, setting: str = SETTINGS) -> str:
    """The hint that names the address to set, and where.

    Args:
        address: the address.
        setting: where it is set; empty for the embedded server, whose address is not.
    """
    return f"set the address to {address} ({setting or SETTINGS})"


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port: requests with the same origin go to the same server."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)


def is_loopback(url: str) -> bool:
    """Whether an address is one of this machine, which no network carries."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
