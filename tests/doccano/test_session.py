"""The session with a server: proxies, certificates, and a wrong password."""

from __future__ import annotations

import pytest
from support.http_server import Answer, serving
from support.tls import certificate

from curate.doccano.session import Refused, Session, confirmation_time, connect
from curate.errors import CredentialsError, RemoteError


def test_requests_go_through_the_proxy_that_the_environment_names(monkeypatch):
    with serving(Answer()) as (address, requests):
        monkeypatch.setenv("http_proxy", address)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        session = Session("http://doccano.invalid")
        assert session.get("me").json() == {}
        session._session.close()
    assert [request.path for request in requests] == ["http://doccano.invalid/v1/me"]


def test_a_host_that_needs_no_proxy_is_reached_directly(monkeypatch):
    with serving(Answer()) as (address, requests):
        monkeypatch.setenv("http_proxy", address)
        monkeypatch.setenv("no_proxy", "doccano.invalid")
        session = Session("http://doccano.invalid", retries=0)
        with pytest.raises(RemoteError, match="doccano.invalid"):
            session.get("me")
        session._session.close()
    assert requests == []


def test_certificates_are_those_that_the_environment_names(monkeypatch, tmp_path):
    file = str(certificate(tmp_path, "ca").public)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", file)
    assert Session("https://doccano.invalid")._session.verify == file
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    assert Session("https://doccano.invalid")._session.verify is True


def test_a_wrong_password_names_the_account_and_not_the_password():
    wrong = b'{"non_field_errors": ["Unable to log in with provided credentials."]}'
    with serving(Answer(400, wrong)) as (address, _), pytest.raises(CredentialsError) as raised:
        connect(address, "anna", "top-secret")
    assert address in raised.value.message and "anna" in raised.value.message
    assert "CURATE_DOCCANO_PASSWORD" in raised.value.hint
    assert "top-secret" not in str(raised.value)


@pytest.mark.parametrize("status", [403, 404, 409])
def test_a_refusal_carries_its_status_and_a_hint(status):
    with serving(Answer(status, b"no")) as (address, _), pytest.raises(RemoteError) as raised:
        Session(address, retries=0).get("projects/1")
    assert isinstance(raised.value, Refused)
    assert raised.value.status == status
    assert raised.value.hint


def test_an_answer_that_is_not_json_names_the_address_to_check():
    with (
        serving(Answer(200, b"<html>")) as (address, _),
        pytest.raises(RemoteError, match=address) as raised,
    ):
        Session(address).get("projects")
    assert "CURATE_DOCCANO_URL" in raised.value.hint


def test_a_confirmation_without_its_time_is_refused():
    state = {"confirmed_by": 1, "confirmed_at": "2026-01-02T03:04:05.123456+01:00"}
    assert confirmation_time(state) == "2026-01-02T02:04:05.123456Z"
    with pytest.raises(RemoteError, match=r"1\.7"):
        confirmation_time({"confirmed_by": 1})
