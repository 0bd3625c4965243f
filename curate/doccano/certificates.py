"""Which certificates are trusted, and what is wrong with one that is not."""

from __future__ import annotations

import os
import socket
import ssl
from pathlib import Path

from curate.doccano.server_address import origin, use_address
from curate.errors import RemoteError

_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")  # the first one that is set counts
_GREETING_SECONDS = 5.0
_TRUST = (
    "name a file with {what} (PEM) in curate.toml under [doccano] ca_file, or in "
    "REQUESTS_CA_BUNDLE; other variables, such as SSL_CERT_FILE, do not count"
)


def trusted_certificates(url: str, ca_file: str, environment: str | bool | None) -> str | bool:
    """What to verify a server with, in the form in which requests takes it.

    Args:
        url: address of the server.
        ca_file: file of the setting ``[doccano] ca_file``; empty if it is not set.
        environment: what requests read from the environment.

    Raises:
        RemoteError: the file is missing, or has no certificate in PEM.
    """
    chosen = ca_file or environment
    if not isinstance(chosen, str) or origin(url)[0] != "https":
        return True
    names = [name for name in _VARIABLES if os.environ.get(name)]
    setting = "[doccano] ca_file" if ca_file else names[0]
    path = Path(chosen)
    if not path.exists():
        raise RemoteError(f"{chosen} is missing, and {setting} names it", f"correct {setting}")
    if path.is_file():
        try:
            ssl.create_default_context(cafile=chosen)
        except (OSError, ValueError) as error:
            raise RemoteError(
                f"{chosen}, which {setting} names, has no certificate in PEM ({error})",
                f"convert it with `openssl x509 -inform der -in {chosen} -out {path.stem}.pem`, "
                "and name that file",
            ) from error
    return chosen


def speaks_tls(url: str) -> bool:
    """Whether a server speaks TLS at the port of an address; only a greeting is sent there."""
    _, host, port = origin(url)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with (
            socket.create_connection((host, port), _GREETING_SECONDS) as connection,
            context.wrap_socket(connection, server_hostname=host),
        ):
            return True
    except ssl.SSLError as error:
        # It answered in TLS, though with a refusal, as one does that asks for a certificate.
        return "ALERT" in (error.reason or "")
    except OSError:
        return False


def untrusted(url: str, reason: str, setting: str) -> RemoteError:
    """The error for a TLS connection that failed, by what OpenSSL says of it.

    Args:
        url: what was requested.
        reason: what OpenSSL says.
        setting: where the address is set.
    """
    scheme, host, port = origin(url)
    server = f"{scheme}://{host}" + ("" if port == 443 else f":{port}")
    text = reason.lower().replace("_", " ")
    if "wrong version number" in text or "record layer failure" in text or "http request" in text:
        plain = "http" + server.removeprefix("https")
        return RemoteError(
            f"{server} does not speak HTTPS at this port", use_address(plain, setting)
        )
    if "self-signed certificate in" in text or "local issuer" in text:
        hint = _TRUST.format(what="the certificate of the authority that signed it")
        return RemoteError(f"the certificate of {host} is signed by an unknown authority", hint)
    if "self-signed" in text or "self signed" in text:
        save = f"openssl s_client -connect {host}:{port} </dev/null | openssl x509 >doccano.pem"
        hint = f"{_TRUST.format(what='that certificate')}; `{save}` saves it"
        return RemoteError(f"the certificate of {host} is self-signed", hint)
    if "mismatch" in text or "doesn't match" in text:
        return RemoteError(
            f"the certificate of {host} is for another name ({reason})",
            use_address("one with a name that is in it", setting),
        )
    if "expired" in text:
        return RemoteError(
            f"the certificate of {host} has expired",
            "ask the server's administrator to renew it; if it is valid, set this machine's clock",
        )
    return RemoteError(
        f"no secure connection to {host} ({reason})",
        "ask the server's administrator, or check the address",
    )
