"""Certificates that are not trusted: each is named, and what the hint says makes it work."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
from support.absent import absent
from support.http_server import Answer, serving
from support.tls import Certificate, certificate

from curate.doccano.session import Session
from curate.errors import RemoteError

VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def own(tmp_path) -> Certificate:
    return certificate(tmp_path, "own")


def get(url: str, ca_file: str = "") -> dict[str, str]:
    with Session(url, ca_file=ca_file) as session:
        return session.get("me").json()


def refusal(url: str, ca_file: str = "") -> RemoteError:
    with pytest.raises(RemoteError) as raised:
        get(url, ca_file)
    return raised.value


def test_a_self_signed_certificate_is_named_and_trusted_once_it_is_set(own):
    with serving(Answer(), own.server()) as (url, _):
        error = refusal(url)
        assert "self-signed" in error.message
        assert "ca_file" in error.hint
        assert get(url, str(own.public)) == {}


def test_the_command_of_the_hint_saves_the_certificate(own, tmp_path):
    if shutil.which("openssl") is None:
        absent("there is no openssl program here")
    with serving(Answer(), own.server()) as (url, _):
        command = re.search("`(openssl .*?)`", refusal(url).hint)
        assert command
        subprocess.run(command[1], shell=True, cwd=tmp_path, check=True, capture_output=True)
        assert get(url, str(tmp_path / "doccano.pem")) == {}


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("REQUESTS_CA_BUNDLE", True),
        ("CURL_CA_BUNDLE", True),
        ("SSL_CERT_FILE", False),
        ("SSL_CERT_DIR", False),
    ],
)
def test_the_variables_that_count_are_those_that_the_hint_names(own, monkeypatch, name, counts):
    with serving(Answer(), own.server()) as (url, _):
        hint = refusal(url).hint
        monkeypatch.setenv(name, str(own.public))
        if counts:
            assert get(url) == {}
        else:
            assert "self-signed" in refusal(url).message
            assert "REQUESTS_CA_BUNDLE" in hint and "SSL_CERT_FILE, do not count" in hint


def test_the_setting_comes_before_the_environment(own, monkeypatch, tmp_path):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate(tmp_path, "other").public))
    with serving(Answer(), own.server()) as (url, _):
        assert get(url, str(own.public)) == {}


def test_an_unknown_authority_is_named_and_trusted_once_it_is_set(tmp_path):
    authority = certificate(tmp_path, "authority", authority=True)
    signed = certificate(tmp_path, "signed", signed_by=authority)
    with serving(Answer(), signed.server()) as (url, _):
        error = refusal(url)
        assert "unknown authority" in error.message
        assert "the certificate of the authority" in error.hint
        assert get(url, str(authority.public)) == {}


@pytest.mark.parametrize(
    ("options", "message"),
    [({"host": "doccano.example.org"}, "for another name"), ({"days": -1}, "has expired")],
)
def test_what_else_is_wrong_with_a_certificate_is_named(tmp_path, options, message):
    wrong = certificate(tmp_path, "wrong", **options)
    with serving(Answer(), wrong.server()) as (url, _):
        assert message in refusal(url, str(wrong.public)).message


def test_a_server_without_https_is_named_and_works_at_the_address_of_the_hint():
    with serving(Answer()) as (url, _):
        error = refusal("https" + url.removeprefix("http"))
        assert "does not speak HTTPS" in error.message
        address = re.search(r"http://\S+", error.hint)
        assert address and get(address[0]) == {}


@pytest.mark.parametrize("content", [None, b"", b"\x30\x82 not in PEM"])
@pytest.mark.parametrize("name", ["", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_file_without_certificates_is_named_with_its_setting(
    tmp_path, monkeypatch, content, name
):
    file = tmp_path / "ca.der"
    if content is not None:
        file.write_bytes(content)
    if name:
        monkeypatch.setenv(name, str(file))
    error = refusal("https://127.0.0.1:1", "" if name else str(file))
    assert str(file) in error.message
    assert (name or "[doccano] ca_file") in str(error)


def test_a_certificate_in_der_works_once_it_was_converted_as_the_hint_says(own, tmp_path):
    if shutil.which("openssl") is None:
        absent("there is no openssl program here")
    der = tmp_path / "doccano.der"
    subprocess.run(
        ["openssl", "x509", "-in", own.public, "-outform", "der", "-out", der], check=True
    )
    with serving(Answer(), own.server()) as (url, _):
        command = re.search("`(openssl .*?)`", refusal(url, str(der)).hint)
        assert command
        subprocess.run(command[1], shell=True, cwd=tmp_path, check=True)
        assert get(url, str(tmp_path / "doccano.pem")) == {}
