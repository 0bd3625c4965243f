"""The files of the splits.

::

    annotations/splits/<xx>.jsonl   the split of each document, one line each, sorted by id

``<xx>`` is the first two hex digits of the document id, as for all files of ``annotations/``. A
document that loses its gold keeps its line, so that it returns to the same split later.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from curate.errors import InputError
from curate.model import Record
from curate.splits.draw import SplitName
from curate.util import jsonl

FOLDER = "splits"


class SplitAssignment(Record, frozen=True, kw_only=True):
    """A line of ``annotations/splits/``: the split that a document is in."""

    document: str
    split: SplitName


def load_splits(annotations: Path) -> dict[str, SplitName]:
    """The split of each document, by id.

    Raises:
        InputError: a line is not valid, or a document has two lines.
    """
    splits: dict[str, SplitName] = {}
    for path in sorted((annotations / FOLDER).glob("*.jsonl")):
        for assignment in jsonl.read(path, SplitAssignment):
            if assignment.document in splits:
                raise InputError(
                    f"document {assignment.document} has two lines",
                    "remove the line that is not in the last release",
                    str(path),
                )
            splits[assignment.document] = assignment.split
    return splits


def save_splits(annotations: Path, splits: Mapping[str, SplitName]) -> list[Path]:
    """Write the splits; returns the files that changed, sorted."""
    shards: dict[str, list[SplitAssignment]] = defaultdict(list)
    for document, name in sorted(splits.items()):
        shards[document[:2]].append(SplitAssignment(document=document, split=name))
    folder = annotations / FOLDER
    contents = {folder / f"{key}.jsonl": b"".join(jsonl.lines(v)) for key, v in shards.items()}
    changed = [path for path, data in contents.items() if jsonl.write(path, data)]
    for path in set(folder.glob("*.jsonl")) - contents.keys():
        path.unlink()
        changed.append(path)
    return sorted(changed)
