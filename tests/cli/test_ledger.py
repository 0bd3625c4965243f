"""``curate ledger``."""

from __future__ import annotations

import pytest
from support.ledger_works import AT, KEY, PROPOSED, RESULT, RULES, TEXT, layer

from curate.model import Document, Revision
from curate.workspace import Workspace


@pytest.fixture
def workspace(tmp_path):
    Workspace.init(tmp_path, "corpus", now=lambda: AT)
    workspace = Workspace(tmp_path, now=lambda: AT)
    with workspace.store.begin() as tx:
        tx.add_document(Document(id=KEY, text=TEXT, lang="fr"))
        tx.put_annotation(layer("proposal", *PROPOSED))
    return workspace


def test_the_ledger_as_json_and_in_words(cli, workspace):
    revision = Revision(
        document=KEY,
        number=1,
        author="annotator:anna",
        at=AT,
        reason="",
        schema=workspace.schema.id,
        spans=layer("gold", *RESULT).spans,
        confirmed_by="anna",
    )
    with workspace.store.begin() as tx:
        tx.add_revision(revision)
    result = cli("ledger", "--json", root=workspace.root).json
    assert result["total"]["outcome"] == {
        "accepted": 1,
        "relabelled": 1,
        "moved": 1,
        "replaced": 0,
        "rejected": 1,
        "missed": 1,
    }
    assert result["actions"]["mark"] == {"keys": 0, "clicks": 0, "drags": 1}
    assert f"{RULES}/verbs" not in cli("ledger", root=workspace.root).stdout
    assert f"{RULES}/verbs" in cli("ledger", "--rules", root=workspace.root).stdout


def test_an_empty_ledger(cli, workspace):
    result = cli("ledger", root=workspace.root)
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 1
    assert cli("ledger", "--json", root=workspace.root).json["works"] == 0
