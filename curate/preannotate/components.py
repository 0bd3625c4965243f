"""The components of a spaCy pipeline that its spans need, read from its configuration. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LISTENER = "Listener"  # spacy.Tok2VecListener.v1, spacy-transformers.TransformerListener.v1
RECOGNISERS = frozenset(("ner", "beam_ner"))
"""spaCy's own entity recognisers, which read nothing but the words and the vectors of these."""
_EMBEDDINGS = frozenset(("tok2vec", "transformer", "curated_transformer"))
_AFTER_SPANS = frozenset(("entity_linker", "textcat", "textcat_multilabel"))
"""spaCy's components that neither set spans nor anything that spans are found by."""
WITHOUT_SPANS = (
    _EMBEDDINGS
    | _AFTER_SPANS
    | {"tagger", "morphologizer", "parser", "senter", "sentencizer", "attribute_ruler"}
    | {"lemmatizer", "trainable_lemmatizer"}
)
"""spaCy's components that set no spans."""


def needed_components(config: Mapping[str, Any]) -> frozenset[str]:
    """The components that the spans of a pipeline need; empty if nothing in it sets spans.

    If spans come from spaCy's entity recognisers alone, these are the recognisers and the shared
    tok2vec or transformer that they listen to. Rulers, span categorisers and components that are
    not spaCy's may read whatever stands before them, so that the whole pipeline is needed, except
    for what spaCy's text categorisers and entity linker add.
    """
    components = config["components"]
    factories = {name: components[name].get("factory", "") for name in config["nlp"]["pipeline"]}
    setting = {name for name, factory in factories.items() if factory not in WITHOUT_SPANS}
    if not is_plain(config):
        unused = {name for name, factory in factories.items() if factory in _AFTER_SPANS}
        return frozenset(factories.keys() - unused) if setting else frozenset()
    keep = set(setting)
    for name in setting:
        tok2vec = components[name].get("model", {}).get("tok2vec", {})
        if LISTENER in tok2vec.get("@architectures", ""):
            upstream = tok2vec.get("upstream", "*")
            keep |= {
                part
                for part, factory in factories.items()
                if part == upstream or (upstream == "*" and factory in _EMBEDDINGS)
            }
    return frozenset(keep)


def is_plain(config: Mapping[str, Any]) -> bool:
    """Whether spans come from spaCy's entity recognisers alone."""
    components = config["components"]
    factories = {components[name].get("factory", "") for name in config["nlp"]["pipeline"]}
    return bool(factories & RECOGNISERS) and factories <= RECOGNISERS | WITHOUT_SPANS
