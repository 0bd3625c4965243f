"""``curate diff``: on the terminal, as JSON and as a page."""

from __future__ import annotations

import pytest
from support import history_corpus as h

from curate.errors import InputError

ANNA = h.document(h.ANNA).id


@pytest.fixture
def root(tmp_path):
    return h.relabelled(tmp_path / "c")


def test_a_diff_on_the_terminal(cli, root):
    lines = cli("diff", root=root).stdout.splitlines()
    assert lines[0].startswith(f"changed {ANNA} ") and lines[0].endswith("@1 → @2")
    assert "relabelled ORG → LOC" in lines[1]
    assert lines[-1].startswith("0.1.0 → gold: ")


def test_a_diff_as_json(cli, root):
    diff = cli("diff", "0.1.0", "gold", "--json", root=root).json
    assert diff["relabelled"] == {"ORG → LOC": 1}
    assert diff["counts"] == {"documents_changed": 1, "spans_relabelled": 1}
    assert [document["id"] for document in diff["documents"]] == [ANNA]


def test_a_diff_of_equal_sides_as_json(cli, root):
    diff = cli("diff", "gold", "gold", "--json", root=root).json
    assert diff == {"first": "gold", "second": "gold", "same": 1}


def test_a_diff_as_a_page(cli, root, tmp_path):
    cli("diff", "--html", tmp_path / "new" / "page.html", root=root)
    assert (tmp_path / "new" / "page.html").read_text("utf-8").startswith("<!doctype html>")


def test_a_page_that_cannot_be_written_is_refused(cli, root, tmp_path):
    (tmp_path / "file").touch()
    refusal = cli("diff", "--html", tmp_path / "file" / "page.html", root=root).refusal
    assert isinstance(refusal, InputError)


def test_a_diff_as_markdown(cli, root):
    found = cli("diff", "--markdown", root=root)
    assert (found.exit_code, found.stderr) == (0, "")
    assert found.stdout.startswith("### Corpus: 0.1.0 → gold\n")
    assert f"- changed `{ANNA}`" in found.stdout
    assert cli("diff", "--markdown", "--json", root=root).exit_code == 2
