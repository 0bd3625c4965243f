"""The corpus of the golden files: our own sentences (CC0), and what is kept of it where.

Emoji with joiners and flags, right-to-left and Chinese script, combining marks, characters that
the formats reserve, spans over line ends, nested, crossing and equal ones, relations, categories.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from curate.formats.export import write
from curate.formats.jsonl import JsonlRow, gold_document
from curate.formats.sidecar import sidecar_path
from curate.model import Document, Release, Revision
from curate.schema import Label, RelationType, Schema
from curate.util import jsonl

GOLDEN = Path(__file__).parents[1] / "golden"
Pair = tuple[Document, Revision]


def label(name: str) -> Label:
    """A label of which only the name counts."""
    return Label(name=name, title=name.title(), description=name, colour="#336699")


SCHEMA = Schema(
    name="news",
    version="1.0.0",
    language="fr",
    title="Guide",
    introduction="Bonjour.",
    labels=(label("PER"), label("LOC"), label("ORG")),
    relations=(
        RelationType(name="in", title="In", description="in", colour="#993366", tails=("LOC",)),
    ),
    categories=(label("culture"), label("sport")),
    overlap=True,
)


CORPUS: list[Pair] = [
    gold_document(row, SCHEMA.id) for row in jsonl.read(GOLDEN / "corpus.jsonl", JsonlRow)
]
_IDS = [document.id for document, _ in CORPUS]
RELEASE = Release(
    version="1.2.0",
    created="2026-01-01T00:00:00Z",
    author="curator:eve",
    message="For tests.",
    digest="d" * 64,
    schema=SCHEMA.id,
    schema_digest=SCHEMA.digest,
    digest_rule="merkle",
    entries=(),
    counts={"documents": len(CORPUS), "spans": sum(len(r.spans) for _, r in CORPUS)},
    splits={"train": tuple(_IDS[:4]), "dev": tuple(_IDS[4:6]), "test": (_IDS[6],)},
)


def tree(path: Path) -> dict[str, bytes]:
    """What a file, or the files in a folder, hold, by name from there on."""
    if path.is_file():
        return {"": path.read_bytes()}
    files = sorted(it for it in path.rglob("*") if it.is_file())
    return {str(it.relative_to(path)): it.read_bytes() for it in files}


def docs(path: Path) -> list[dict[str, Any]]:
    """What spaCy reads from a DocBin, or from a folder of them."""
    import spacy
    from spacy.tokens import DocBin

    files = sorted(path.iterdir()) if path.is_dir() else [path]
    vocab = spacy.blank("fr").vocab
    return [
        {
            "id": doc.user_data["id"],
            "text": doc.text,
            "ents": [[ent.start_char, ent.end_char, ent.label_] for ent in doc.ents],
            "sents": [sentence.text for sentence in doc.sents],
            "cats": doc.cats,
        }
        for file in files
        for doc in DocBin().from_disk(file).get_docs(vocab)
    ]


def table(path: Path) -> list[dict[str, Any]]:
    """What pyarrow reads from a Parquet file."""
    import pyarrow.parquet as pq

    rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    return rows


def account(path: Path) -> dict[str, Any]:
    """The sidecar of an exported file."""
    fields: dict[str, Any] = json.loads(sidecar_path(path).read_bytes())
    return fields


def export_corpus(format: str, folder: Path, documents: list[Pair] | None = None) -> Path:
    """Export the corpus, or other documents, to a folder."""
    target = folder / f"corpus.{format}"
    write(format, CORPUS if documents is None else documents, target, SCHEMA, RELEASE)
    return target


def json_lines(path: Path) -> list[dict[str, Any]]:
    """The objects of a file of JSON Lines."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def without_spaces(text: str) -> str:
    """A text without white space."""
    return "".join(text.split())
