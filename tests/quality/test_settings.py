"""Levels, limits and waivers in ``curate.toml``."""

from __future__ import annotations

import re

import msgspec
import pytest
from support.checked_corpus import BAD, EDGES, LABEL, LOC, PER, SCHEMA, TEXT, found, pair

from curate import config
from curate.config import CheckSetting, CheckWaiver
from curate.errors import ConfigError
from curate.quality import check_documents


def setting(text: str) -> config.Config:
    return msgspec.toml.decode(f'[corpus]\nname = "x"\n{text}', type=config.Config)


def test_a_level_is_set_with_a_reason_that_shows():
    found_ = setting('[checks."span.edges"]\nlevel = "info"\nreason = "the old desk did so"')
    report = check_documents([BAD], SCHEMA, settings=found_.checks)
    assert {(p.code, p.severity) for p in report.problems} == {
        ("span.edges", "info"),
        ("span.label", "error"),
    }
    (check,) = [each for each in report.checks if each.code == "span.edges"]
    assert (check.severity, check.reason) == ("info", "the old desk did so")


def test_a_check_that_is_off_is_not_made_and_says_so():
    settings = {"span.edges": CheckSetting(level="off", reason="not here")}
    report = check_documents([BAD], SCHEMA, settings=settings)
    assert found(report) == [LABEL]
    (check,) = [each for each in report.checks if each.code == "span.edges"]
    assert (check.skipped, check.reason) == ("curate.toml leaves it out", "not here")


def test_a_limit_is_set():
    text = TEXT + " mot" * 20
    settings = {"document.stretch": CheckSetting(limit=50, reason="short notices")}
    report = check_documents([pair(PER, LOC, text=text)], SCHEMA, settings=settings)
    assert found(report) == [("document.stretch", pair(text=text)[0].id, None)]


def test_the_labels_of_dates_can_be_named():
    text = "Marco Rubio parle le 3 mars 2016."
    settings = {"text.date": CheckSetting(labels=("LOC",), reason="dates are places here")}
    report = check_documents([pair(PER, text=text)], SCHEMA, settings=settings)
    assert [p.code for p in report.problems] == ["text.date"]


@pytest.mark.parametrize(
    ("waiver", "left"),
    [
        (CheckWaiver(id="span.edges", reason="r"), [LABEL]),
        (CheckWaiver(id="span.edges", document=BAD[0].id[:6], reason="r"), [LABEL]),
        (CheckWaiver(id="span.edges", document="ffff", reason="r"), [EDGES, LABEL]),
        (CheckWaiver(id="span.edges", text=" parle", reason="r"), [LABEL]),
        (CheckWaiver(id="span.edges", text="parle", reason="r"), [EDGES, LABEL]),
    ],
)
def test_a_waived_finding_stands_with_its_reason_and_stops_nothing(waiver, left):
    report = check_documents([BAD], SCHEMA, settings={"waive": (waiver,)})
    assert found(report) == left
    assert [each.reason for each in report.waived] == ["r"] * (2 - len(left))
    assert bool(report.unused_waivers) == (len(left) == 2)
    assert report.errors == len(left)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[checks."span.edge"]\nreason = "r"', "no check 'span.edge'; use span.edges"),
        ('[[checks.waive]]\nid = "nothing"\nreason = "r"', "no check 'nothing'"),
        ('[[checks.waive]]\nid = "span.edges"\nreason = " "', "has no reason"),
        ('[checks."span.edges"]\nlevel = "info"\nreason = ""', "has no reason"),
        ('[checks."span.edges"]\nlimit = 3\nreason = "r"', "has no limit"),
        ('[checks."span.edges"]\nlabels = ["PER"]\nreason = "r"', "not about labels"),
        ('[[checks."span.edges"]]\nid = "x"\nreason = "r"', "is a list"),
    ],
)
def test_settings_that_make_no_sense_are_refused(text, says):
    with pytest.raises(ConfigError, match=re.escape(says)):
        check_documents([BAD], SCHEMA, settings=setting(text).checks)


@pytest.mark.parametrize(
    "text",
    [
        '[checks."span.edges"]\nlevel = "info"',  # no reason
        '[[checks.waive]]\nid = "span.edges"',
        '[checks."span.edges"]\nlevel = "fatal"\nreason = "r"',
        '[checks.span.edges]\nlevel = "info"\nreason = "r"',  # the id is not quoted
    ],
)
def test_the_file_is_refused_where_it_is_wrong(text):
    with pytest.raises(msgspec.ValidationError):
        setting(text)
