"""A corpus of made-up news whose names can be learned in seconds, for the tests of training."""

from __future__ import annotations

import random
import re
from pathlib import Path

from curate.model import Document, Revision, Span
from curate.splits import load_splits
from curate.splits.split import split
from curate.workspace import Workspace
from support import history_corpus as h
from support.workspaces import save

PEOPLE = ("Anne Morel", "Luc Petit", "Zoé Faure", "Paul Roux", "Inès Blanc", "Marc Leroy")
PLACES = ("Lyon", "Bakou", "Kiev", "Oslo", "Nantes", "Dakar")
FIRMS = ("Airbus", "Renault", "Danone", "Orange")
FRAMES = (
    "{p} a visité {l} avec le groupe {o}.",
    "À {l}, {p} a reçu le prix de la ville.",
    "Le groupe {o} ouvre une usine à {l}.",
    "Selon {p}, le groupe {o} quitte {l}.",
)
SCHEMA = re.compile(r"(?m)^(models|rules) = .*$")


def article(number: int, sentences: int = 4) -> tuple[str, list[Span]]:
    """A text and its names; the same number gives the same ones."""
    chance = random.Random(number)
    text, spans = "", []
    for _ in range(sentences):
        parts = re.split(r"(\{.\})", chance.choice(FRAMES))
        for part in parts:
            if part in ("{p}", "{l}", "{o}"):
                names, label = {
                    "{p}": (PEOPLE, "PER"),
                    "{l}": (PLACES, "LOC"),
                    "{o}": (FIRMS, "ORG"),
                }[part]
                name = chance.choice(names)
                spans.append(Span(len(text), len(text) + len(name), label))
                text += name
            else:
                text += part
        text += " "
    text += f"Dépêche {number}."
    return text, spans


def workspace(root: Path, settings: str = "") -> Workspace:
    """An empty workspace in which no model and no rule proposes."""
    Workspace.init(root, "gazette")
    path = root / "curate.toml"
    text = SCHEMA.sub(r"\1 = []", path.read_text("utf-8"))
    path.write_text(re.sub(r"(?m)^votes = .*$", "", text) + settings, encoding="utf-8")
    return Workspace(root, h.Clock())


def fill(corpus: Workspace, numbers: range, gold: bool = True) -> list[str]:
    """Put articles into it; returns their ids."""
    ids = []
    with corpus.store.begin() as tx:
        for number in numbers:
            text, spans = article(number)
            meta = {"source": ("wire", "web")[number % 2], "title": f"Dépêche {number}"}
            document: Document = h.document(text, **meta)
            tx.add_document(document)
            if gold:
                revision: Revision = h.revision(text, 1, *spans)
                tx.add_revision(revision)
            ids.append(document.id)
    save(corpus)
    return ids


def released(corpus: Workspace, version: str = "0.1.0") -> None:
    """Draw the splits of its gold and release it."""
    split(corpus)
    h.cut(corpus, version)


def splits(corpus: Workspace) -> dict[str, str]:
    """The split of each document."""
    return dict(load_splits(corpus.annotations))
