"""A small spaCy pipeline that fails on some texts; no trained model is needed."""

from __future__ import annotations

import re
from pathlib import Path

import spacy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import filter_spans

from curate.model import Document
from curate.util.jsonl import document_id


@Language.factory("brittle_ner")
class Brittle:
    """Calls « l’Ukraine » a place and « Zed » something unmapped, and fails on « panne »."""

    labels = ("LOC", "ODD")

    def __init__(self, nlp, name):  # spaCy's pydantic 1 cannot read postponed annotations
        self.name = name

    def __call__(self, doc: Doc) -> Doc:
        if "panne" in doc.text:
            raise ValueError("[E000] out of order\nmore")
        matches = [("LOC", m) for m in re.finditer("l’Ukraine", doc.text)]
        matches += [("ODD", m) for m in re.finditer("Zed", doc.text)]
        spans = [doc.char_span(*m.span(), label=label) for label, m in matches]
        doc.ents = filter_spans([span for span in spans if span])
        return doc

    def to_disk(self, path: Path, exclude: object = ()) -> None:
        """Nothing to keep."""

    def from_disk(self, path: Path, exclude: object = ()) -> Brittle:
        return self


def save(folder: Path) -> Path:
    """Save the pipeline to a folder, beside a component that named entities do not need."""
    nlp = spacy.blank("fr", meta={"name": "brittle", "version": "0.1.0"})
    nlp.add_pipe("sentencizer")
    nlp.add_pipe("brittle_ner", name="ner")
    nlp.to_disk(folder)
    return folder


def documents(*texts: str) -> list[Document]:
    """Documents with these texts."""
    return [Document(id=document_id(text), text=text) for text in texts]
