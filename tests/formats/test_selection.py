"""Filters and policies of an export, and how it tells what they left out."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.exported_corpus import LOSSY_CORPUS, LOSSY_SCHEMA, pair
from support.golden_corpus import Pair
from support.random_documents import pairs

from curate.errors import CurateError
from curate.formats import export
from curate.formats.selection import OverlapPolicy, Selection, SelectionTally, select
from curate.formats.sidecar import sidecar_path
from curate.model import Relation

NESTED = pair(
    "Opéra de Lyon joue.", ("Opéra de Lyon", "ORG"), ("Lyon", "LOC"), ("Lyon joue", "PER")
)


def chosen(made: list[Pair], **arguments: object) -> tuple[list[Pair], SelectionTally]:
    left = SelectionTally()
    return list(select(made, Selection(**arguments), left)), left  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("policy", "kept", "lost"),
    [
        ("all", ["ORG", "LOC", "PER"], {}),
        ("outermost", ["ORG"], {"nested": 1, "overlapping": 1}),
        ("longest", ["ORG"], {"nested": 1, "overlapping": 1}),
        ("innermost", ["LOC"], {"enclosing": 2}),
    ],
)
def test_a_policy_keeps_what_it_says(
    policy: OverlapPolicy, kept: list[str], lost: dict[str, int]
) -> None:
    [(_, revision)], left = chosen([NESTED], overlap=policy)
    assert [span.label for span in revision.spans] == kept
    assert left.lost == lost
    assert len(left.problems) == sum(lost.values())


def test_of_two_that_cross_the_earlier_or_the_longer_stays() -> None:
    made = [pair("un deux trois quatre", ("un deux", "PER"), ("deux trois quatre", "ORG"))]
    [(_, first)], _ = chosen(made, overlap="outermost")
    [(_, longer)], _ = chosen(made, overlap="longest")
    assert [span.label for span in (*first.spans, *longer.spans)] == ["PER", "ORG"]


def test_overlapping_spans_are_refused_and_the_old_file_stays(tmp_path: Path) -> None:
    target = tmp_path / "corpus.jsonl"
    target.write_bytes(b"old")
    with pytest.raises(CurateError, match="overlapping spans"):
        export.write("jsonl", [NESTED], target, LOSSY_SCHEMA, selection=Selection(overlap="refuse"))
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]
    plain = pair("Lyon joue.", ("Lyon", "LOC"))
    assert len(chosen([plain], overlap="refuse")[0]) == 1


def test_a_relation_goes_with_its_spans() -> None:
    arrow = Relation((0, 13, "ORG"), (9, 13, "LOC"), "in")
    made = (NESTED[0], msgspec.structs.replace(NESTED[1], relations=(arrow,)))
    [(_, revision)], left = chosen([made], overlap="outermost")
    assert (revision.relations, left.lost["relations"]) == ((), 1)
    [(_, revision)], left = chosen([made], labels=("ORG",))
    assert revision.relations == ()
    assert left.filtered == {"documents": 0, "spans": 2, "relations": 1}
    assert left.lost == {}


def test_documents_are_filtered_by_what_is_known_of_them() -> None:
    def article(text: str, lang: str, by: str, **meta: str) -> Pair:
        document, revision = pair(text, lang=lang, confirmed_by=by)
        return msgspec.structs.replace(document, meta=meta), revision

    one = article("Un.", "fr", "ada", source="A", published="2026-03-05")
    two = article("Deux.", "fr", "ada, eve", source="B", published="2026-04-01T10:00:00Z")
    three = article("Three.", "en", "ada,ada")
    made = [one, two, three]
    assert chosen(made, languages=("en",))[0] == [three]
    assert chosen(made, sources=("B",))[0] == [two]
    assert chosen(made, since="2026-03-06")[0] == [two]
    assert chosen(made, until="2026-03")[0] == [one]
    assert chosen(made, until="2026-04-01")[0] == [one, two]
    assert chosen(made, confirmed_by=1)[0] == made
    assert chosen(made, confirmed_by=2)[0] == [two]
    assert chosen(made, ids=frozenset({one[0].id}))[0] == [one]
    assert chosen(made, confirmed_by=2)[1].filtered["documents"] == 2


def test_the_account_tells_the_selection_and_what_it_left_out(tmp_path: Path) -> None:
    target = tmp_path / "corpus.jsonl"
    wanted = Selection(overlap="innermost", labels=("ORG", "LOC"))
    exported = export.write("jsonl", LOSSY_CORPUS, target, LOSSY_SCHEMA, selection=wanted)
    account = json.loads(sidecar_path(target).read_bytes())
    assert account["selection"] == {"overlap": "innermost", "labels": ["ORG", "LOC"]}
    assert account["left_out"] == {"documents": 0, "spans": 5, "relations": 0}
    assert account["lost"] == exported.lost
    assert exported.spans + len(account["lost_spans"]) + 5 == 11


@given(st.lists(pairs(), max_size=3), st.sampled_from(["outermost", "longest", "innermost"]))
def test_what_is_kept_is_apart_and_nothing_is_dropped_unnamed(
    made: list[Pair], policy: OverlapPolicy
) -> None:
    kept, left = chosen(made, overlap=policy)
    for _, revision in kept:
        spans = revision.spans
        assert not any(a.overlaps(b) for n, a in enumerate(spans) for b in spans[n + 1 :])
    dropped = sorted((p.document, p.span) for p in left.problems if p.span)
    stayed = [(d.id, span.key) for d, r in kept for span in r.spans]
    assert sorted(dropped + stayed) == sorted((d.id, s.key) for d, r in made for s in r.spans)
