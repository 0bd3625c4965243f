"""The digest of a release, and the seal of its manifest."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from support.release_manifests import SCHEMA, entries, made

from curate import release
from curate.errors import InputError
from curate.release import card
from curate.schema import Schema
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


def schema(**more) -> Schema:
    return msgspec.structs.replace(SCHEMA, **more)
