"""The offset of the server's clock, from the Date header of its answers."""

from __future__ import annotations

import time
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.http_server import Answer, serving

from curate.doccano.server_clock import ClockOffset, ServerClock
from curate.doccano.session import Session

HOURS = 3600.0
seconds = st.floats(0, 1, allow_nan=False)


@given(
    offset=st.floats(-1e6, 1e6),
    answers=st.lists(st.tuples(seconds, seconds, seconds), min_size=1, max_size=20),
)
def test_the_offset_is_always_within_the_bounds_and_they_only_narrow(offset, answers):
    clock, ours = ServerClock(), 1.8e9
    widths = []
    for pause, before, after in answers:
        sent = ours + pause
        written, ours = sent + before, sent + before + after
        clock.observe(formatdate((written + offset) // 1, usegmt=True), sent, ours)
        assert clock.offset is not None
        assert clock.offset.least - 1e-3 <= offset <= clock.offset.most + 1e-3
        widths.append(clock.offset.uncertainty)
    assert widths == sorted(widths, reverse=True)
    assert clock.steps == 0


def test_a_clock_that_is_set_is_measured_anew():
    clock = ServerClock()
    for ours, server in ((1000.0, 1000.0), (1010.0, 1010.0 - 2 * HOURS)):
        clock.observe(formatdate(server, usegmt=True), ours, ours)
    assert clock.steps == 1
    assert clock.offset == ClockOffset(least=-2 * HOURS, most=1 - 2 * HOURS)


@pytest.mark.parametrize("date", ["", "yesterday", "Thu, 99 Foo 2026 00:00:00 GMT"])
def test_a_date_that_is_none_is_ignored(date):
    clock = ServerClock()
    clock.observe(date, 0, 0)
    assert clock.offset is None


def test_a_time_of_the_server_is_told_in_our_time():
    behind = ClockOffset(least=-2 * HOURS - 0.5, most=-2 * HOURS + 0.5)
    assert behind.local_time("2026-11-30T22:00:00Z") == "2026-12-01T00:00:00Z"
    assert (behind.seconds, behind.uncertainty) == (-2 * HOURS, 0.5)


@pytest.mark.parametrize("hours", [-2, 0, 5])
def test_a_session_measures_the_clock_of_its_server(hours):
    def answer(_: object) -> Answer:
        return Answer(headers={"Date": formatdate(time.time() + hours * HOURS, usegmt=True)})

    with serving(answer) as (url, _):
        session = Session(url)
        assert session.clock_offset is None
        session.get("me")
        offset = session.clock_offset
        session._session.close()
    assert offset is not None
    assert offset.least <= hours * HOURS <= offset.most


def test_an_answer_out_of_a_cache_says_nothing_about_the_clock():
    old = {"Date": formatdate(0, usegmt=True), "Age": "60"}
    with serving(Answer(headers=old)) as (url, _):
        session = Session(url)
        session.get("me")
        session._session.close()
    assert session.clock_offset is None
