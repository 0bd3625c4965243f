"""Dates of publication as feeds write them, in the form in which documents have them.

A feed should write RFC 822 (RSS) or RFC 3339 (Atom). Real ones also use names of time zones that
neither knows (CEST), and months in the language of the site. The former are parsed by the standard
library, everything else by dateparser. A time whose zone is not known stays a local time.

References: RFC 822, section 5 (https://www.rfc-editor.org/rfc/rfc822), RFC 3339
(https://www.rfc-editor.org/rfc/rfc3339), https://dateparser.readthedocs.io.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

LANGUAGES = ("en", "fr", "de", "es", "it", "nl", "pt")
"""Languages (ISO 639-1) that are tried after that of the feed."""

_LONGEST = 100
_CLOCK = re.compile(r"\d\s*[:hH]\s*\d|\d\s*h\b|\d\s*Uhr\b")
_ZONE = re.compile(r"(?:(?<=\s)|(?<=\d))(?!(?:AM|PM)$)([A-Z]{1,5}|[A-Z][A-Za-z]+/[\w+/-]+)$")
_OFFSET = re.compile(r"\s[+-]\d{2}:?\d{2}$")
_NO_ZONE = re.compile(r"(?<![+\-\d])(?:\d{4}|\d{1,2}:\d\d(?::\d\d)?)$")
_RFC_ZONES = frozenset({"UT", "UTC", "GMT", "Z", *(f"{a}{b}T" for a in "ECMP" for b in "SD")})
_NUMERIC = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-]\d{2,4}\b")
# Names of several zones with different offsets. Those of RFC 822, such as CST, are American.
_AMBIGUOUS = frozenset({"AMT", "ECT", "GST", "IST", "SST", "WST"})
_DAY_FIRST = frozenset(LANGUAGES) - {"en"}


class PublicationDate(NamedTuple):
    """A date that was parsed.

    Args:
        value: ``2025-06-02T10:00:00Z``, without the Z if it is a local time in an unknown zone, or
            only the day; empty if it could not be parsed.
        defect: what is not known of it; empty if nothing is.
    """

    value: str
    defect: str = ""


def parse_date(text: str, language: str = "") -> PublicationDate:
    """Parse the date of an article.

    Args:
        text: the date as a feed gives it.
        language: language (ISO 639-1) of the feed, if known.
    """
    if len(text) > _LONGEST:  # no date, and slow to parse
        return PublicationDate("", "the date is not understood")
    text = " ".join(text.split())
    time = _iso(text) or _rfc(text) or _zoned(text, language)
    if time is not None:
        return PublicationDate(_written(time, text))
    local, name = _without_zone(text)
    time = _rfc(local) or _free(local, language) if name else None
    if time is not None and _CLOCK.search(local):
        value = time.replace(tzinfo=None).isoformat(timespec="seconds")
        return PublicationDate(value, f"the time zone {name} is not known")
    return PublicationDate("", "the date is not understood")


def _written(time: datetime, text: str) -> str:
    if time.tzinfo is not None:
        time = time.astimezone(UTC).replace(microsecond=0, tzinfo=None)
        return f"{time.isoformat()}Z"
    if _CLOCK.search(text):
        return time.isoformat(timespec="seconds")
    return time.date().isoformat()


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _rfc(text: str) -> datetime | None:
    """A date of RFC 822 or its successors, local if it has no zone; None if its zone is another."""
    _, name = _without_zone(text)
    parts = parsedate_tz(text)
    has_zone = name in _RFC_ZONES or _OFFSET.search(text)
    if parts is None or not (has_zone or _NO_ZONE.search(text)):
        return None
    try:
        time = datetime(*parts[:6])
        if has_zone:
            time = time.replace(tzinfo=timezone(timedelta(seconds=parts[9] or 0)))
    except (ValueError, OverflowError):
        return None
    return time


def _zoned(text: str, language: str) -> datetime | None:
    """A date in words, or with a zone that has another name than those of RFC 822."""
    local, name = _without_zone(text)
    if "/" in name:  # Europe/Paris
        time = _rfc(local) or _free(local, language)
        try:
            return time.replace(tzinfo=ZoneInfo(name)) if time else None
        except (KeyError, ValueError, OSError):
            return None
    if name.upper() in _AMBIGUOUS:
        return None
    time = _free(text, language)
    if name and time is not None and time.tzinfo is None:
        return None  # a zone that was ignored
    return time


def _without_zone(text: str) -> tuple[str, str]:
    """A date and the name of its zone, empty if it has none."""
    match = _ZONE.search(text)
    return (text[: match.start()].rstrip(), match[1]) if match else (text, "")


def _free(text: str, language: str) -> datetime | None:
    """A date with day, month and year in one of the languages, that of the feed first."""
    first = language.lower() or LANGUAGES[0]
    numbers = _NUMERIC.search(text)
    if numbers and first not in _DAY_FIRST and int(numbers[1]) <= 12 and int(numbers[2]) <= 12:
        return None  # the month may be the first number or the second
    try:
        time: datetime | None = _parser(first).get_date_data(text).date_obj
    except (ValueError, OverflowError, TypeError):
        return None
    return time


@lru_cache
def _parser(language: str) -> Any:
    from dateparser.data.languages_info import language_order
    from dateparser.date import DateDataParser

    languages: Sequence[str] = [it for it in (language, *LANGUAGES) if it in language_order]
    return DateDataParser(
        languages=list(dict.fromkeys(languages)),
        use_given_order=True,
        try_previous_locales=False,
        settings={
            "PARSERS": ["absolute-time"],  # not "yesterday", which depends on the day of reading
            "REQUIRE_PARTS": ["day", "month", "year"],
        },
    )
