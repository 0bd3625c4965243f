"""``curate restore``"""

from __future__ import annotations

import pytest
from support import history_corpus as h

from curate.errors import InputError

ANNA = h.document(h.ANNA).id


@pytest.fixture
def root(tmp_path):
    return h.relabelled(tmp_path / "c")


def test_a_release_is_restored_and_shown(cli, root):
    (revision,) = cli("restore", "0.1.0", "--json", root=root).json["revisions"]
    assert (revision["document"], revision["number"]) == (ANNA, 3)
    assert "ORG" in cli("show", f"{ANNA}@3", root=root).stdout
    again = cli("restore", "0.1.0", "--json", root=root).json
    assert again == {"source": "0.1.0", "same": 1}


def test_the_new_revisions_are_printed(cli, root):
    assert cli("restore", "0.1.0", root=root).stdout.startswith(f"{ANNA}@3 ")


def test_a_revision_is_restored_without_documents_beside_it(cli, root):
    assert isinstance(cli("restore", f"{ANNA}@1", ANNA, root=root).refusal, InputError)
