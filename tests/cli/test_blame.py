"""``curate blame``"""

from __future__ import annotations

import pytest
from support import history_corpus as h

ANNA = h.document(h.ANNA).id


@pytest.fixture
def root(tmp_path):
    return h.relabelled(tmp_path / "c")


def test_blame_names_proposer_author_and_release(cli, root):
    (span,) = cli("blame", ANNA, "--json", root=root).json["spans"]
    assert span["proposed"] == [h.MODEL]
    assert span["changed_by"] == "annotator:bela"
    assert (span["since"], span.get("release", "")) == (2, "")
    words = " ".join(cli("blame", ANNA[:4], root=root).stdout.split())
    acts = "relabelled by annotator:bela 2026-02-02T07:00:00Z"
    assert f"proposed as « Paris » ORG by {h.MODEL}, {acts}, confirmed" in words


def test_blame_of_an_older_revision(cli, root):
    blame = cli("blame", f"{ANNA}@1", "--json", root=root).json
    assert [span["release"] for span in blame["spans"]] == ["0.1.0"]
    assert "in release 0.1.0" in " ".join(cli("blame", f"{ANNA}@1", root=root).stdout.split())
