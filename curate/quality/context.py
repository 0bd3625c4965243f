"""What documents and their gold are checked against."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from curate.model import Annotation, Assignment, Release


class CheckContext(NamedTuple):
    """What there is besides the documents, their gold and the label schema.

    Args:
        layers: the other layers.
        assignments: which annotators were asked, by document.
        release: the last release, if there is one.
        names: the label of each name in the lists of names, by the language of the lists; those
            under ``xx`` are for all languages.
        languages: the languages of the corpus; by default that of the schema.
        lengths: length in code points of every document, including those without gold.
    """

    layers: Iterable[Annotation] = ()
    assignments: Mapping[str, Assignment] = {}
    release: Release | None = None
    names: Mapping[str, Mapping[str, str]] = {}
    languages: tuple[str, ...] = ()
    lengths: Mapping[str, int] = {}
