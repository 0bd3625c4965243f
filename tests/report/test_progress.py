"""The progress of the work: confirmations and revisions by person and week."""

from __future__ import annotations

from curate.model import Assignment, Revision
from curate.report.progress import work_progress


def revision(
    document: str, author: str, at: str, confirmed_by: str = "", confirmed_at: str = ""
) -> Revision:
    return Revision(
        document=document,
        number=1,
        author=author,
        at=at,
        reason="r",
        schema="s@1",
        confirmed_by=confirmed_by,
        confirmed_at=confirmed_at,
    )


def test_people_who_work_together_are_counted_once_per_document_and_by_week():
    history = [
        revision("a", "annotator:anna", "2026-01-06T00:00:00Z", "anna", "2026-01-05T00:00:00Z"),
        revision("a", "curator:c", "2026-01-20T00:00:00Z", "anna", "2026-01-19T00:00:00Z"),
        revision("b", "annotator:bela", "2026-01-19T00:00:00Z", "bela", "2026-01-18T23:00:00Z"),
        revision("c", "import:file", "no time"),
    ]
    progress = work_progress(iter(history), {})
    assert progress.weeks == ("2026-01-05", "2026-01-12", "2026-01-19")
    assert list(progress.people) == ["anna", "bela", "curator:c", "import:file"]
    assert list(progress.annotators) == ["anna", "bela"]
    assert progress.people["anna"].weeks == (1, 0, 0)
    assert progress.people["bela"].weeks == (0, 1, 0)  # Sunday evening
    assert progress.busiest == 1
    assert progress.confirmed == 2
    assert progress.per_week == (1, 1, 0)
    assert progress.revisions == (1, 0, 2)
    assert progress.people["curator:c"].last == "2026-01-20"
    assert progress.undated == 1


def test_independent_annotators_and_the_adjudicator_each_count():
    done = {"anna": "2026-01-05T00:00:00Z", "bela": "2026-01-13T00:00:00Z"}
    assigned = {"a": Assignment(document="a", annotators=("anna", "bela"), done=done)}
    history = [revision("a", "annotator:carl", "2026-01-20T00:00:00Z", "carl", "2026-01-20T00:00Z")]
    progress = work_progress(history, assigned)
    confirmed = {name: person.confirmed for name, person in progress.people.items()}
    assert confirmed == {"anna": 1, "bela": 1, "carl": 1}
    assert (progress.confirmed, progress.per_week) == (1, (1, 0, 0))
    both = [revision("a", "annotator:bela", done["bela"], "anna, bela", done["bela"])]
    assert work_progress(both, assigned).people["bela"].weeks == (0, 1)


def test_without_work_there_are_no_weeks():
    progress = work_progress([], {})
    assert (progress.weeks, progress.busiest) == ((), 0)
