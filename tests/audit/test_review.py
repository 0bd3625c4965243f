"""Requests for reviews."""

from __future__ import annotations

from support.audit_corpus import TIMES

from curate.audit.audit import audit
from curate.audit.audit_file import require_audit
from curate.audit.report import AuditOptions
from curate.audit.review import request_reviews


def test_a_suspect_is_asked_about_once_unless_its_review_is_done(workspace):
    audit(workspace, AuditOptions(methods=("surfaces", "edges")))
    saved = require_audit(workspace.state)
    once, new = request_reviews(saved, 1, (), TIMES[5])
    assert new == [saved.suspects[0].document]
    assert request_reviews(once, 1, (), TIMES[6]) == (once, [])
    again, reopened = request_reviews(once, 1, new, TIMES[6])
    assert reopened == new and again.requests[0].at == TIMES[6]
