"""``curate reconcile``"""

from __future__ import annotations

import shutil

from support import history_corpus as h


def test_reconcile_imports_a_clone_once(cli, tmp_path):
    root = tmp_path / "clone"
    shutil.copytree(h.relabelled(tmp_path / "c"), root, ignore=shutil.ignore_patterns(".curate"))
    first = cli("reconcile", "--json", root=root).json
    assert first == {"documents": 1, "revisions": 2, "releases": ["0.1.0"]}
    assert cli("reconcile", "--json", root=root).json == {}
    assert len(cli("reconcile", root=root).stdout.splitlines()) == 1
