"""``curate release``"""

from __future__ import annotations

import pytest
from support import history_corpus as h

from curate.errors import ReleaseError

ANNA = h.document(h.ANNA).id


@pytest.fixture
def root(tmp_path):
    return h.relabelled(tmp_path / "c")


def test_a_dry_run_proposes_a_version_and_cuts_nothing(cli, root):
    result = cli("release", "--dry-run", "--json", root=root)
    assert result.exit_code == 0
    assert (result.json["proposal"]["version"], result.json["proposal"]["level"]) == (
        "0.1.1",
        "patch",
    )
    assert cli("release", "--dry-run", root=root).stdout.startswith("patch: release 0.1.1 ")
    assert "0.1.1" not in cli("log", root=root).stdout


def test_a_release_of_nothing_and_an_export_without_a_release_are_refused(cli, tmp_path):
    root = h.workspace(tmp_path / "empty").root
    assert isinstance(cli("release", "0.1.0", root=root).refusal, ReleaseError)
    assert isinstance(cli("export", root=root).refusal, ReleaseError)


@pytest.mark.slow
def test_a_release_without_a_version_gets_the_proposed_one(cli, root):
    release = cli("release", "-m", "Corrected.", "--json", root=root).json
    assert (release["version"], release["parent"]) == ("0.1.1", "0.1.0")
    assert release["counts"] == {"documents": 1, "label:LOC": 1, "spans": 1}
    assert release["changes"] == {"documents_changed": 1, "spans_relabelled": 1}
