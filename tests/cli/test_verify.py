"""``curate verify``"""

from __future__ import annotations

import pytest
from support import history_corpus as h

ANNA = h.document(h.ANNA).id


@pytest.fixture
def root(tmp_path):
    return h.relabelled(tmp_path / "c")


def test_verify_passes(cli, root):
    result = cli("verify", "--json", root=root)
    assert result.exit_code == 0
    assert result.json == {"releases": ["0.1.0"], "documents": 1, "revisions": 2}
    assert cli("verify", root=root).stdout.startswith("passed: releases 0.1.0; ")


def test_verify_fails_with_exit_code_1_and_names_what_differs(cli, root):
    (path,) = (root / "annotations" / "gold").glob("*.jsonl")
    path.write_bytes(path.read_bytes().replace(b"LOC", b"PER"))
    result = cli("verify", "0.1.0", "--json", root=root)
    assert result.exit_code == 1
    (problem,) = result.json["problems"]
    assert (problem["code"], problem["document"]) == ("verify.differs", ANNA)
    assert problem["where"] == f"annotations/gold/{path.name}:1"
    printed = cli("verify", root=root)
    assert printed.exit_code == 1
    assert "verify.differs" in printed.stdout and "spans[0].label" in printed.stdout
