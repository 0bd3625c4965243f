"""Findings as comments: which are added, changed and deleted."""

from __future__ import annotations

import msgspec
from support.checked_corpus import (
    BAD,
    PER,
    SCHEMA,
    clean,
    pair,
)

from curate.config import CheckSetting
from curate.doccano import comment_marker
from curate.model import RemoteComment, Span
from curate.quality import check_documents
from curate.quality.comments import CommentChanges, comments_by_document, plan_changes


def there(*texts: str, own: bool = True) -> list[RemoteComment]:
    return [
        RemoteComment(number=n, example=1, text=text, own=own)
        for n, text in enumerate(texts, start=1)
    ]


def comments(infos: bool = False, **settings: CheckSetting) -> dict[str, str]:
    """What is to be said of the document that has findings, by check and place."""
    codes = {code.replace("_", "."): value for code, value in settings.items()}
    return comments_by_document(check_documents([BAD, clean()], SCHEMA, settings=codes), infos)[
        BAD[0].id
    ]


def test_findings_are_put_once_however_often_they_are_pushed():
    asked = comments()
    assert len(asked) == 2 and {*comments_by_document(check_documents([BAD, clean()], SCHEMA))} == {
        BAD[0].id
    }
    first = plan_changes(asked, ())
    assert first == CommentChanges(add=tuple(asked.values()))
    assert "' parle'" in first.add[0] and first.add[0].endswith("]")
    assert plan_changes(asked, there(*first.add)) == CommentChanges(unchanged=2)
    # also after somebody wrote into them, or where another account put them
    touched = ["Vu. " + first.add[0], first.add[1] + " Merci"]
    assert plan_changes(asked, there(*touched)) == CommentChanges(unchanged=2)
    assert plan_changes(asked, there(*first.add, own=False)) == CommentChanges(unchanged=2)


def test_a_comment_goes_with_its_finding_and_follows_its_words():
    texts = tuple(comments().values())
    assert plan_changes({}, there(*texts)) == CommentChanges(delete=(1, 2))
    assert plan_changes(comments(), there(*texts, texts[0])) == CommentChanges(
        delete=(3,), unchanged=2
    )
    (key, text), *_ = comments().items()
    older = comment_marker.add_marker("As it was told before.", key)
    assert plan_changes({key: text}, there(older)) == CommentChanges(change={1: text})


def test_what_people_wrote_is_left_alone():
    text = next(iter(comments().values()))
    people = ["Marco Rubio ?", f"Non : {text}", text.replace("parle", "dit"), "[curate check]"]
    assert plan_changes({}, there(*people)) == CommentChanges()
    assert plan_changes({}, there(text, own=False)) == CommentChanges()
    assert not any(map(comment_marker.is_unchanged, people)) and comment_marker.is_unchanged(
        f" {text}\n"
    )


def test_infos_are_told_on_demand():
    mild = CheckSetting(level="info", reason="r")
    assert len(comments(span_label=mild)) == 1
    assert len(comments(infos=True, span_label=mild)) == 2


def test_marks_tell_places_apart_and_outlive_a_new_revision():
    several = pair(Span(11, 17, "PER"), Span(17, 19, "PER"))
    assert len(comments_by_document(check_documents([several], SCHEMA))[several[0].id]) >= 2
    document, revision = pair(PER, by="")
    later = msgspec.structs.replace(revision, number=2)
    marks = [
        [*comments_by_document(check_documents([(document, r)], SCHEMA))[document.id]]
        for r in (revision, later)
    ]
    assert marks[0] == marks[1]
