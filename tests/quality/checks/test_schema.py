"""Checks of the label schema."""

from __future__ import annotations

import msgspec
from support.checked_corpus import PER, RICH, SCHEMA, TEXT, clean, codes, crowd, labelled, pair

from curate.model import Span
from curate.quality import check_documents


def test_schema():
    same = tuple(
        msgspec.structs.replace(label, colour="#ABCDEF", rules=()) for label in RICH.labels[:2]
    )
    bare = msgspec.structs.replace(SCHEMA, labels=same)
    problems = check_documents([clean()], bare).problems
    assert [problem.code for problem in problems] == ["schema.guideline"] * 2 + ["schema.colour"]
    labels = ("PER", "LOC", "LOC")
    assert all(label in problem.message for label, problem in zip(labels, problems, strict=True))


def test_support_and_use_are_judged_in_a_corpus_of_some_size():
    schema = msgspec.structs.replace(SCHEMA, labels=labelled("PER", "LOC", "ORG"))
    rare = pair(Span(0, 11, "LOC"), text=f"{TEXT} Rare.")
    only = [(d, msgspec.structs.replace(r, spans=(PER,))) for d, r in crowd(60)]
    problems = check_documents([*only, rare], schema).problems
    messages = {problem.code: problem.message for problem in problems}
    assert "ORG" in messages["schema.unused"]
    assert all(word in messages["schema.support"] for word in ("LOC", "1", "30"))
    assert not {"schema.unused", "schema.support"} & codes(check_documents([rare], schema))
