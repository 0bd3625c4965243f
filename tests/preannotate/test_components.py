"""Pipelines of every kind: what of them is loaded, and which of their spans are read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span
from support.brittle_pipeline import documents

from curate import schema as schemas
from curate.errors import ConfigError
from curate.model import Annotation, Problem
from curate.preannotate import models
from curate.preannotate.components import is_plain, needed_components
from curate.schema import Schema

SCHEMA = schemas.schema_of_labels("s@1", "en", ["PER", "LOC", "ORG"])
TEXT = "Ada Byron left Paris for the Paris Review."


@Language.component("paris_names")
def paris_names(doc: Doc) -> Doc:
    """Calls « Paris » a place, and names its label nowhere."""
    found = [token for token in doc if token.text == "Paris"]
    doc.ents = [Span(doc, token.i, token.i + 1, label="LOC") for token in found]
    return doc


@Language.component("scored_spans")
def scored_spans(doc: Doc) -> Doc:
    """Sets overlapping spans with scores in two groups, as span categorisers do."""
    doc.spans["sc"] = [doc.char_span(29, 34, label="LOC"), doc.char_span(29, 41, label="ORG")]
    doc.spans["sc"].attrs["scores"] = [0.25, 0.98765]
    doc.spans["draft"] = [doc.char_span(0, 3, label="PER")]
    doc.spans["draft"].attrs["scores"] = [17.5]
    return doc


@pytest.fixture
def saved(tmp_path: Path) -> Callable[..., str]:
    """Saves a pipeline of these components, configured as given; returns its folder."""

    def save(**components: Callable[[Any], None] | None) -> str:
        nlp = spacy.blank("en", meta={"name": "any", "version": "2.0"})
        for name, fill in components.items():
            component = nlp.add_pipe(name)
            if fill:
                fill(component)
        nlp.to_disk(tmp_path / "any")
        return str(tmp_path / "any")

    return save


def patterns(*rows: tuple[str, Any]) -> Callable[[Any], None]:
    return lambda ruler: ruler.add_patterns([{"label": a, "pattern": b} for a, b in rows])


def spans_of(name: str, groups: tuple[str, ...] = (), schema: Schema = SCHEMA) -> list[Any]:
    (annotation,) = models.load_model(name, schema, groups).annotate(documents(TEXT))
    assert isinstance(annotation, Annotation)
    assert {span.by for span in annotation.spans} <= {"model:en_any@2.0"}
    return [(TEXT[s.start : s.end], s.label, s.score) for s in annotation.spans]


def test_an_entity_ruler_may_have_any_name(saved: Callable[..., str]) -> None:
    name = saved(entity_ruler=patterns(("LOC", "Paris"), ("X", "Ada")))
    assert spans_of(name) == [("Paris", "LOC", None), ("Paris", "LOC", None)]


def test_a_span_ruler_sets_a_group(saved: Callable[..., str]) -> None:
    name = saved(span_ruler=patterns(("ORG", "Paris Review"), ("LOC", "Paris")))
    overlapping = [("Paris", "LOC", None), ("Paris", "LOC", None), ("Paris Review", "ORG", None)]
    assert spans_of(name) == spans_of(name, ("ruler",)) == overlapping
    assert spans_of(name, ("ents",)) == []


def test_patterns_may_read_what_stands_before_them(saved: Callable[..., str]) -> None:
    sentence_starts = [{"IS_SENT_START": True, "TEXT": "Ada"}, {"TEXT": "Byron"}]
    name = saved(sentencizer=None, entity_ruler=patterns(("PER", sentence_starts)))
    assert spans_of(name) == [("Ada Byron", "PER", None)]


def test_a_component_that_names_no_labels_gives_those_of_the_schema(
    saved: Callable[..., str],
) -> None:
    name = saved(paris_names=None)
    assert spans_of(name) == [("Paris", "LOC", None)] * 2
    renamed = msgspec.structs.replace(SCHEMA, models={"en_any": {"LOC": "ORG"}})
    assert spans_of(name, schema=renamed) == [("Paris", "ORG", None)] * 2


def test_groups_are_chosen_and_scores_kept_if_they_are_probabilities(
    saved: Callable[..., str],
) -> None:
    name = saved(paris_names=None, scored_spans=None)
    categorised = [("Paris", "LOC", 0.25), ("Paris Review", "ORG", 0.9877)]
    assert spans_of(name, ("sc",)) == categorised
    assert spans_of(name, ("draft", "sc")) == [("Ada", "PER", None), *categorised]
    assert [surface for surface, *_ in spans_of(name)] == ["Ada", "Paris", "Paris", "Paris Review"]


def test_a_group_that_is_not_there_fails_each_document(saved: Callable[..., str]) -> None:
    model = models.load_model(saved(scored_spans=None), SCHEMA, ("ents", "spans"))
    (problem,) = model.annotate(documents(TEXT))
    assert isinstance(problem, Problem) and problem.code == "preannotate.failed"
    assert "'spans'" in problem.message and "sc, draft" in problem.message


def test_a_span_categoriser_is_read_with_its_scores(saved: Callable[..., str]) -> None:
    nlp = spacy.blank("en", meta={"name": "any", "version": "2.0"})
    categoriser = nlp.add_pipe("spancat", config={"threshold": 0.0, "spans_key": "names"})
    categoriser.add_label("LOC")
    example = spacy.training.Example.from_dict(
        nlp.make_doc("to Paris"), {"spans": {"names": [(3, 8, "LOC")]}}
    )
    nlp.initialize(lambda: [example])
    name = saved(sentencizer=None)
    nlp.to_disk(name)
    found = spans_of(name)
    assert len(found) > len(TEXT.split())  # the threshold lets all candidates pass
    assert all(label == "LOC" and 0 < score < 1 for _, label, score in found)


def test_a_pipeline_whose_labels_are_unknown_here_is_refused(saved: Callable[..., str]) -> None:
    name = saved(entity_ruler=patterns(("THING", "Paris")))
    with pytest.raises(ConfigError, match=r"\(THING\).* schema s"):
        models.load_model(name, SCHEMA)


@pytest.mark.parametrize(
    ("ner", "expected"),
    [
        ({}, {"ner"}),
        ({"@architectures": "spacy.Tok2Vec.v2"}, {"ner"}),
        ({"@architectures": "spacy.Tok2VecListener.v1"}, {"ner", "tok2vec"}),
        ({"@architectures": "spacy.Tok2VecListener.v1", "upstream": "t2"}, {"ner", "t2"}),
        ({"@architectures": "spacy-transformers.TransformerListener.v1"}, {"ner", "tok2vec"}),
    ],
)
def test_what_ner_listens_to_is_kept(ner: dict[str, str], expected: set[str]) -> None:
    config = pipeline(tok2vec="tok2vec", t2="transformer", parser="parser", ner="ner")
    config["components"]["t2"]["factory"] = "tagger"  # with a tok2vec of its own
    config["components"]["ner"]["model"] = {"tok2vec": ner}
    assert is_plain(config)
    assert needed_components(config) == expected


@pytest.mark.parametrize("other", ["entity_ruler", "span_ruler", "spancat", "gliner_spacy", "llm"])
def test_beside_other_components_all_is_kept_but_what_comes_after_spans(other: str) -> None:
    config = pipeline(tok2vec="tok2vec", tagger="tagger", ner="ner", x=other, cat="textcat")
    assert not is_plain(config)
    assert needed_components(config) == {"tok2vec", "tagger", "ner", "x"}
    alone = pipeline(tagger="tagger", x=other)
    assert needed_components(alone) == {"tagger", "x"}


def pipeline(**factories: str) -> dict[str, Any]:
    """The configuration of a pipeline with these components."""
    return {
        "nlp": {"pipeline": list(factories)},
        "components": {name: {"factory": factory} for name, factory in factories.items()},
    }
