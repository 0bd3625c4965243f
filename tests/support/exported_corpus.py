"""A corpus with everything that a format may lose."""

from __future__ import annotations

import msgspec

from curate.model import Category, Document, Release, Revision, Span
from curate.schema import Schema
from curate.util import jsonl
from support.golden_corpus import Pair, label

LOSSY_SCHEMA = Schema(
    name="news",
    version="1.0.0",
    language="fr",
    title="Guide",
    introduction="Bonjour.",
    labels=(label("PER"), label("LOC"), label("ORG")),
    categories=(label("culture"), label("sport")),
)


LOSSY_RELEASE = Release(
    version="1.2.0",
    created="2026-01-01T00:00:00Z",
    author="curator:eve",
    digest="d" * 64,
    schema=LOSSY_SCHEMA.id,
    schema_digest=LOSSY_SCHEMA.digest,
    digest_rule="merkle",
    entries=(),
)


def pair(text: str, *marks: tuple[str, str], lang: str = "fr", **revision: object) -> Pair:
    """A document whose spans are named by what they mark (its first place in the text)."""
    document = Document(id=jsonl.document_id(text), text=text, lang=lang, meta={"title": text[:9]})
    spans = (Span(text.index(it), text.index(it) + len(it), name, "x:y") for it, name in marks)
    made = Revision(
        document=document.id,
        number=2,
        author="annotator:ada",
        at="2026-01-01T00:00:00Z",
        reason="first pass",
        schema=LOSSY_SCHEMA.id,
        spans=tuple(sorted(spans, key=lambda span: span.key)),
        confirmed_by="annotator:ada",
    )
    return document, msgspec.structs.replace(made, **revision)


# Our own sentences, CC0: apostrophes of both kinds, guillemets with no-break spaces, an emoji with
# joiners, a mark that is no end of a sentence; a nested, a crossing and three misaligned spans.
LOSSY_CORPUS = sorted(
    [
        pair(
            "L’orchestre de l'Opéra de Lyon joue à Évian.\n\n« L’Élysée\u00a0» reste fermé.",
            ("Opéra de Lyon", "ORG"),
            ("Lyon", "LOC"),
            ("Évian", "LOC"),
            ("Élysée", "LOC"),
            ("Lyon joue", "PER"),
            categories=(Category("culture"),),
        ),
        pair(
            "Zoé 👩🏽‍⚕️ soigne «\u00a0Yahoo! Santé\u00a0» aujourd’hui. Marc-Antoine dort.",
            ("Zoé", "PER"),
            ("Yahoo! Santé", "ORG"),
            ("👩🏽", "PER"),
            ("\u00a0Yahoo", "LOC"),
            ("Marc-Antoine", "PER"),
            ("Antoi", "PER"),
        ),
        pair("Rien à signaler."),
    ],
    key=lambda it: it[0].id,
)
