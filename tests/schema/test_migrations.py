"""Migrations of a schema: what becomes of labels, spans, relations and categories."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.errors import ConfigError
from curate.model import Annotation, Category, Relation, Span
from curate.schema import Label, Schema, migrations
from curate.schema.migrations import Migration, MigrationStep, SplitPart

TEXT = "Le sommet de Paris et la guerre du Golfe."
PARIS, SOMMET, GUERRE = (13, 18), (3, 9), (25, 31)


def schema(version: str) -> Schema:
    label = Label(name="LOC", title="lieu", description="d", colour="#112233")
    return Schema(
        name="s", version=version, language="fr", title="t", introduction="i", labels=(label,)
    )


def one(*steps: MigrationStep) -> migrations.Migrations:
    return (Migration(schema="s", before="1.0.0", after="2.0.0", steps=steps),)


def marked(*spans: tuple[int, int, str], **more) -> Annotation:
    found = tuple(Span(*span, by="annotator:anna", at="2026") for span in spans)
    return Annotation(document="d", layer="gold", spans=found, **more)


def keys(found: Annotation) -> list[tuple[int, int, str]]:
    return [span.key for span in found.spans]


def test_a_renamed_label_keeps_its_spans_and_who_made_them():
    found = migrations.migrate_annotation(
        one(MigrationStep(rename="GPE", to="LOC")), marked((*PARIS, "GPE")), TEXT
    )
    assert found.spans == (Span(*PARIS, "LOC", by="annotator:anna", at="2026"),)


def test_merged_labels_become_one_and_a_span_that_had_both_is_one():
    before = marked((*PARIS, "GPE"), (*PARIS, "FAC"), (*SOMMET, "MISC"))
    found = migrations.migrate_annotation(
        one(MigrationStep(merge=("GPE", "FAC"), to="LOC")), before, TEXT
    )
    assert keys(found) == [(*SOMMET, "MISC"), (*PARIS, "LOC")]


def test_a_split_label_is_decided_by_the_text():
    step = MigrationStep(
        split="MISC", into=(SplitPart(label="EVENT", match="(?i)sommet|guerre"),), rest="MISC"
    )
    before = marked((*SOMMET, "MISC"), (*PARIS, "MISC"), (*GUERRE, "MISC"))
    found = migrations.migrate_annotation(one(step), before, TEXT)
    assert keys(found) == [(*SOMMET, "EVENT"), (*PARIS, "MISC"), (*GUERRE, "EVENT")]


def test_a_retired_label_goes_or_becomes_another():
    before = marked((*PARIS, "FAC"))
    assert keys(migrations.migrate_annotation(one(MigrationStep(retire="FAC")), before, TEXT)) == []
    assert keys(
        migrations.migrate_annotation(one(MigrationStep(retire="FAC", to="LOC")), before, TEXT)
    ) == [(*PARIS, "LOC")]


def test_relations_follow_their_spans_and_go_with_them():
    head, tail = (*SOMMET, "MISC"), (*PARIS, "GPE")
    before = marked(head, tail, relations=(Relation(head, tail, "in"),))
    renamed = migrations.migrate_annotation(
        one(MigrationStep(rename="GPE", to="LOC")), before, TEXT
    )
    assert renamed.relations == (Relation(head, (*PARIS, "LOC"), "in"),)
    assert (
        migrations.migrate_annotation(one(MigrationStep(retire="GPE")), before, TEXT).relations
        == ()
    )
    told = migrations.migrate_annotation(one(MigrationStep(rename="in", to="at")), before, TEXT)
    assert [relation.label for relation in told.relations] == ["at"]


def test_categories_are_migrated_too():
    before = marked(categories=(Category("sport"), Category("loisirs")))
    found = migrations.migrate_annotation(
        one(MigrationStep(merge=("sport", "loisirs"), to="culture")), before, TEXT
    )
    assert [category.label for category in found.categories] == ["culture"]


@given(
    labels=st.lists(st.sampled_from(["GPE", "FAC", "MISC", "PER"]), max_size=6),
    other=st.sampled_from(["LOC", "PER"]),
)
def test_a_merge_never_loses_a_place(labels, other):
    before = marked(*((i, i + 2, label) for i, label in enumerate(labels)))
    found = migrations.migrate_annotation(
        one(MigrationStep(merge=("GPE", "FAC"), to=other)), before, TEXT
    )
    assert [(s.start, s.end) for s in found.spans] == [(s.start, s.end) for s in before.spans]
    assert not {"GPE", "FAC"} & {span.label for span in found.spans}


def test_renames_are_followed_through():
    chain = (
        Migration(schema="s", before="1", after="2", steps=(MigrationStep(rename="A", to="B"),)),
        Migration(schema="s", before="2", after="3", steps=(MigrationStep(rename="B", to="C"),)),
    )
    assert migrations.renamed_labels(chain) == {"A": "C", "B": "C"}


def test_files_are_read_and_chained(tmp_path):
    (tmp_path / "b.yaml").write_text(
        "schema: s\nfrom: 1.1.0\nto: 2.0.0\nsteps:\n  - retire: FAC\n    to: LOC\n"
    )
    (tmp_path / "a.yaml").write_text(
        "schema: s\nfrom: 1.0.0\nto: 1.1.0\nsteps:\n  - rename: GPE\n    to: FAC\n  - add: LAW\n"
    )
    (tmp_path / "c.yaml").write_text("schema: other\nfrom: 1.0.0\nto: 2.0.0\nsteps: []\n")
    found = migrations.load(tmp_path, schema("2.0.0"))
    assert [migration.before for migration in found] == ["1.0.0", "1.1.0"]
    assert [step.description for m in found for step in m.steps] == [
        "renamed GPE to FAC",
        "added LAW",
        "retired FAC, now LOC",
    ]
    assert migrations.pending_migrations(found, "1.1.0", schema("2.0.0")) == found[1:]
    assert migrations.pending_migrations(found, "1.0.0", schema("1.1.0")) == found[:1]
    assert migrations.pending_migrations(found, "2.0.0", schema("2.0.0")) == ()
    before = marked((*PARIS, "GPE"))
    assert keys(migrations.migrate_annotation(found, before, TEXT)) == [(*PARIS, "LOC")]
    with pytest.raises(ConfigError, match=r"annotated under s@2.0.0, and the schema is 1.1.0"):
        migrations.pending_migrations(found, "2.0.0", schema("1.1.0"))


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ("- rename: A", "step 1 does not say what becomes of the label"),
        ("- rename: A\n  retire: B\n  to: C", "step 1 has 2 changes"),
        ("- {}", "step 1 has 0 changes"),
        ("- split: A\n  into: [{label: B, match: x}]", "what the rest becomes"),
        ("- split: A\n  into: [{label: B, match: '('}]\n  rest: A", "is not a pattern"),
        ("- retyre: A", "retyre"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_file(tmp_path, steps, told):
    (tmp_path / "m.yaml").write_text(f"schema: s\nfrom: 1.0.0\nto: 2.0.0\nsteps:\n{steps}\n")
    with pytest.raises(ConfigError, match=told) as caught:
        migrations.load(tmp_path, schema("2.0.0"))
    assert "m.yaml" in str(caught.value)


def test_two_ways_from_one_version_are_refused(tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text("schema: s\nfrom: 1.0.0\nto: 2.0.0\nsteps: []\n")
    with pytest.raises(ConfigError, match="second migration"):
        migrations.load(tmp_path, schema("2.0.0"))


def test_a_migration_goes_up(tmp_path):
    (tmp_path / "a.yaml").write_text("schema: s\nfrom: 2.0.0\nto: 1.0.0\nsteps: []\n")
    with pytest.raises(ConfigError, match=r"leads from 2.0.0 to 1.0.0"):
        migrations.load(tmp_path, schema("2.0.0"))


def test_an_older_place_is_read_in_the_names_of_now():
    chain = (
        *one(MigrationStep(rename="GPE", to="FAC")),
        Migration(
            schema="s",
            before="2.0.0",
            after="3.0.0",
            steps=(
                MigrationStep(merge=("FAC",), to="LOC"),
                MigrationStep(
                    split="LOC", into=(SplitPart(label="CITY", match="Paris"),), rest="LOC"
                ),
            ),
        ),
    )
    there = marked((*PARIS, "GPE"), (*SOMMET, "LOC"), (*GUERRE, "GPE"))
    older = migrations.MigrationReader(schema("3.0.0"), chain, "1.0.0")
    assert keys(older.read(there, TEXT)) == [(*SOMMET, "LOC"), (*PARIS, "CITY"), (*GUERRE, "LOC")]
    # Up to date: only what still has an old name is read otherwise.
    newest = migrations.MigrationReader(schema("3.0.0"), chain, "3.0.0")
    late = marked((*PARIS, "LOC"), (*GUERRE, "GPE"))
    assert keys(newest.read(late, TEXT)) == [(*PARIS, "LOC"), (*GUERRE, "LOC")]
    assert migrations.MigrationReader(schema("3.0.0"), ()).plain
    assert not newest.plain
