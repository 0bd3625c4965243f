"""What a corpus is held against, as far as it is there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from curate.model import Annotation, Assignment, Release


class CheckContext(NamedTuple):
    """What there is beside the documents and their gold.

    Args:
        layers: what other layers say.
        assignments: who was asked, by document.
        release: the last one.
        names: what lists of names say: the label of each name, as written.
        lengths: code points of every document that is there, with and without gold.
    """

    layers: Iterable[Annotation] = ()
    assignments: Mapping[str, Assignment] = {}
    release: Release | None = None
    names: Mapping[str, str] = {}
    lengths: Mapping[str, int] = {}
