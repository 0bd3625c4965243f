"""Proposals for a schema: counts of labels, and the file with what is missing put in."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import msgspec
import pytest

from curate.errors import ConfigError
from curate.model import Annotation, Category, Relation, Span
from curate.schema import Schema, load
from curate.schema.colours import distinct_colours
from curate.schema.proposal import LabelCounter, LabelCounts, extend, extended_text
from curate.schema.schema import COLOUR

BLOCK = """\
# Kept with care.
name: news
version: 1.4.2  # raised at each change
language: en
title: News
introduction: |
  Mark names.

  labels: are below
labels:
- name: PER  # people
  title: Person
  description: A person.
  colour: "#1565c0"
  rules:
  - No titles.

# What joins them.
relations:
    - {name: knows, title: knows, description: Who knows whom., colour: "#6a1b9a"}
"""
INLINE = """\
{name: news, version: "2", language: en, title: News, introduction: "", labels: []}
"""
FOUND = LabelCounts(labels={"PER": 3, "ORG: x": 2}, relations={"leads": 1}, categories={"sport": 4})


def schema_of(text: str) -> Schema:
    return msgspec.yaml.decode(text, type=Schema)


@pytest.mark.parametrize("text", [BLOCK, INLINE], ids=["block", "inline"])
def test_the_file_of_a_schema_gets_what_is_missing_and_keeps_the_rest(text, tmp_path):
    present = schema_of(text)
    missing = FOUND.missing(present)
    proposal = extend(present, missing, "export.json")
    changed = extended_text(text, present, proposal)
    path = tmp_path / "schema.yaml"
    path.write_text(changed, encoding="utf-8")
    assert load(path) == proposal
    assert [it.name for it in proposal.labels][-1] == "ORG: x"
    assert "PER" not in missing.labels or text is INLINE
    assert [it.name for it in proposal.relations][-1] == "leads"
    assert proposal.categories[0].description == "sport, as in export.json (4 times)."
    if text is BLOCK:
        assert proposal.version == "1.5.0"
        for line in BLOCK.splitlines():
            if not line.startswith("version"):
                assert line in changed.splitlines()
        assert "version: 1.5.0  # raised at each change" in changed


def test_labels_are_counted_by_kind_and_overlaps_noticed():
    counter = LabelCounter()
    spans = (Span(0, 4, "PER"), Span(5, 9, "PER"), Span(5, 9, "LOC"))
    relations = (Relation(spans[0].key, spans[1].key, "knows"),)
    counter.add(Annotation(document="a", layer="x", spans=spans[:2], relations=relations))
    assert not counter.counts().overlap
    counter.add(Annotation(document="b", layer="x", spans=spans, categories=(Category("sport"),)))
    counts = counter.counts()
    assert counts == LabelCounts(
        labels={"PER": 4, "LOC": 1}, relations={"knows": 1}, categories={"sport": 1}, overlap=True
    )
    present = schema_of(BLOCK)
    assert counts.missing(present) == LabelCounts(
        labels={"LOC": 1}, categories={"sport": 1}, overlap=True
    )
    proposal = extend(present, counts.missing(present), "x")
    assert schema_of(extended_text(BLOCK, present, proposal)).overlap


@pytest.mark.parametrize("name", ["", " PER", "x" * 101])
def test_a_name_that_no_label_can_have_is_refused_with_what_mends_it(name):
    with pytest.raises(ConfigError) as refusal:
        extend(schema_of(BLOCK), LabelCounts(labels={name: 1}), "x")
    assert "--label" in refusal.value.hint


def test_the_schemas_of_this_repository_can_be_extended(pytestconfig):
    for path in Path(pytestconfig.rootpath, "schemas").glob("news-*.yaml"):
        text, present = path.read_text("utf-8"), load(path)
        proposal = extend(present, LabelCounts(labels={"Ünlabel": 1}), "x")
        changed = extended_text(text, present, proposal)
        assert schema_of(changed) == proposal
        assert set(text.splitlines()) - set(changed.splitlines()) == {f"version: {present.version}"}


def test_a_new_label_has_a_colour_of_its_own():
    own = [*islice(distinct_colours(), 3)]
    more = [*islice(distinct_colours(colour.lower() for colour in own[1:]), 60)]
    assert own[0] == more[0]
    assert len({*own, *more}) == 62
    assert all(COLOUR.fullmatch(colour) for colour in more)
