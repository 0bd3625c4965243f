"""Who made a release, counted from blame and said in PROV-O."""

from __future__ import annotations

import pytest
from support import history_corpus as h

from curate.formats import provenance as said
from curate.history.blame import blame_release
from curate.model import Category
from curate.publish.names import PublishedNames
from curate.publish.provenance import count_acts, release_provenance


@pytest.fixture(scope="module")
def counts(tmp_path_factory):
    corpus = h.traced(tmp_path_factory.mktemp("provenance") / "corpus")
    spans = (
        h.span(h.BERNE, "Berne", "LOC", by="rules:r@1/cities"),
        h.span(h.BERNE, "Vienne", "LOC", by="annotator:bela", at="2026-02-01T01:00:00Z"),
        h.span(h.BERNE, "accord", "MISC", by="import:b.conll"),
        h.span(h.BERNE, "signent", "MISC", by="article:copies"),
    )
    categories = (Category("politics", by="annotator:bela"), Category("europe", by="model:m@1"))
    gold = h.revision(h.BERNE, 1, *spans, author="import:b.conll", categories=categories)
    h.add(corpus, h.BERNE, gold)
    return count_acts(blame_release(corpus, h.cut(corpus, "0.1.0")))


def acts(provenance):
    return {(agent.kind, agent.name): agent.acts for agent in provenance.agents}


def test_each_agent_has_what_it_did(counts):
    found = release_provenance(counts, PublishedNames(None))
    assert acts(found) == {
        # Weiss was widened by anna, Paris relabelled by bela: both had been proposed by m.
        ("person", "anna"): {"changed": {"spans": 1}, "confirmed": {"documents": 2}},
        ("person", "bela"): {
            "added": {"categories": 1, "spans": 1},
            "changed": {"spans": 1},
        },
        ("model", "m@1"): {"proposed": {"categories": 1, "spans": 2}},
        ("rules", "copies"): {"proposed": {"spans": 1}},
        ("rules", "r@1"): {"proposed": {"spans": 1}},
        ("file", "b.conll"): {"imported": {"spans": 1}},
    }
    assert found.unchanged == 2
    assert (found.started, found.ended) == ("2026-02-01T01:00:00Z", "2026-02-03T07:30:00Z")


def test_people_without_names_are_numbered_by_when_they_acted_first(counts):
    found = release_provenance(counts, PublishedNames(counts.people_and_files))
    named = release_provenance(counts, PublishedNames(None))
    assert [agent.name for agent in found.agents][:2] == ["person-1", "person-2"]
    assert acts(found)["person", "person-1"] == acts(named)["person", "bela"]
    assert acts(found)["file", "file-1"] == acts(named)["file", "b.conll"]
    assert acts(found)["model", "m@1"] == acts(named)["model", "m@1"]


def test_prov_o_has_an_activity_for_each_step_and_counts_for_each_agent(counts):
    found = said.prov_o(release_provenance(counts, PublishedNames(None)))
    steps = {it["prov:label"]: it for it in found["prov:wasGeneratedBy"]}
    assert [*steps] == ["pre-annotation", "import", "annotation", "confirmation"]
    assert steps["import"]["prov:wasInformedBy"] == {"@id": "activity/pre-annotation"}
    numbers = {
        (part["prov:agent"]["@id"], value["sc:name"]): value["sc:value"]
        for part in steps["annotation"]["prov:qualifiedAssociation"]
        for value in part["sc:additionalProperty"]
    }
    assert numbers == {
        ("agent/person/anna", "spans changed"): 1,
        ("agent/person/bela", "categories added"): 1,
        ("agent/person/bela", "spans added"): 1,
        ("agent/person/bela", "spans changed"): 1,
    }
    types = {it["prov:label"]: it["@type"] for it in found["prov:wasAttributedTo"]}
    assert (types["anna"], types["m@1"]) == ("prov:Person", "prov:SoftwareAgent")


def test_adjudication_counts_for_the_adjudicator(tmp_path):
    corpus = h.workspace(tmp_path / "corpus")
    settled = {"author": "curator:eva", "reason": "conflict settled: took theirs"}
    paris = h.span(h.ANNA, "Paris", "LOC", by="annotator:bela", at="2026-02-02T07:00:00Z")
    first = h.revision(h.ANNA, 1, h.span(h.ANNA, "Paris", "ORG", by=h.MODEL))
    h.add(corpus, h.ANNA, first, h.revision(h.ANNA, 2, paris, **settled))
    made = count_acts(blame_release(corpus, h.cut(corpus, "0.1.0")))
    found = acts(release_provenance(made, PublishedNames(None)))
    assert found["person", "eva"] == {"adjudicated": {"spans": 1}}
    assert found["person", "bela"] == {"changed": {"spans": 1}}


def test_of_nothing_nothing_is_said():
    assert said.prov_o(said.ReleaseProvenance()) == {}
    assert said.markdown(said.ReleaseProvenance()) == ""
