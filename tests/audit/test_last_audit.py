"""What the last audit left open."""

from __future__ import annotations

import json

import pytest
from support import history_corpus as h

from curate.audit import last_audit
from curate.audit.last_audit import OpenSuspects
from curate.errors import InputError


def test_suspects_are_open_while_the_gold_is_what_the_audit_saw(tmp_path):
    texts = (h.ANNA, h.KIEV, h.BERNE)
    ids = [h.document(text).id for text in texts]
    audit = {
        "at": "2026-03-01T00:00:00Z",
        "revisions": dict.fromkeys(ids[:2], 1),
        "suspects": [{"document": key, "score": s} for key in ids for s in (0.9, 0.4)],
        "method": "whatever else there is",
    }
    (tmp_path / last_audit.FILE).write_text(json.dumps(audit), "utf-8")
    heads = [h.revision(h.ANNA, 1), h.revision(h.KIEV, 2), h.revision(h.BERNE, 1, deleted=True)]
    assert last_audit.load(tmp_path, heads, 0.5) == OpenSuspects(
        open=1, score=0.5, at="2026-03-01T00:00:00Z", newer=1
    )
    assert last_audit.load(tmp_path, heads, 0.4).open == 2
    assert last_audit.load(tmp_path / "none", heads, 0.5) is None
    (tmp_path / last_audit.FILE).write_text("{}", "utf-8")
    with pytest.raises(InputError, match="curate audit"):
        last_audit.load(tmp_path, heads, 0.5)
