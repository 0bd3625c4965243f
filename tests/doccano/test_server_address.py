"""Addresses of a server: which are refused, and that the one in the hint is accepted."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.doccano.credentials import PASSWORD, URL, USER, resolve
from curate.doccano.server_address import is_loopback, server_address
from curate.errors import RemoteError


def refusal(address: str) -> RemoteError:
    with pytest.raises(RemoteError) as raised:
        server_address(address)
    return raised.value


@pytest.mark.parametrize(
    ("address", "accepted"),
    [
        ("https://doccano.example.org", "https://doccano.example.org"),
        ("http://localhost:8000/", "http://localhost:8000"),
        ("  http://[::1]:8000 ", "http://[::1]:8000"),
        ("https://example.org/doccano/", "https://example.org/doccano"),
    ],
)
def test_what_is_an_address_is_accepted(address, accepted):
    assert server_address(address) == accepted


@pytest.mark.parametrize(
    ("address", "better"),
    [
        ("doccano.example.org", "https://doccano.example.org"),
        ("doccano.example.org:8000/", "https://doccano.example.org:8000"),
        ("localhost:8000", "http://localhost:8000"),
        ("127.0.0.1", "http://127.0.0.1"),
        ("ftp://doccano.example.org", "https://doccano.example.org"),
        ("http:/doccano.example.org", "http://doccano.example.org"),
        ("https://doccano.example.org/v1", "https://doccano.example.org"),
        ("https://doccano.example.org/v1/", "https://doccano.example.org"),
        ("https://example.org/doccano/v1/projects", "https://example.org/doccano"),
        ("https://doccano.example.org/?page=1", "https://doccano.example.org"),
        ("https://doccano.example.org/#top", "https://doccano.example.org"),
        ("https://anna:secret@doccano.example.org", "https://doccano.example.org"),
        ("http://anna@localhost:8000", "http://localhost:8000"),
        ("anna:secret@doccano.example.org:8000", "https://doccano.example.org:8000"),
    ],
)
def test_what_is_wrong_is_refused_and_the_hint_has_the_right_address(address, better):
    hinted = re.search(r"set the address to (\S+)", refusal(address).hint)
    assert hinted
    assert server_address(hinted[1]) == better


@pytest.mark.parametrize(
    "address",
    [
        "http://",
        "http://[::1",
        "http://host:port",
        "http://host:0",
        "https://two words",
        "http://https://h",
    ],
)
def test_what_is_no_address_is_refused(address):
    assert "CURATE_DOCCANO_URL" in refusal(address).hint


@given(
    password=st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=6),
    form=st.sampled_from(
        [
            "https://anna:{}@doccano.test",
            "http://anna:{}@doccano.test:8000/v1",
            "anna:{}@doccano.test",
            "ftp://{}@doccano.test",
            "https://anna:{}@doccano.test:port",
        ]
    ),
)
def test_a_password_in_an_address_is_refused_and_never_shown(password, form):
    error = refusal(form.format(f"xxxx{password}yyyy"))
    assert "xxxx" not in str(error) and "yyyy" not in str(error)
    with pytest.raises(RemoteError) as raised:
        environment = {URL: form.format(f"xxxx{password}yyyy"), USER: "anna", PASSWORD: "p"}
        resolve("", lambda: None, environment)
    assert "xxxx" not in str(raised.value) and "yyyy" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://localhost:8000", True),
        ("http://127.0.0.2", True),
        ("http://[::1]:1", True),
        ("http://192.168.0.1", False),
        ("http://localhost.example.org", False),
        ("http://127.0.0.1.example.org", False),
        ("http://[::1", False),
    ],
)
def test_which_addresses_stay_on_this_machine(url, loopback):
    assert is_loopback(url) is loopback
