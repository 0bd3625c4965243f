"""The address of a Doccano server, checked before anything is sent to it."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from curate.errors import RemoteError

SETTINGS = "CURATE_DOCCANO_URL, or [doccano] url in curate.toml"
_FORM = f"set it to the form https://doccano.example.org or http://localhost:8000 ({SETTINGS})"
_PORTS = {"http": 80, "https": 443}
_SCHEME = re.compile(r"[a-z]*:/*", re.IGNORECASE)
_API = re.compile(r"/v1(/.*)?$")


def server_address(address: str) -> str:
    """The address without a slash at its end.

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
            f"{use_address(bare)}; the account goes into CURATE_DOCCANO_USERNAME and "
            "CURATE_DOCCANO_PASSWORD",
        )
    if not address.startswith(("http://", "https://")):
        rest = address if re.match(r"[^/]+:\d", address) else _SCHEME.sub("", address, count=1)
        plain = is_loopback(f"http://{rest}") or address.lower().startswith("http:")
        scheme = "http" if plain else "https"
        raise RemoteError(
            f"the address {address} does not begin with http:// or https://",
            use_address(f"{scheme}://{rest}"),
        )
    return _checked_parts(address).rstrip("/")


def _checked_parts(address: str) -> str:
    try:
        parts = urlsplit(address)
        stray = re.search(r"\s", address) or parts.path.startswith("//")
        valid = bool(parts.hostname) and parts.port != 0 and not stray
    except ValueError as error:
        raise RemoteError(f"the address {address} cannot be read ({error})", _FORM) from error
    if not valid:
        raise RemoteError(f"the address {address} has no valid host name or port", _FORM)
    path = _API.sub("", parts.path)
    bare = f"{parts.scheme}://{parts.netloc}{path}"
    if path != parts.path:
        raise RemoteError(
            f"the address {address} ends in /v1, which curate adds by itself", use_address(bare)
        )
    if bare != address:
        raise RemoteError(
            f"the address {bare} is followed by a query (?) or a fragment (#)", use_address(bare)
        )
    return address


def use_address(address: str) -> str:
    """The hint that names the address to set, and where."""
    return f"set the address to {address} ({SETTINGS})"


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
