"""Changes of single examples in Doccano, label by label."""

from __future__ import annotations

from typing import Any

from curate.annotations.diff import compare
from curate.doccano.codec import refuse_unheld, to_span
from curate.doccano.names import ProjectNames
from curate.doccano.pull import example_offsets
from curate.doccano.session import Refused, Session
from curate.layers import REMOTE
from curate.model import Annotation, RelationKey, Span, SpanKey
from curate.text.offsets import Utf16


def update_example(
    session: Session, project: int, example: int, names: ProjectNames, wanted: Annotation
) -> None:
    """Make what an example is annotated with the wanted; what stands twice is made one.

    A span that changes is changed and not made anew, so that it keeps its number, and the relations
    that hang on it. Relations go before spans go, and come after spans came, because the server
    deletes with a span what hangs on it. What is right already is left alone, so that a change that
    broke off can be made once more.

    Raises:
        RemoteError: the project cannot hold this, or the server refused.
    """
    refuse_unheld(wanted, names.kind)
    base = f"projects/{project}/examples/{example}"
    if names.kind.spans:
        where = example_offsets(session, project, example)
        relations = _Relations(session, f"{base}/relations", names)
        spans = _Spans(session, f"{base}/spans", names, where, wanted)
        missing = relations.take(wanted, spans.numbers)
        spans.apply()
        relations.put(missing, spans.numbers)
    if names.kind.categories:
        _categories(session, f"{base}/categories", names, wanted)


def delete_example(session: Session, project: int, example: int) -> None:
    """Delete an example; one that is gone already is no error."""
    _delete(session, f"projects/{project}/examples/{example}")


class _Spans:
    """The change of an example's spans, planned when it is made.

    What may overlap for a moment is ordered so that it does not: deletions come first, and a change
    that is refused for an overlap is tried again after the others.
    """

    def __init__(
        self, session: Session, base: str, names: ProjectNames, where: Utf16, wanted: Annotation
    ) -> None:
        self._session, self._base, self._names, self._where = session, base, names, where
        there: dict[SpanKey, int] = {}
        self._gone: list[int] = []
        for row in sorted(session.get(base).json(), key=lambda row: int(row["id"])):
            label = names.spans.name(row["label"])
            key = to_span(where, row["start_offset"], row["end_offset"], label).key
            if there.setdefault(key, row["id"]) != row["id"]:
                self._gone.append(row["id"])
        spans = tuple(Span(*key) for key in there)
        changes = compare(Annotation(document="", layer=REMOTE, spans=spans), wanted)
        self._gone += [there[span.key] for span in changes.removed]
        pairs = (*changes.relabelled, *changes.moved, *changes.replaced)
        self._changed = [(there[old.key], new) for old, new in pairs]
        self._added = changes.added
        self.numbers: dict[SpanKey, int] = {
            **{span.key: there[span.key] for span in changes.kept},
            **{new.key: number for number, new in self._changed},
        }

    def apply(self) -> None:
        """Carry it out; ``numbers`` has the number of every wanted span afterwards."""
        for number in self._gone:
            _delete(self._session, f"{self._base}/{number}")
        waiting = [(f"{self._base}/{number}", self._body(new)) for number, new in self._changed]
        while waiting:
            left = [(to, body) for to, body in waiting if not _patched(self._session, to, body)]
            if len(left) == len(waiting):
                self._session.patch(left[0][0], json=left[0][1])  # raises what the server says
            waiting = left
        for span in self._added:
            made = self._session.post(self._base, json=self._body(span)).json()
            self.numbers[span.key] = made["id"]

    def _body(self, span: Span) -> dict[str, Any]:
        return {
            "start_offset": self._where.units(span.start),
            "end_offset": self._where.units(span.end),
            "label": self._names.spans.number(span.label),
        }


class _Relations:
    """The change of an example's relations, around that of its spans."""

    def __init__(self, session: Session, base: str, names: ProjectNames) -> None:
        self._session, self._base, self._names = session, base, names
        self._rows = session.get(base).json() if names.kind.relations else []

    def take(self, wanted: Annotation, numbers: dict[SpanKey, int]) -> list[RelationKey]:
        """Delete the relations that are not wanted or stand twice; returns the missing ones.

        Args:
            wanted: the annotation that is to be.
            numbers: of the spans that stay, by what they are to be.
        """
        spans = {span.key for span in wanted.spans}
        missing = {each.key for each in wanted.relations if {each.head, each.tail} <= spans}
        keys = {number: key for key, number in numbers.items()}
        for row in sorted(self._rows, key=lambda row: int(row["id"])):
            head, tail = keys.get(row["from_id"]), keys.get(row["to_id"])
            label = self._names.relations.name(row["type"])
            if head and tail and (head, tail, label) in missing:
                missing.remove((head, tail, label))
            else:
                _delete(self._session, f"{self._base}/{row['id']}")
        return sorted(missing)

    def put(self, missing: list[RelationKey], numbers: dict[SpanKey, int]) -> None:
        """Make relations between the spans of these numbers."""
        for head, tail, label in missing:
            body = {
                "from_id": numbers[head],
                "to_id": numbers[tail],
                "type": self._names.relations.number(label),
            }
            self._session.post(self._base, json=body)


def _categories(session: Session, base: str, names: ProjectNames, wanted: Annotation) -> None:
    missing = {category.label for category in wanted.categories}
    for row in sorted(session.get(base).json(), key=lambda row: int(row["id"])):
        label = names.categories.name(row["label"])
        if label in missing:
            missing.remove(label)
        else:
            _delete(session, f"{base}/{row['id']}")
    for label in sorted(missing):
        session.post(base, json={"label": names.categories.number(label)})


def _patched(session: Session, where: str, body: dict[str, Any]) -> bool:
    try:
        session.patch(where, json=body)
    except Refused as error:
        if error.status not in (400, 500):  # Doccano 1.8.4 answers an overlap with either
            raise
        return False
    return True


def _delete(session: Session, where: str) -> None:
    try:
        session.delete(where)
    except Refused as error:
        if error.status != 404:
            raise
