"""The audit file: open suspects, and suspects that were resolved."""

from __future__ import annotations

import pytest
from support import history_corpus as h

from curate.audit.audit_file import (
    FILE,
    AuditFile,
    OpenSuspects,
    count_open_suspects,
    resolve_dismissed,
    save_audit,
)
from curate.audit.suspects import Suspect, suspect_id
from curate.errors import InputError

AT = "2026-03-01T00:00:00Z"


def suspect(document="d", span=None, suggestion=None, score=0.9):
    return Suspect(
        document=document,
        kind="missing" if span is None else "label",
        span=span,
        suggestion=suggestion,
        score=score,
        evidence=(),
    )


def test_suspects_are_open_while_the_gold_is_what_the_audit_saw(tmp_path):
    ids = [h.document(text).id for text in (h.ANNA, h.KIEV, h.BERNE)]
    audit = AuditFile(
        at=AT,
        content="",
        version="",
        revisions=dict.fromkeys(ids[:2], 1),
        suspects=tuple(
            suspect(key, suggestion=(0, 4, "PER"), score=s) for key in ids for s in (0.9, 0.4)
        ),
    )
    save_audit(tmp_path, audit)
    heads = [h.revision(h.ANNA, 1), h.revision(h.KIEV, 2), h.revision(h.BERNE, 1, deleted=True)]
    assert count_open_suspects(tmp_path, heads, 0.5) == OpenSuspects(
        open=1, score=0.5, at=AT, newer=1
    )
    assert count_open_suspects(tmp_path, heads, 0.4).open == 2
    assert count_open_suspects(tmp_path / "none", heads, 0.5) is None
    (tmp_path / FILE).write_text("{}", "utf-8")
    with pytest.raises(InputError) as caught:
        count_open_suspects(tmp_path, heads, 0.5)
    assert "`curate audit`" in caught.value.hint


def test_a_missing_span_is_the_same_suspect_with_other_boundaries():
    first = suspect(suggestion=(4, 9, "LOC"))
    audit = AuditFile(at=AT, content="", version="", revisions={}, suspects=(first,))
    resolved = resolve_dismissed(audit, [suspect_id(first)], "carla", AT, "")
    assert resolved.suspects == ()
    assert resolved.settled[0].covers(suspect(suggestion=(6, 12, "LOC")))
    assert not resolved.settled[0].covers(suspect(suggestion=(9, 12, "LOC")))


def test_the_id_of_a_suspect_stays_whatever_is_suggested():
    span = (0, 4, "PER")
    first = suspect_id(suspect(span=span, suggestion=(0, 4, "LOC")))
    assert first == suspect_id(suspect(span=span, suggestion=(0, 9, "ORG")))
    assert first == suspect_id(suspect(span=span))
    missing = suspect_id(suspect(suggestion=span))
    assert first != missing
    assert missing == suspect_id(suspect(suggestion=(0, 4, "LOC")))
