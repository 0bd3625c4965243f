"""``curate log``"""

from __future__ import annotations

import pytest
from support import history_corpus as h

from curate.errors import InputError

ANNA = h.document(h.ANNA).id


@pytest.fixture
def root(tmp_path):
    return h.relabelled(tmp_path / "c")


START = h.ANNA.index("Paris")
SPAN = f"{START}:{START + 5}:LOC"


def test_a_log_answers_since_when_a_span_has_its_label(cli, root):
    (history,) = cli("log", ANNA, "--span", SPAN, "--json", root=root).json
    assert (history["since"]["revision"], history["since"]["author"]) == (2, "annotator:bela")
    assert history["events"][0]["before"]["label"] == "ORG"
    lines = cli("log", ANNA[:4], "--span", SPAN, root=root).stdout.splitlines()
    assert lines[0] == f"« Paris » {START}–{START + 5} LOC"
    assert "@2 relabelled from ORG" in lines[2]


@pytest.mark.parametrize("span", ["12", "12:", "a:b", "1:2:"])
def test_a_span_of_another_form_is_refused(cli, root, span):
    assert isinstance(cli("log", ANNA, "--span", span, root=root).refusal, InputError)


def test_a_span_needs_a_document(cli, root):
    assert isinstance(cli("log", "--span", SPAN, root=root).refusal, InputError)


def test_a_log_is_filtered(cli, root):
    (line,) = cli("log", "--author", "bela", root=root).stdout.splitlines()
    assert line.startswith(f"{ANNA}@2 ")
    releases, revisions = cli("log", "--label", "MISC", "--json", root=root).json
    assert (releases, revisions) == ([], [])


def test_releases_and_revisions_are_listed_newest_first(cli, root):
    releases, revisions = cli("log", "--json", root=root).json
    assert [release["version"] for release in releases] == ["0.1.0"]
    assert [revision["number"] for revision in revisions] == [2, 1]
    lines = cli("log", root=root).stdout.splitlines()
    assert lines[0].startswith("release 0.1.0 ")
    assert [line.split()[0] for line in lines[1:]] == [f"{ANNA}@2", f"{ANNA}@1"]
