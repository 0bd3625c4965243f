"""Certificates, made for one test, and servers that show them."""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Certificate:
    """A certificate with its key, in one file in PEM; ``public`` is the certificate alone."""

    file: Path
    public: Path

    def server(self) -> ssl.SSLContext:
        """What a server needs to show it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file)
        return context


def certificate(
    folder: Path,
    name: str,
    host: str = "127.0.0.1",
    signed_by: Certificate | None = None,
    authority: bool = False,
    days: int = 1,
) -> Certificate:
    """Make a certificate.

    Args:
        folder: where to put its files.
        name: its name, and that of the files.
        host: the host that it is for, an IP address or a name.
        signed_by: the certificate of an authority; it is self-signed if there is none.
        authority: whether it may sign others.
        days: how long it is valid; a negative number for one that expired so long ago.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer, signing = subject, key
    if signed_by is not None:
        pem = signed_by.file.read_bytes()
        issuer = x509.load_pem_x509_certificate(pem).subject
        loaded = serialization.load_pem_private_key(pem, None)
        assert isinstance(loaded, ec.EllipticCurvePrivateKey)
        signing = loaded
    end = datetime.now(UTC) + days * _DAY
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(end - 30 * _DAY)
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName([_general_name(host)]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(_usage(authority), critical=True)
        .sign(signing, hashes.SHA256())
    )
    public = folder / f"{name}.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    file = folder / f"{name}-with-key.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file.write_bytes(public.read_bytes() + private)
    return Certificate(file, public)


def _usage(authority: bool) -> x509.KeyUsage:
    """What the key is for; Python 3.13 asks it of an authority."""
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
