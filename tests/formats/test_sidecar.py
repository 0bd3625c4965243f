"""The sidecar of an export."""

from __future__ import annotations

import json
from pathlib import Path

from support.exported_corpus import LOSSY_CORPUS, LOSSY_RELEASE, LOSSY_SCHEMA

from curate.formats import export
from curate.formats.sidecar import sidecar_path


def test_the_account_beside_the_file_tells_where_it_came_from(tmp_path: Path) -> None:
    target = tmp_path / "new" / "folder" / "corpus.conll"
    export.write("conll", LOSSY_CORPUS, target, LOSSY_SCHEMA, LOSSY_RELEASE)
    account = json.loads(sidecar_path(target).read_bytes())
    assert account["release"] == {"version": "1.2.0", "digest": "d" * 64}
    assert account["schema"] == "news@1.0.0"
    assert account["counts"] == {"documents": 3, "spans": 6}
    assert account["lost"] == {"categories": 1, "misaligned": 2, "nested": 2, "overlapping": 1}
    assert len(account["lost_spans"]) == 5
    assert "noted" not in account
    export.write("conll", LOSSY_CORPUS, target, LOSSY_SCHEMA)
    assert json.loads(sidecar_path(target).read_bytes())["release"] is None
