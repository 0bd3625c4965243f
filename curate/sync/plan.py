"""The plan of a sync: computed from what is here, what was last seen, and what is there. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Literal, Protocol

from curate.model import Annotation, Example, Problem, Record

State = Literal[
    "local", "pushed", "annotating", "confirmed", "ahead", "gold", "conflict", "gone", "withdrawn"
]

STATES: dict[State, str] = {
    "local": "only here, not pushed yet",
    "pushed": "in Doccano, nobody changed it yet",
    "annotating": "changed in Doccano, not confirmed yet",
    "confirmed": "confirmed in Doccano, the next sync takes it",
    "ahead": "gold changed here, the next sync carries it to Doccano",
    "gold": "gold, and the same on both sides",
    "conflict": "changed on both sides, waiting for a decision",
    "gone": "pushed once, and no longer in Doccano",
    "withdrawn": "taken out of the corpus",
}


class Side(Protocol):
    """The local side of a document; ``curate.store.transaction.Local`` is one."""

    @property
    def document(self) -> str: ...
    @property
    def gold(self) -> str: ...
    @property
    def proposal(self) -> str: ...
    @property
    def withdrawn(self) -> bool: ...
    @property
    def conflict(self) -> bool: ...
    @property
    def updating(self) -> bool: ...
    @property
    def example(self) -> int | None: ...
    @property
    def base(self) -> str: ...


class Pull(Record, frozen=True, kw_only=True):
    """A document whose state in Doccano is to be taken.

    Args:
        document: id of the document.
        example: the server's own id of it.
        confirmed: whether a person confirmed it.
        changed: whether it says other than base.
        merges: whether the gold changed too, so that what both give together is carried back.
    """

    document: str
    example: int
    confirmed: bool
    changed: bool = True
    merges: bool = False

    def ahead(self) -> Update:
        """The update that carries what was merged back to where it was taken."""
        return Update(document=self.document, example=self.example)


class Update(Record, frozen=True, kw_only=True):
    """A document whose gold, or newer proposal, is to be carried to Doccano.

    ``begun`` if that was interrupted.
    """

    document: str
    example: int
    begun: bool = False


class Arrived(Record, frozen=True, kw_only=True):
    """A document seen on the server whose push was not confirmed yet.

    Args:
        document: id of the document.
        example: the server's own id of it.
        confirmed: whether a person confirmed it.
        content: ``Annotation.content`` of what it is annotated with there.
        annotation: what that is, where it differs from what was pushed.
    """

    document: str
    example: int
    confirmed: bool
    content: str
    annotation: Annotation | None = None


class Copies(Record, frozen=True, kw_only=True):
    """Several examples of one document; there should be one."""

    document: str
    examples: tuple[int, ...]


class Plan(Record, frozen=True, kw_only=True):
    """What a sync will do.

    Args:
        push: ids of the documents to push.
        held: how many more wait here, because enough wait in the project for an annotator.
        pull: the documents to take.
        update: the documents whose gold changed here and is to be carried there, and those nobody
            touched whose pre-annotation is newer here.
        withdraw: the documents that were taken out of the corpus and are to go from Doccano.
        gone: the documents that were pushed once and are no longer there.
        altered: the documents whose text was changed there.
        copies: documents that stand there more than once.
        doubled: examples in which one span stands more than once, or under a name of before.
        arrived: documents seen on the server whose push was not confirmed yet.
        states: number of documents in each state, before the sync.
        waiting: the documents in each state in which somebody has to do something.
        problems: what was found wrong on the server; none of it is changed silently.
    """

    push: tuple[str, ...] = ()
    held: int = 0
    pull: tuple[Pull, ...] = ()
    update: tuple[Update, ...] = ()
    withdraw: tuple[Update, ...] = ()
    gone: tuple[str, ...] = ()
    altered: tuple[Update, ...] = ()
    copies: tuple[Copies, ...] = ()
    doubled: tuple[int, ...] = ()
    arrived: tuple[Arrived, ...] = ()
    states: dict[str, int] = {}
    waiting: dict[str, tuple[str, ...]] = {}
    problems: tuple[Problem, ...] = ()


SETTLED: tuple[State, ...] = ("gold", "pushed", "withdrawn")
"""States in which a document waits for nobody here; they are counted and not listed."""


class Outcome(Record, frozen=True, kw_only=True):
    """What a sync did.

    Args:
        sync: id of the sync, recorded in the revisions it made.
        project: what was made or mended in the project.
        pushed: documents pushed and read back.
        held: documents that wait here, because enough wait in the project for an annotator.
        pulled: documents taken.
        carried: documents whose gold was carried to Doccano.
        revisions: new gold revisions.
        spans: what people did to the spans they were shown, see
            ``curate.annotations.merge.Changes``.
        conflicts: documents left in conflict.
        states: documents in each state, before the sync.
        problems: everything found wrong.
    """

    sync: str
    project: tuple[str, ...] = ()
    pushed: int = 0
    held: int = 0
    pulled: int = 0
    carried: int = 0
    revisions: int = 0
    spans: dict[str, int] = {}
    conflicts: int = 0
    states: dict[str, int] = {}
    problems: tuple[Problem, ...] = ()


def plan(
    sides: Mapping[str, Side], examples: Iterable[Example], include_unconfirmed: bool = False
) -> Plan:
    """Compare both sides of every document.

    Args:
        sides: the local side of every document.
        examples: everything the server holds, streamed; only what is to be taken is kept.
        include_unconfirmed: also take changed documents that nobody confirmed.
    """
    found = _Found(sides, include_unconfirmed)
    for example in examples:
        found.add(example)
    return found.plan()


class _Found:
    """What was seen so far of the examples that stream by."""

    def __init__(self, sides: Mapping[str, Side], include_unconfirmed: bool) -> None:
        self._sides = sides
        self._include_unconfirmed = include_unconfirmed
        self._examples: dict[str, list[int]] = {}
        self._states: Counter[State] = Counter()
        self._pull: list[Pull] = []
        self._update: list[Update] = []
        self._withdraw: list[Update] = []
        self._altered: list[Update] = []
        self._waiting: dict[str, list[str]] = {}
        self._arrived: list[Arrived] = []
        self._doubled: list[int] = []
        self._problems: list[Problem] = []

    def add(self, example: Example) -> None:
        """Look at one example."""
        side = self._sides.get(example.document)
        problem = _doubtful(example, side)
        if problem is not None or side is None:
            self._problems.extend([problem] if problem else [])
            if side is not None:
                self._altered.append(Update(document=side.document, example=example.example))
                self._examples.setdefault(side.document, [])
                self._count("conflict", side.document)
            return
        numbers = self._examples.setdefault(example.document, [])
        numbers.append(example.example)
        if len(numbers) > 1:
            return  # a second copy: nothing is decided before the copies are made one
        state = state_of(side, example)
        self._count(state, example.document)
        if example.doubled or example.stale:
            self._doubled.append(example.example)
        if side.example is None:
            self._arrived.append(_arrived(side, example))
        self._decide(side, example, state)

    def _decide(self, side: Side, example: Example, state: State) -> None:
        key, number = example.document, example.example
        if state == "withdrawn":
            self._take_out(side, example)
        elif side.updating or state == "ahead" or (state == "pushed" and is_stale(side)):
            self._update.append(Update(document=key, example=number, begun=side.updating))
        elif state == "confirmed" or (state == "annotating" and self._include_unconfirmed):
            content = example.annotation.content
            found = Pull(
                document=key,
                example=number,
                confirmed=example.confirmed,
                changed=not side.base or content != side.base,
                merges=bool(side.gold) and side.gold not in (side.base, content),
            )
            self._pull.append(found)

    def _take_out(self, side: Side, example: Example) -> None:
        if example.annotation.content in (side.base, ""):
            self._withdraw.append(Update(document=side.document, example=example.example))
            return
        message = f"{side.document} was withdrawn here, and somebody changed it in Doccano since"
        hint = "delete it there, or bring it back with `curate restore`"
        self._problems.append(_problem("remote.withdrawn", message, side.document, hint))

    def _count(self, state: State, document: str) -> None:
        self._states[state] += 1
        if state not in SETTLED:
            self._waiting.setdefault(state, []).append(document)

    def plan(self) -> Plan:
        """What follows from all that was seen."""
        absent = {key: s for key, s in self._sides.items() if key not in self._examples}
        for side in absent.values():
            self._count(state_of(side, None), side.document)
        fresh = (k for k, s in absent.items() if _is_new(s))
        states = self._states
        copies = [
            Copies(document=key, examples=tuple(sorted(numbers)))
            for key, numbers in self._examples.items()
            if len(numbers) > 1
        ]
        gone = [s for s in absent.values() if state_of(s, None) == "gone"]
        return Plan(
            push=tuple(sorted(fresh)),
            pull=tuple(sorted(self._pull, key=lambda pull: pull.document)),
            update=tuple(sorted(self._update, key=lambda update: update.document)),
            withdraw=tuple(sorted(self._withdraw, key=lambda update: update.document)),
            gone=tuple(sorted(side.document for side in gone)),
            altered=tuple(sorted(self._altered, key=lambda update: update.document)),
            copies=tuple(copies),
            doubled=tuple(self._doubled),
            arrived=tuple(self._arrived),
            states={state: states[state] for state in STATES if states[state]},
            waiting={
                state: tuple(sorted(self._waiting[state]))
                for state in STATES
                if state in self._waiting
            },
            problems=tuple(self._problems + [_gone(side) for side in gone]),
        )


def state_of(side: Side, example: Example | None) -> State:
    """Where a document stands, given what the server holds of it."""
    if side.withdrawn:
        return "withdrawn"
    if example is None:
        return "local" if side.example is None else "gone"
    changed = bool(side.base) and example.annotation.content != side.base
    if example.confirmed and (changed or not side.gold or not side.base):
        return "confirmed"
    if changed:
        return "annotating"
    if side.conflict:
        return "conflict"
    if is_ahead(side):
        return "ahead"
    return "gold" if side.gold else "pushed"


def is_ahead(side: Side) -> bool:
    """Whether the gold moved on since it was last pushed or merged, and is to be carried there."""
    return bool(side.gold and side.base and side.gold != side.base and not side.conflict)


def is_stale(side: Side) -> bool:
    """Whether the models or rules propose something else now than what was pushed."""
    return bool(side.proposal and side.base and side.proposal != side.base)


def _arrived(side: Side, example: Example) -> Arrived:
    content = example.annotation.content
    return Arrived(
        document=example.document,
        example=example.example,
        confirmed=example.confirmed,
        content=content,
        # Kept only where it is needed: most differ in nothing, and there can be many.
        annotation=example.annotation if side.base and content != side.base else None,
    )


def _is_new(side: Side) -> bool:
    """Whether a document that is not there is to be pushed."""
    return side.example is None and not side.withdrawn and bool(side.gold or side.proposal)


def _doubtful(example: Example, side: Side | None) -> Problem | None:
    name = f"example {example.example} in Doccano"
    if not example.document:
        message = f"{name} was not put there by curate, and is left alone"
        return _problem("remote.foreign", message, "", "ingest its text if it belongs here")
    if side is None:
        message = f"{name} belongs to document {example.document}, which is not in this corpus"
        return _problem("remote.unknown", message, example.document, "delete it there")
    if example.text_id != example.document:
        message = f"{name} has another text than the document; its spans were not taken"
        hint = "put the text back in Doccano, or delete the example and sync again"
        return _problem("remote.text", message, example.document, hint, error=True)
    return None


def _gone(side: Side) -> Problem:
    message = f"document {side.document} is no longer in Doccano; its gold, if any, is kept"
    hint = "decide with `curate resolve`: --take ours pushes it again, theirs withdraws it"
    return _problem("remote.gone", message, side.document, hint)


def _problem(code: str, message: str, document: str, hint: str, error: bool = False) -> Problem:
    severity: Literal["error", "warning"] = "error" if error else "warning"
    return Problem(code=code, message=message, severity=severity, document=document, hint=hint)
