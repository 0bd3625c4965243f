"""Dates of feeds: zones by their names, and months in the languages of the sites."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.formats.publication_date import parse_date


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Mon, 02 Jun 2025 10:00:00 GMT", "2025-06-02T10:00:00Z"),
        ("Mon, 02 Jun 2025 10:00:00 +0200", "2025-06-02T08:00:00Z"),
        ("Mon, 02 Jun 2025 10:00:00 -0000", "2025-06-02T10:00:00Z"),
        ("Mon, 02 Jun 2025 10:00:00 EST", "2025-06-02T15:00:00Z"),
        ("Mon, 02 Jun 2025 10:00:00 CST", "2025-06-02T16:00:00Z"),  # that of RFC 822, not of China
        ("Mon, 02 Jun 2025 10:00:00 CEST", "2025-06-02T08:00:00Z"),
        ("Mon, 02 Jun 2025 10:00:00 CET", "2025-06-02T09:00:00Z"),
        ("Mon, 02 Jun 2025 10:00:00 BST", "2025-06-02T09:00:00Z"),
        ("Mon, 02 Jun 2025 10:00:00 Europe/Paris", "2025-06-02T08:00:00Z"),
        ("Mon, 02 Jun 2025 10:00:00 GMT+0200 (CEST)", "2025-06-02T08:00:00Z"),
        ("Mon, 02 Jun 2025 10:00:00 GMT+2", "2025-06-02T08:00:00Z"),
        ("2025-06-02T10:00:00.5+02:00", "2025-06-02T08:00:00Z"),
        ("2025-06-02 10:00:00 CEST", "2025-06-02T08:00:00Z"),
        ("2025-06-02T10:00:00", "2025-06-02T10:00:00"),
        ("Mon, 02 Jun 2025 10:00:00", "2025-06-02T10:00:00"),
        ("June 2, 2025 10:00 AM", "2025-06-02T10:00:00"),
        ("Mon, 02 Jun 2025", "2025-06-02"),
        ("2025-06-02", "2025-06-02"),
        ("13/06/2025", "2025-06-13"),
    ],
)
def test_a_time_with_a_zone_is_in_utc_and_one_without_is_local(text: str, value: str) -> None:
    assert parse_date(text) == (value, "")


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("lun., 02 juin 2025 10:00:00 +0200", "fr", "2025-06-02T08:00:00Z"),
        ("mer. 4 févr. 2026 23:30:00 CET", "fr", "2026-02-04T22:30:00Z"),
        ("lundi 2 juin 2025 à 10h00", "fr", "2025-06-02T10:00:00"),
        ("1er août 2025", "fr", "2025-08-01"),
        ("02/06/2025 10:00", "fr", "2025-06-02T10:00:00"),
        ("Montag, 02. Juni 2025 10:00:00 MESZ", "de", "2025-06-02T08:00:00Z"),
        ("lun, 02 jun 2025 10:00:00 +0200", "es", "2025-06-02T08:00:00Z"),
        ("lun, 2 giu 2025 10:00:00 +0200", "it", "2025-06-02T08:00:00Z"),
        ("seg, 02 jun 2025 10:00:00 -0300", "pt", "2025-06-02T13:00:00Z"),
        ("ma 2 juni 2025 10:00", "nl", "2025-06-02T10:00:00"),
        ("2 июня 2025 10:00:00 MSK", "ru", "2025-06-02T07:00:00Z"),
        ("lundi 2 juin 2025 10:00:00 CEST", "", "2025-06-02T08:00:00Z"),
        ("lundi 2 juin 2025 10:00:00 CEST", "zz", "2025-06-02T08:00:00Z"),
    ],
)
def test_months_have_names_in_the_language_of_the_feed(
    text: str, language: str, value: str
) -> None:
    assert parse_date(text, language) == (value, "")


@pytest.mark.parametrize("zone", ["IST", "XYZ", "A"])
def test_the_time_of_an_unknown_zone_stays_local(zone: str) -> None:
    value, defect = parse_date(f"Mon, 02 Jun 2025 10:00:00 {zone}")
    assert value == "2025-06-02T10:00:00"
    assert zone in defect


@pytest.mark.parametrize(
    "text",
    [
        "hier",
        "il y a 2 heures",
        "yesterday",
        "juin 2025",
        "02/06/2025",
        "2025-13-45",
        "soon",
        "2 juin 2025 " * 20_000,
    ],
)
def test_what_depends_on_today_or_on_a_guess_is_not_a_date(text: str) -> None:
    value, defect = parse_date(text)
    assert (value, bool(defect)) == ("", True)


@given(st.text(max_size=40) | st.from_regex(r"[A-Za-z]{3}, \d{1,2} [A-Za-zé]{3} \d{4}[ :\d+A-Z-]*"))
def test_no_text_is_too_strange(text: str) -> None:
    value, defect = parse_date(text, "fr")
    assert bool(value) or bool(defect)
