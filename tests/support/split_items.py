"""Made-up documents to draw splits of."""

from __future__ import annotations

import random

from curate.model import Release
from curate.splits import Groups, SplitItem


def name(number: int) -> str:
    """The id of a document."""
    return f"{number:016x}"


def items(count: int, seed: int = 0) -> list[SplitItem]:
    """Documents with labels as uneven as those of news."""
    generator = random.Random(seed)
    documents = []
    for number in range(count):
        features = {"label:PER": generator.randint(0, 9), "source:" + generator.choice("abc"): 1}
        if generator.random() < 0.1:
            features["label:RARE"] = 1
        documents.append(
            SplitItem(name(number), {key: value for key, value in features.items() if value})
        )
    return documents


def grouped(numbers: list[int]) -> Groups:
    """Groups by a number for each document; -1 for none."""
    return Groups().join_equal({name(n): str(g) if g >= 0 else "" for n, g in enumerate(numbers)})


def release(version: str, **splits: tuple[str, ...]) -> Release:
    """A release with these splits."""
    return Release(
        version=version,
        created=f"2026-01-0{version[0]}T00:00:00Z",
        author="curator",
        digest="",
        schema="",
        schema_digest="",
        digest_rule="merkle",
        entries=(),
        splits=splits,
    )
