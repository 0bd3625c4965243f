"""Building the manifest of a release."""

from __future__ import annotations

import pytest
from support import history_corpus as h
from support.store_corpus import SCHEMA, build, document, fill, revision

from curate import release
from curate.errors import ReleaseError
from curate.release import card
from curate.store import open_store


@pytest.fixture
def store(tmp_path):
    store = open_store(tmp_path)
    yield store
    store.close()


@pytest.fixture
def filled(store):
    fill(store)
    return store


def test_a_release_counts_and_knows_its_parent(filled):
    made = build(filled, "0.2.0")
    assert made.counts == {"documents": 2, "spans": 2, "label:PER": 2}
    assert made.parent == "0.1.0"
    assert [entry.revision for entry in made.entries] in ([1, 2], [2, 1])


def test_equal_gold_has_an_equal_digest_and_any_change_another(filled):
    same, again = build(filled, "0.2.0"), build(filled, "0.3.0")
    assert same.digest == again.digest
    one = document("Anna rit.")
    with filled.begin() as tx:
        tx.add_revision(revision(one, 3))
    assert build(filled, "0.3.0").digest != same.digest


@pytest.mark.parametrize("version", ["0.1.0", "0.0.9", "1.0"])
def test_a_version_must_be_new_and_above(filled, version):
    with pytest.raises(ReleaseError, match=version):
        build(filled, version)


def test_versions_are_compared_as_numbers(filled):
    with filled.begin() as tx:
        for version in ("0.9.0", "0.10.0"):
            tx.add_release(
                release.build_manifest(
                    version,
                    tx.heads(),
                    schema=SCHEMA,
                    created="2026-01-05T00:00:00Z",
                    author="c",
                    message="",
                    earlier=tx.releases(),
                    validation={},
                    tools={},
                )
            )
    assert build(filled, "0.11.0").parent == "0.10.0"


def test_an_empty_corpus_is_not_released(store):
    with pytest.raises(ReleaseError):
        build(store, "0.1.0")


def test_splits_must_fit_the_release(tmp_path):
    found = [(h.document(t), h.revision(t, 1)) for t in (h.ANNA, h.KIEV)]
    ids = sorted(document.id for document, _ in found)

    def build(splits):
        return release.build_manifest(
            "0.1.0",
            found,
            schema=SCHEMA,
            created="",
            author="",
            message="",
            earlier=[],
            validation={},
            tools={},
            splits=splits,
            gate={"agreement": "0.91, floor 0.80"},
        )

    assert build({"test": ids[:1], "train": ids[1:]}).splits == {
        "test": (ids[0],),
        "train": (ids[1],),
    }
    with pytest.raises(ReleaseError, match="two splits"):
        build({"test": ids, "train": ids[:1]})
    with pytest.raises(ReleaseError, match="ff"):
        build({"test": ["ff"]})
    assert "Gate agreement: 0.91, floor 0.80." in card.data_card(build({}))
