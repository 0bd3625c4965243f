"""Who made each version of a conflict and when, and whose is taken."""

from __future__ import annotations

import pytest

from curate.annotations.merge import merge
from curate.model import Annotation, Attribution, Revision, Span
from curate.sync.policy import attribute_conflict, settle_by_policy
from curate.sync.settings import MergePolicy, SyncSettings

BEFORE, ANNA, LATER = "2026-01-01T00:00:00Z", "2026-01-03T00:00:00Z", "2026-01-05T00:00:00Z"
PER, ORG, LOC = (Span(0, 4, label) for label in ("PER", "ORG", "LOC"))
ELSEWHERE = Span(9, 12, "LOC")


def annotation(*spans: Span) -> Annotation:
    return Annotation(document="d", layer="gold", spans=spans)


def revision(number: int, at: str, *spans: Span, author: str = "curator:c") -> Revision:
    return Revision(
        document="d", number=number, author=author, at=at, reason="r", schema="s@1", spans=spans
    )


def dated(span: Span, by: str, at: str) -> Span:
    return Span(*span.key, by=by, at=at)


def attribution(*spans: Span, at: str = ANNA) -> Attribution:
    return Attribution(annotation=annotation(*spans), confirmed_by="anna", confirmed_at=at)


def fought(history, theirs: Attribution, base=(PER,)):
    """The conflict of the newest revision with what Doccano holds, with names and times."""
    found = merge(annotation(*base), history[0].annotation, theirs.annotation)
    (conflict,) = (attribute_conflict(each, history, theirs) for each in found.conflicts)
    return conflict, found


def test_a_version_is_as_old_as_the_revision_that_brought_it():
    theirs = attribution(dated(LOC, "annotator:anna", ANNA), ELSEWHERE)
    history = [revision(3, LATER, ORG), revision(2, BEFORE, ORG, ELSEWHERE), revision(1, "", PER)]
    conflict, _ = fought(history, theirs, (PER, ELSEWHERE))
    assert (conflict.ours_by, conflict.ours_at) == ("curator:c", BEFORE)
    assert (conflict.theirs_by, conflict.theirs_at) == ("annotator:anna", ANNA)


def test_our_version_is_attributed_to_the_person_who_made_it_in_doccano():
    history = [
        revision(2, LATER, dated(ORG, "annotator:bela", BEFORE), author="annotator:carla"),
        revision(1, "", PER),
    ]
    conflict, _ = fought(history, attribution(LOC))
    assert (conflict.ours_by, conflict.ours_at) == ("annotator:bela", BEFORE)
    assert (conflict.theirs_by, conflict.theirs_at) == ("annotator:anna", ANNA)


def test_a_version_that_a_curator_restored_is_attributed_to_the_curator():
    old = dated(ORG, "annotator:bela", BEFORE)
    history = [revision(3, LATER, old), revision(2, ANNA, LOC), revision(1, BEFORE, old)]
    conflict, _ = fought(history, attribution(dated(LOC, "annotator:anna", ANNA)))
    assert (conflict.ours_by, conflict.ours_at) == ("curator:c", LATER)


def test_a_deletion_is_attributed_to_the_revision_or_to_who_confirmed():
    conflict, _ = fought([revision(2, LATER), revision(1, "", PER)], attribution(LOC))
    assert (conflict.ours_by, conflict.ours_at) == ("curator:c", LATER)
    conflict, _ = fought([revision(2, LATER, ORG), revision(1, "", PER)], attribution())
    assert (conflict.theirs_by, conflict.theirs_at) == ("annotator:anna", ANNA)


@pytest.mark.parametrize(
    ("policy", "ranks", "ours_at", "label"),
    [
        ("ask", {}, BEFORE, None),
        ("prefer-doccano", {}, LATER, "LOC"),
        ("prefer-gold", {}, BEFORE, "ORG"),
        ("prefer-newest", {}, BEFORE, "LOC"),
        ("prefer-newest", {}, LATER, "ORG"),
        ("by-role", {"curator": 0, "anna": 1}, BEFORE, "ORG"),
        ("by-role", {"anna": 0, "curator": 1}, LATER, "LOC"),
        ("by-role", {"anna": 0}, LATER, "LOC"),
        ("by-role", {}, LATER, None),
    ],
)
def test_a_policy_decides_whose_version_is_taken(
    policy: MergePolicy, ranks: dict[str, int], ours_at: str, label: str | None
):
    theirs = attribution(dated(LOC, "annotator:anna", ANNA))
    # A later revision that changed another place makes our version here no newer.
    history = [revision(3, "2026-01-09T00:00:00Z", ORG, ELSEWHERE), revision(2, ours_at, ORG)]
    conflict, merged = fought([*history, revision(1, "", PER)], theirs)
    attributed = type(merged)(annotation=merged.annotation, conflicts=(conflict,))
    done = settle_by_policy(attributed, SyncSettings(schema="s@1", policy=policy, ranks=ranks))
    place = [span.label for span in done.annotation.spans if span.overlaps(PER)]
    assert place == [label or "ORG"]
    assert len(done.conflicts) == (label is None)
    assert ELSEWHERE.key in {span.key for span in done.annotation.spans}
