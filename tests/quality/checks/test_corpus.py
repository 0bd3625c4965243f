"""Checks of the distributions of a corpus against its last release."""

from __future__ import annotations

import msgspec
from support.checked_corpus import PER, SCHEMA, Pair, codes, crowd

from curate import release
from curate.quality import CheckContext, check_documents


def released(pairs: list[Pair]):
    return release.build_manifest(
        "1.0.0",
        pairs,
        schema=SCHEMA,
        created="2026-01-01T00:00:00Z",
        author="a",
        message="",
        earlier=[],
        validation={},
        tools={},
    )


def test_distributions_are_held_against_the_last_release():
    before = released(crowd(110))
    assert not codes(check_documents(crowd(120), SCHEMA, context=CheckContext(release=before))) & {
        "corpus.labels",
        "corpus.languages",
        "corpus.lengths",
    }
    other = [(d, msgspec.structs.replace(r, spans=(PER,))) for d, r in crowd(110)]
    report = check_documents(other, SCHEMA, context=CheckContext(release=before))
    (problem,) = [p for p in report.problems if p.code.startswith("corpus.")]
    assert problem.code == "corpus.labels"
    # (1, 0) against (1/2, 1/2), in the middle (3/4, 1/4): 1/2 log2 4/3 + 1/4 log2 2/3 + 1/4.
    assert "0.311 bits" in problem.message
    languages = check_documents(
        [*crowd(110), *crowd(60, "de", 1)], SCHEMA, context=CheckContext(release=before)
    )
    assert "corpus.languages" in codes(languages)
    lengths = check_documents(
        [*crowd(110), *crowd(60, long=3000)], SCHEMA, context=CheckContext(release=before)
    )
    assert "corpus.lengths" in codes(lengths)
