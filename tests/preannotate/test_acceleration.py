"""Acceleration does not change what pipelines find; tested with an untrained one."""

from __future__ import annotations

import random

import numpy as np
import pytest
import spacy
from spacy.language import Language
from spacy.training import Example
from thinc.api import NumpyOps, Ops, fix_random_seed
from threadpoolctl import threadpool_info

from curate.preannotate import acceleration

WORDS = ["Paris", "Lyon", "M.", "Mme", "p.", "3", "l’Ukraine", "ministre", "va", "à", "et", "\n\n"]
WORDS += ["de", "aujourd'hui", "Kiev,", "«", "non", "»", ";", "…"]


def _pipeline(attrs: tuple[str, ...] = ("NORM", "PREFIX", "SUFFIX", "SHAPE")) -> Language:
    """An entity recogniser whose weights are chance, so that it marks a lot."""
    fix_random_seed(3)
    nlp = spacy.blank("fr")
    nlp.tokenizer.add_special_case("Mme", [{"ORTH": "Mme", "NORM": "madame"}])
    embed = {
        "@architectures": "spacy.MultiHashEmbed.v2",
        "width": 16,
        "attrs": [*attrs],
        "rows": [200] * len(attrs),
        "include_static_vectors": False,
    }
    encode = {
        "@architectures": "spacy.MaxoutWindowEncoder.v2",
        "width": 16,
        "depth": 2,
        "window_size": 1,
        "maxout_pieces": 3,
    }
    model = {
        "@architectures": "spacy.TransitionBasedParser.v2",
        "state_type": "ner",
        "extra_state_tokens": False,
        "hidden_width": 16,
        "maxout_pieces": 2,
        "use_upper": True,
        "tok2vec": {"@architectures": "spacy.Tok2Vec.v2", "embed": embed, "encode": encode},
    }
    nlp.add_pipe("ner", config={"model": model})
    marked = {"entities": [(0, 5, "LOC"), (6, 10, "PER")]}
    example = Example.from_dict(nlp.make_doc("Paris Lyon va à Kiev"), marked)
    nlp.initialize(lambda: [example])
    upper = nlp.get_pipe("ner").model.get_ref("upper")  # as it is made, it scores all moves zero
    chance = np.random.default_rng(1)
    upper.set_param("W", chance.normal(size=upper.get_param("W").shape).astype("f"))
    return nlp


def _texts(count: int) -> list[str]:
    chance = random.Random(0)
    return [
        " ".join(chance.choice(WORDS) for _ in range(chance.randrange(60))) + f" {number}"
        for number in range(count)
    ]


def _entities(nlp: Language, texts: list[str], size: int = 20) -> list[list[tuple[int, int, str]]]:
    entities = []
    for at in range(0, len(texts), size):
        with acceleration.batch_context(nlp):
            docs = list(nlp.pipe(texts[at : at + size]))
            entities += [[(e.start_char, e.end_char, e.label_) for e in doc.ents] for doc in docs]
    return entities


@pytest.mark.parametrize("attrs", [("NORM", "SHAPE"), ("NORM", "SPACY")])
def test_a_quick_pipeline_finds_the_same(attrs: tuple[str, ...]) -> None:
    stock, quick = _pipeline(attrs), _pipeline(attrs)
    acceleration.accelerate(quick)
    texts = _texts(100)
    entities = _entities(quick, texts)
    assert entities == _entities(stock, texts)
    assert sum(map(len, entities)) > 100
    assert len({label for spans in entities for *_, label in spans}) == 2


@pytest.mark.parametrize("limit", [1, 7, 1000])
def test_remembered_vectors_are_those_of_the_embedding(limit: int) -> None:
    nlp = _pipeline()
    (embed,) = (n.get_ref("embed") for n in nlp.get_pipe("ner").model.walk() if n.has_ref("embed"))
    quick = acceleration.memoised(embed, limit)
    docs = [nlp.make_doc(text) for text in ["", *_texts(30)]]
    assert any(token.norm != token.lex.norm for doc in docs for token in doc)
    for batch in (docs[:10], docs[10:], docs[:1], docs[5:8]):
        for fast, other in zip(quick.predict(batch), embed.predict(batch), strict=True):
            assert fast.shape == other.shape
            np.testing.assert_allclose(fast, other, atol=1e-5)


def test_a_word_is_embedded_once() -> None:
    nlp = _pipeline()
    acceleration.accelerate(nlp)
    model = nlp.get_pipe("ner").model
    (layer,) = (node for node in model.walk() if node.name == "remembered")
    seen: list[int] = []
    embed = layer.layers[0]
    forward = embed._func

    def counted(model, docs, is_train):
        seen.extend(map(len, docs))
        return forward(model, docs, is_train)

    embed._func = counted
    _entities(nlp, _texts(20))
    assert sum(seen) > 0
    before = len(seen)
    _entities(nlp, _texts(20))
    assert len(seen) == before


def test_what_the_form_of_a_word_does_not_tell_is_not_remembered() -> None:
    nlp = _pipeline(("NORM", "SPACY"))
    acceleration.accelerate(nlp)
    nodes = list(nlp.get_pipe("ner").model.walk())
    assert not [node for node in nodes if node.name == "remembered"]
    assert {node.ops.use_blis for node in nodes} == {False}


def test_other_ways_to_compute_are_left_alone() -> None:
    class Other(NumpyOps):
        pass

    nlp = _pipeline()
    other = Other()
    for node in nlp.get_pipe("ner").model.walk():
        node.ops = other
    acceleration.accelerate(nlp)
    assert all(n.ops is other for n in nlp.get_pipe("ner").model.walk() if n.name != "remembered")


def test_a_pipeline_that_computes_elsewhere_is_left_as_it_is() -> None:
    nlp = _pipeline()
    nodes = list(nlp.get_pipe("ner").model.walk())
    elsewhere = Ops()
    for node in nodes:
        node.ops = elsewhere
    acceleration.accelerate(nlp)
    assert list(nlp.get_pipe("ner").model.walk()) == nodes
    assert all(node.ops is elsewhere for node in nodes)


def test_a_component_without_a_model_is_no_hindrance() -> None:
    nlp = spacy.blank("fr")
    nlp.add_pipe("sentencizer")
    acceleration.accelerate(nlp)


def test_words_are_kept_up_to_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    nlp = _pipeline()
    monkeypatch.setattr(acceleration, "WORDS", len(nlp.vocab) + 5)
    with acceleration.batch_context(nlp):
        nlp("un deux trois quatre cinq six sept huit")
    assert "huit" in nlp.vocab
    with acceleration.batch_context(nlp):
        nlp("neuf")
        assert "neuf" in nlp.vocab
    assert "neuf" not in nlp.vocab
    assert "huit" in nlp.vocab


def test_a_batch_runs_on_one_thread_and_leaves_the_rest_as_it_was() -> None:
    def threads() -> list[int]:
        return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]

    # Other tests of this process may have loaded a library after the first batch was annotated.
    acceleration._libraries.cache_clear()
    before = threads()
    with acceleration.batch_context(spacy.blank("fr")):
        assert set(threads()) == {1}
    assert threads() == before
