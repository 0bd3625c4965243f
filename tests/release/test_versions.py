"""The version of the next release."""

from __future__ import annotations

import msgspec
import pytest
from support import history_corpus as h
from support.release_manifests import SCHEMA, entries, made

from curate import release
from curate.errors import ReleaseError
from curate.schema import RelationType, Schema


@pytest.mark.parametrize(
    ("after", "version", "reason"),
    [
        (entries(1, 1, 1), "1.3.0", "1 document added"),
        (entries(1), "1.3.0", "1 document removed"),
        (entries(2, 2), "1.2.4", "2 documents corrected"),
        (entries(2, 1, 1), "1.3.0", "1 document added"),
    ],
)
def test_what_changed_decides_the_version(after, version, reason):
    found = release.propose_version([made("1.2.3", entries(1, 1))], after, SCHEMA)
    assert (found.version, found.reasons[0], found.parent) == (version, reason, "1.2.3")


def schema(**more) -> Schema:
    return msgspec.structs.replace(SCHEMA, **more)


CAUSE = RelationType(name="causes", title="c", description="d", colour="#000000")


@pytest.mark.parametrize(
    ("after", "version", "reason"),
    [
        (schema(version="1.0.1", labels=SCHEMA.labels[:1]), "2.0.0", "no longer has span:LOC"),
        (schema(version="1.0.1", overlap=True), "2.0.0", "lets spans overlap now"),
        (schema(name="other"), "2.0.0", "was s@1.0.0 and is other@1.0.0"),
        (schema(version="2.0.0"), "2.0.0", "was s@1.0.0 and is s@2.0.0"),
        (schema(version="1.1.0", relations=(CAUSE,)), "1.3.0", "has relation:causes now"),
        (schema(version="1.0.1", introduction="clearer"), "1.2.4", "was s@1.0.0 and is s@1.0.1"),
    ],
)
def test_what_the_schema_lost_is_major_what_it_gained_minor(after, version, reason):
    found = release.propose_version([made("1.2.3", entries(1))], entries(1), after)
    assert found.version == version
    assert reason in found.reasons[0]


def test_the_first_release_and_one_of_nothing_new():
    assert release.propose_version([], entries(1), SCHEMA).version == "0.1.0"
    found = release.propose_version([made("0.9.0", entries(1))], entries(1), SCHEMA)
    assert (found.version, found.level) == ("", "none")


def test_a_version_that_says_less_than_changed_is_refused(tmp_path):
    corpus = h.workspace(tmp_path / "c")
    h.add(corpus, h.ANNA, h.revision(h.ANNA, 1, h.span(h.ANNA, "Paris", "LOC")))
    assert h.cut(corpus).version == "0.1.0"
    with pytest.raises(ReleaseError, match=r"0\.1\.0"):
        h.cut(corpus)
    h.add(corpus, h.KIEV, h.revision(h.KIEV, 1))
    with pytest.raises(ReleaseError, match=r"0\.1\.1 .* 0\.1\.0") as caught:
        h.cut(corpus, "0.1.1")
    assert "0.2.0" in caught.value.hint
    grown = h.cut(corpus)
    assert (grown.version, grown.parent) == ("0.2.0", "0.1.0")
    assert grown.changes == {"documents_added": 1}
    with corpus.store.begin() as tx:
        tx.add_revision(h.revision(h.KIEV, 2, h.span(h.KIEV, "Kiev", "LOC")))
    corrected = h.cut(corpus)
    assert corrected.version == "0.2.1"
    assert corrected.changes == {"documents_changed": 1, "spans_added": 1}
