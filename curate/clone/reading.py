"""The documents of a project, read one by one; what was read is kept on disk.

A clone that breaks off resumes with the examples that it has not read. People may go on working
meanwhile: each example is taken as it was at its moment, and the first sync sees what came later.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from curate.clone.records import AnnotationRow, SourceExample, SourceProject
from curate.doccano.attribution import map_ahead, remote_row
from curate.doccano.comments import CommentReader, comments_of_project
from curate.doccano.names import AccountNames, ProjectNames
from curate.doccano.session import Refused, Session, confirmation_time
from curate.util import jsonl
from curate.util.progress import Progress

_KINDS = ("span", "relation", "category")  # relations after the spans that they join


class ReadExamples:
    """The examples that were read, in a file of JSON Lines, each once.

    Args:
        path: the file; one with a half-written last line is cut off before it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        whole = path.read_bytes().rpartition(b"\n")
        if whole[2]:
            path.write_bytes(whole[0] + whole[1])

    def ids(self) -> set[int]:
        """Ids of the examples that were read."""
        return {each.example for each in self}

    def add(self, example: SourceExample) -> None:
        """Keep an example."""
        with self._path.open("ab") as file:
            file.write(jsonl.canonical(example) + b"\n")

    def __iter__(self) -> Iterator[SourceExample]:
        return jsonl.read(self._path, SourceExample)

    def remove(self) -> None:
        """Remove the file: the corpus has it all."""
        self._path.unlink(missing_ok=True)


def read_examples(
    session: Session, source: SourceProject, kept: ReadExamples, progress: Progress
) -> set[int]:
    """Read every example of a project that was not read before.

    Examples that people add meanwhile are read too.

    Returns:
        Ids of the examples that the project had at the end.
    """
    names = ProjectNames(session, source.id, source.kind, accounts=AccountNames(session))
    read_comments = comments_of_project(session, source.id, names)
    done = kept.ids()
    while True:
        total = int(session.get(f"projects/{source.id}/metrics/progress").json()["total"])
        there: set[int] = set()

        def missing(there: set[int] = there) -> Iterator[dict[str, Any]]:
            for row in session.pages(f"projects/{source.id}/examples", ordering="created_at"):
                there.add(int(row["id"]))
                if int(row["id"]) not in done:
                    yield row

        before = len(done)
        answers = map_ahead(lambda row: _read(session, source, row, read_comments), missing())
        for example in answers:
            if example is not None:
                kept.add(example)
                done.add(example.example)
                progress("read", len(done), total)
        if len(done) == before:
            return there


def _read(
    session: Session, source: SourceProject, row: Mapping[str, Any], read_comments: CommentReader
) -> SourceExample | None:
    """One example; None if it was deleted meanwhile."""
    number = int(row["id"])
    resource = f"projects/{source.id}/examples/{number}"
    taken = session.server_time()
    # As a sync reads: the confirmation first, relations before the spans that they join.
    states = list(session.pages(f"{resource}/states"))
    relations = session.get(f"{resource}/relations").json() if source.kind.relations else []
    spans = session.get(f"{resource}/spans").json() if source.kind.spans else []
    categories = session.get(f"{resource}/categories").json() if source.kind.categories else []
    if not (states or spans or categories):
        try:  # Doccano answers for an example that is not there with empty lists
            session.get(resource)
        except Refused as error:
            if error.status != 404:
                raise
            return None
    rows = [
        *(AnnotationRow("span", remote_row(r), r["start_offset"], r["end_offset"]) for r in spans),
        *(
            AnnotationRow("relation", remote_row(r, "type"), r["from_id"], r["to_id"])
            for r in relations
        ),
        *(AnnotationRow("category", remote_row(r)) for r in categories),
    ]
    confirmed = ((int(r["confirmed_by"]), confirmation_time(r)) for r in states)
    return SourceExample(
        example=number,
        text=str(row["text"] or ""),
        meta=row["meta"] if isinstance(row["meta"], dict) else {},
        file=str(row.get("upload_name") or ""),
        rows=tuple(sorted(rows, key=lambda each: (_KINDS.index(each.kind), each.row.id))),
        confirmed=tuple(sorted(confirmed, key=lambda pair: pair[1])),
        comments=read_comments(number),
        taken=taken,
    )
