"""Pre-annotation: the spans that models and rules propose before annotators see a document.

For each document come the layers of the spaCy pipelines and rules files of its language, and last
the layer ``proposal``, which is what annotators see.
"""

from __future__ import annotations

from curate.preannotate.annotator import BATCH, Annotator, Setup, annotate, layers, load_annotator
from curate.preannotate.evidence import learn
from curate.preannotate.votes import read_votes

__all__ = [
    "BATCH",
    "Annotator",
    "Setup",
    "annotate",
    "layers",
    "learn",
    "load_annotator",
    "read_votes",
]
