"""Releases: the version rule, the hash tree, splits, the seal and the card."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from support import history_corpus as h

from curate import release
from curate.errors import InputError, ReleaseError
from curate.model import Entry, Release
from curate.release import card
from curate.schema import Label, RelationType, Schema
from curate.store import files

ROOT = Path(__file__).resolve().parents[2]

# The test vectors of the reference implementation of RFC 6962 (certificate-transparency).
LEAVES = [bytes.fromhex(x) for x in ("", "00", "10", "2021", "3031", "40414243")] + [
    bytes(range(0x50, 0x58)),
    bytes(range(0x60, 0x70)),
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]

SCHEMA = Schema(
    name="s",
    version="1.0.0",
    language="fr",
    title="t",
    introduction="i",
    labels=(
        Label(name="PER", title="p", description="d", colour="#112233"),
        Label(name="LOC", title="l", description="d", colour="#445566"),
    ),
)


def entries(*revisions: int) -> list[Entry]:
    return [
        Entry(document=f"{n:016x}", revision=revision, digest=f"{revision:064x}")
        for n, revision in enumerate(revisions)
        if revision
    ]


def made(version: str, found: list[Entry], schema: Schema = SCHEMA, **more) -> Release:
    return Release(
        version=version,
        created="2026-01-01T00:00:00Z",
        author="c",
        digest=release.release_digest(found, schema.digest),
        digest_rule="merkle",
        schema=schema.id,
        schema_digest=schema.digest,
        labels=release.schema_labels(schema),
        entries=tuple(found),
        **more,
    )


def test_the_hash_tree_is_that_of_rfc_6962():
    assert [release.tree_root(LEAVES[:n]) for n in range(9)] == ROOTS


def test_the_release_of_this_repository_is_as_it_was_made():
    path = ROOT / "annotations" / "releases" / "0.1.0.json"
    found = files.read_release(path)
    assert release.release_digest(found.entries, found.schema_digest) == found.digest
    assert release.seal_matches(found)
    assert card.manifest_json(found) == path.read_bytes()


def test_a_manifest_without_its_seal_or_of_another_rule_is_refused(tmp_path):
    found = made("0.1.0", entries(1))
    assert not release.seal_matches(found)
    path = tmp_path / "0.1.0.json"
    path.write_bytes(card.manifest_json(found).replace(b"merkle", b"lines"))
    with pytest.raises(InputError):
        files.read_release(path)


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


def test_the_card_and_the_changelog_say_what_the_manifest_says(tmp_path):
    corpus = h.workspace(tmp_path / "c")
    h.add(corpus, h.ANNA, h.revision(h.ANNA, 1, h.span(h.ANNA, "Paris", "LOC")))
    h.cut(corpus, "0.1.0", "First.")
    h.add(corpus, h.KIEV, h.revision(h.KIEV, 1, confirmed_by="bela"))
    h.cut(corpus)
    annotations = corpus.root / "annotations"
    told = (annotations / "releases" / "0.2.0.md").read_text("utf-8")
    assert told.startswith("# Gold corpus 0.2.0\n")
    for part in ("| documents | 2 |", "| LOC | 1 |", "| PER | 0 |", "| wire | 2 |", "| 2026 | 2 |"):
        assert part in told
    assert "| anna | 1 |\n| bela | 1 |" in told
    assert "## What changed since 0.1.0" in told
    log = (annotations / "CHANGELOG.md").read_text("utf-8")
    assert (
        log.index("## 0.2.0") < log.index("Since 0.1.0: documents added 1.") < log.index("First.")
    )
