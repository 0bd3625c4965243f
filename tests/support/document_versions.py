"""Versions of one document by several annotators, each span as (start, end, label)."""

from __future__ import annotations

import numpy as np

from curate.model import Annotation, Span

PER, LOC, ORG = "PER", "LOC", "ORG"
Mark = tuple[int, int, str]


def versions(**marks: list[Mark]) -> dict[str, Annotation]:
    return {
        name: Annotation(
            document="d", layer=f"annotator:{name}", spans=tuple(Span(*mark) for mark in own)
        )
        for name, own in marks.items()
    }


def keys(spans: tuple[Span, ...]) -> list[Mark]:
    return [span.key for span in spans]


def careless_corpus(
    seed: int = 0, count: int = 150
) -> tuple[list[dict[str, Annotation]], list[set[Mark]]]:
    """Versions of two careful annotators and of Carl, who is careless; and the truth."""
    generator = np.random.default_rng(seed)
    skill = {"anna": 0.97, "bela": 0.95, "carl": 0.55}
    documents, truth = [], []
    for _ in range(count):
        true = [(10 * n, 10 * n + 5, str(generator.choice([PER, LOC, ORG]))) for n in range(4)]
        marks: dict[str, list[tuple[int, int, str]]] = {name: [] for name in skill}
        for start, end, label in true:
            for name, right in skill.items():
                if generator.random() < right:
                    marks[name].append((start, end, label))
                elif generator.random() < 0.5:
                    others = [x for x in (PER, LOC, ORG) if x != label]
                    marks[name].append((start, end, str(generator.choice(others))))
        documents.append(versions(**marks))
        truth.append(set(true))
    return documents, truth
