"""The plan of a sync of one project, computed from both sides without reading or writing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Literal, TypeVar

import msgspec

from curate.model import Annotation, Example, Problem, Record
from curate.store.records import LocalState
from curate.sync.brake import Brake
from curate.sync.label_changes import labels_of
from curate.sync.server_changes import ServerChange

DocumentState = Literal[
    "local",
    "pushed",
    "annotating",
    "confirmed",
    "kept",
    "ahead",
    "gold",
    "conflict",
    "gone",
    "unseen",
    "reassigned",
    "withdrawn",
]

STATES: dict[DocumentState, str] = {
    "local": "exists only here",
    "pushed": "in Doccano, changed by nobody",
    "annotating": "changed in Doccano, not confirmed",
    "confirmed": "confirmed in Doccano, not yet in the gold",
    "kept": "differs in Doccano, but nothing is to be taken from it",
    "ahead": "the gold changed here, not yet in Doccano",
    "gold": "has gold, identical on both sides",
    "conflict": "both sides changed the same place",
    "gone": "was pushed but is no longer in Doccano",
    "unseen": "in a project that this account does not see on this server",
    "reassigned": "given to another annotator, and untouched in this project",
    "withdrawn": "taken out of the corpus",
}
"""What each state means, in the order of the work."""

IDLE_STATES: tuple[DocumentState, ...] = ("gold", "pushed", "reassigned", "withdrawn")
"""States in which nobody here has to do anything; their documents are counted and not listed."""


class PlannedPull(Record, frozen=True, kw_only=True):
    """A document to pull.

    Args:
        document: id of the document.
        example: the server's id of it.
        confirmed: whether a person confirmed it.
        changed: whether its annotation differs from the base.
        merges: whether the gold changed too, so that both are merged.
        unknown: what has a label that the schema lacks: its kind, the label, and how many.
    """

    document: str
    example: int
    confirmed: bool
    changed: bool = True
    merges: bool = False
    unknown: tuple[tuple[str, str, int], ...] = ()


class PlannedUpdate(Record, frozen=True, kw_only=True):
    """A document in Doccano that is to be changed there.

    Args:
        document: id of the document.
        example: the server's id of it.
        begun: whether an earlier sync was interrupted while it pushed this update.
        beside: whether it is pushed beside what people did meanwhile, if both can be kept.
    """

    document: str
    example: int
    begun: bool = False
    beside: bool = False


_Planned = TypeVar("_Planned", PlannedPull, PlannedUpdate)


class ArrivedExample(Record, frozen=True, kw_only=True):
    """A document on the server whose push was not confirmed yet.

    Args:
        document: id of the document.
        example: the server's id of it.
        confirmed: whether a person confirmed it.
        content: ``Annotation.content`` of its annotation there.
        annotation: that annotation, if it differs from what was pushed.
    """

    document: str
    example: int
    confirmed: bool
    content: str
    annotation: Annotation | None = None


class ExampleCopies(Record, frozen=True, kw_only=True):
    """A document that has several examples on the server, and their ids there, sorted."""

    document: str
    examples: tuple[int, ...]


class SyncPlan(Record, frozen=True, kw_only=True):
    """What a sync will do.

    Args:
        push: ids of the documents to push.
        held: how many new documents are held back because enough wait for an annotator.
        pull: the documents to pull.
        kept: documents that are read like those to pull, but nothing of them is taken: what differs
            there is no act of a person, or nobody has seen it as a whole.
        agreed: documents that are read like those to pull, and say what the gold says already.
        update: the documents to update in Doccano: their gold changed here, or they have a newer
            proposal and nobody has changed them.
        write_back: the documents to update after they were read: the gold has something that
            Doccano lacks, because both were merged or what changed there is no act of a person.
        withdraw: the documents that were withdrawn here and are to be deleted in Doccano.
        reassign: the documents that were given to another annotator and are to be deleted in this
            project, where nobody has begun with them.
        gone: ids of the documents that were pushed and are no longer there.
        altered: the documents whose text was changed there.
        copies: documents with several examples there.
        doubled: examples in which a span stands more than once, or has a label that the schema
            no longer has.
        unmarked: documents whose metadata there do not name them any more; they are known by their
            example and text, and their metadata are to be written again.
        unconfirmed: documents with gold that changed there, and that nobody confirmed.
        begun: the same, for documents without gold.
        reopened: documents that were confirmed when they were last seen and are not any more.
        arrived: documents on the server whose push was not confirmed yet.
        states: number of documents in each state, before the sync.
        waiting: ids of the documents in each state in which somebody has to do something.
        brakes: what would be pulled and takes too much out of the gold, so that nothing is pulled.
        problems: what is wrong on the server; none of it is changed silently.
        server_changes: what changed on the server and is no act of a person.
    """

    push: tuple[str, ...] = ()
    held: int = 0
    pull: tuple[PlannedPull, ...] = ()
    kept: tuple[PlannedPull, ...] = ()
    agreed: tuple[PlannedPull, ...] = ()
    update: tuple[PlannedUpdate, ...] = ()
    write_back: tuple[PlannedUpdate, ...] = ()
    withdraw: tuple[PlannedUpdate, ...] = ()
    reassign: tuple[PlannedUpdate, ...] = ()
    gone: tuple[str, ...] = ()
    altered: tuple[PlannedUpdate, ...] = ()
    copies: tuple[ExampleCopies, ...] = ()
    doubled: tuple[int, ...] = ()
    unmarked: tuple[PlannedUpdate, ...] = ()
    unconfirmed: tuple[PlannedPull, ...] = ()
    begun: tuple[PlannedPull, ...] = ()
    reopened: tuple[str, ...] = ()
    arrived: tuple[ArrivedExample, ...] = ()
    states: dict[str, int] = {}
    waiting: dict[str, tuple[str, ...]] = {}
    brakes: tuple[Brake, ...] = ()
    problems: tuple[Problem, ...] = ()
    server_changes: tuple[ServerChange, ...] = ()


def plan(
    sides: Mapping[str, LocalState],
    examples: Iterable[Example],
    include_unconfirmed: bool = False,
    labels: Collection[tuple[str, str]] | None = None,
) -> SyncPlan:
    """Compare both sides of every document.

    Args:
        sides: the local side of every document, by id.
        examples: everything the server holds, streamed; only what is to be pulled is kept.
        include_unconfirmed: also pull documents that were changed and not confirmed.
        labels: the labels of the schema with their kinds; None if any label will do.
    """
    builder = _PlanBuilder(sides, include_unconfirmed, labels)
    for example in examples:
        builder.add(example)
    return builder.plan()


class _PlanBuilder:
    """Decides on each example as it streams by."""

    def __init__(
        self,
        sides: Mapping[str, LocalState],
        include_unconfirmed: bool,
        labels: Collection[tuple[str, str]] | None,
    ) -> None:
        self._sides = sides
        self._labels = labels
        self._include_unconfirmed = include_unconfirmed
        self._tracked = {side.example: key for key, side in sides.items() if side.example}
        self._strays: list[Example] = []
        self._examples: dict[str, list[int]] = {}
        self._states: Counter[DocumentState] = Counter()
        self._pull: list[PlannedPull] = []
        self._agreed: list[PlannedPull] = []
        self._unconfirmed: list[PlannedPull] = []
        self._begun: list[PlannedPull] = []
        self._reopened: list[str] = []
        self._update: list[PlannedUpdate] = []
        self._withdraw: list[PlannedUpdate] = []
        self._reassign: list[PlannedUpdate] = []
        self._altered: list[PlannedUpdate] = []
        self._waiting: dict[str, list[str]] = {}
        self._arrived: list[ArrivedExample] = []
        self._doubled: list[int] = []
        self._unmarked: list[PlannedUpdate] = []
        self._problems: list[Problem] = []

    def add(self, example: Example) -> None:
        """Decide on one example; on one whose metadata name another document, at the end."""
        names = {example.text_id, example.pushed_as} - {""}
        named = example.document in names
        known = self._tracked.get(example.example) == example.document
        if not (named or known) and self._owner(example) in self._sides:
            self._strays.append(example)
        else:
            self._add(example)

    def _owner(self, example: Example) -> str:
        """The document that an example is of, whatever its metadata say."""
        return example.pushed_as if example.pushed_as in self._sides else example.text_id

    def _add(self, example: Example) -> None:
        side = self._sides.get(example.document)
        problem = _mismatch(example, side)
        if problem is not None or side is None:
            self._problems.extend([problem] if problem else [])
            if side is not None:
                altered = PlannedUpdate(document=side.document, example=example.example)
                self._altered.append(altered)
                self._examples.setdefault(side.document, [])
                self._count("conflict", side.document)
            return
        numbers = self._examples.setdefault(example.document, [])
        numbers.append(example.example)
        if len(numbers) > 1:
            return  # nothing is decided on a second copy before the copies are merged
        state = state_of(side, example)
        self._count(state, example.document)
        if example.doubled or example.stale:
            self._doubled.append(example.example)
        if side.example is None:
            self._arrived.append(_arrived(side, example))
        if side.confirmed and not example.confirmed:
            self._reopened.append(example.document)
        self._decide(side, example, state)

    def _add_strays(self) -> None:
        """Decide on the examples that were pushed as documents, or have their texts, and do not
        name them.

        One that was pushed as a document or is tracked is that document's, unless another example
        names the document. Where nothing is tracked, because the store is new, the text is enough.
        """
        for stray in self._strays:
            document = self._owner(stray)
            is_own = not self._tracked or self._tracked.get(stray.example) == document
            if (is_own or stray.pushed_as == document) and document not in self._examples:
                annotation = msgspec.structs.replace(stray.annotation, document=document)
                self._unmarked.append(PlannedUpdate(document=document, example=stray.example))
                self._problems.append(_unmarked(stray.example, document))
                self._add(msgspec.structs.replace(stray, document=document, annotation=annotation))
            else:
                self._add(stray)

    def _decide(self, side: LocalState, example: Example, state: DocumentState) -> None:
        document, number = example.document, example.example
        content = example.annotation.content
        if state == "withdrawn":
            self._decide_withdrawn(side, number, content)
        elif state == "reassigned":
            self._reassign.append(PlannedUpdate(document=document, example=number))
        elif side.updating or state == "ahead" or (state == "pushed" and is_stale(side)):
            update = PlannedUpdate(document=document, example=number, begun=side.updating)
            self._update.append(update)
        elif _is_to_be_read(side, example, self._include_unconfirmed):
            differs = not side.base or content != side.base
            pull = PlannedPull(
                document=document,
                example=number,
                confirmed=example.confirmed,
                changed=differs,
                merges=bool(side.gold) and side.gold not in (side.base, content),
                unknown=self._unknown_labels(example.annotation) if differs else (),
            )
            (self._agreed if content == side.gold else self._pull).append(pull)
        elif state == "annotating" and side.base:
            changed = self._unconfirmed if side.gold else self._begun
            changed.append(PlannedPull(document=document, example=number, confirmed=False))

    def _unknown_labels(self, annotation: Annotation) -> tuple[tuple[str, str, int], ...]:
        if self._labels is None:
            return ()
        counts = Counter(labels_of(annotation))
        return tuple((*key, n) for key, n in sorted(counts.items()) if key not in self._labels)

    def _decide_withdrawn(self, side: LocalState, example: int, content: str) -> None:
        if content in (side.base, ""):
            self._withdraw.append(PlannedUpdate(document=side.document, example=example))
            return
        message = f"{side.document} was withdrawn here, but has been changed in Doccano since"
        hint = "delete it in Doccano, or bring it back with `curate restore`"
        self._problems.append(_problem("remote.withdrawn", message, side.document, hint))

    def _count(self, state: DocumentState, document: str) -> None:
        self._states[state] += 1
        if state not in IDLE_STATES:
            self._waiting.setdefault(state, []).append(document)

    def plan(self) -> SyncPlan:
        """The plan, once every example was added."""
        self._add_strays()
        absent = [side for key, side in self._sides.items() if key not in self._examples]
        for side in absent:
            self._count(state_of(side, None), side.document)
        gone = [side.document for side in absent if state_of(side, None) == "gone"]
        copies = (
            ExampleCopies(document=document, examples=tuple(sorted(numbers)))
            for document, numbers in self._examples.items()
            if len(numbers) > 1
        )
        return SyncPlan(
            push=tuple(sorted(side.document for side in absent if _is_to_be_pushed(side))),
            pull=_by_document(self._pull),
            agreed=_by_document(self._agreed),
            update=_by_document(self._update),
            withdraw=_by_document(self._withdraw),
            reassign=_by_document(self._reassign),
            gone=tuple(sorted(gone)),
            altered=_by_document(self._altered),
            copies=tuple(copies),
            doubled=tuple(self._doubled),
            unmarked=_by_document(self._unmarked),
            unconfirmed=tuple(self._unconfirmed),
            begun=tuple(self._begun),
            reopened=tuple(sorted(self._reopened)),
            arrived=tuple(self._arrived),
            states={state: self._states[state] for state in STATES if self._states[state]},
            waiting={
                state: tuple(sorted(self._waiting[state]))
                for state in STATES
                if state in self._waiting
            },
            problems=tuple(self._problems + [_gone(document) for document in gone]),
        )


def without_untaken(planned: SyncPlan, documents: Collection[str]) -> SyncPlan:
    """The plan in which documents are ``kept`` and not to be pulled.

    Args:
        planned: the plan.
        documents: ids of documents of which nothing is taken although they differ in Doccano.
    """
    if not documents:
        return planned
    states, waiting = Counter(planned.states), dict(planned.waiting)
    for state in ("confirmed", "annotating"):
        moved = {*waiting.get(state, ())} & {*documents}
        states[state] -= len(moved)
        states["kept"] += len(moved)
        waiting[state] = tuple(key for key in waiting.get(state, ()) if key not in moved)
        waiting["kept"] = tuple(sorted({*waiting.get("kept", ()), *moved}))
    candidates = (*planned.pull, *planned.unconfirmed, *planned.begun)
    return msgspec.structs.replace(
        planned,
        pull=tuple(pull for pull in planned.pull if pull.document not in documents),
        kept=_by_document(each for each in candidates if each.document in documents),
        states={state: states[state] for state in STATES if states[state]},
        waiting={state: waiting[state] for state in STATES if waiting.get(state)},
    )


def state_of(side: LocalState, example: Example | None) -> DocumentState:
    """The state of a document, given what the server holds of it."""
    if side.withdrawn:
        return "withdrawn"
    if side.released and not _has_work(side, example):
        return "reassigned"
    if example is None:
        return "local" if side.example is None else "gone"
    changed = _is_changed(side, example)
    if example.confirmed and example.annotation.content == side.gold:
        return "conflict" if side.conflict else "gold"
    if example.confirmed and (changed or not side.gold or not side.base):
        return "confirmed"
    if changed:
        return "annotating"
    if side.conflict:
        return "conflict"
    if is_ahead(side):
        return "ahead"
    return "gold" if side.gold else "pushed"


def _is_changed(side: LocalState, example: Example) -> bool:
    return bool(side.base) and example.annotation.content != side.base


def _is_to_be_read(side: LocalState, example: Example, include_unconfirmed: bool) -> bool:
    """Whether a document has something new, or something of which the base is not known."""
    changed = _is_changed(side, example)
    if example.confirmed:
        return changed or not side.gold or not side.base
    return changed and include_unconfirmed


def _has_work(side: LocalState, example: Example | None) -> bool:
    """Whether somebody worked on a document in a project where it no longer belongs."""
    if side.gold or example is None:
        return bool(side.gold)
    return example.confirmed or example.annotation.content != side.base


def is_ahead(side: LocalState) -> bool:
    """Whether the gold changed since it was last pushed or merged, and is to be pushed."""
    return bool(side.gold and side.base and side.gold != side.base and not side.conflict)


def is_stale(side: LocalState) -> bool:
    """Whether the proposal changed since it was pushed."""
    return bool(side.proposal and side.base and side.proposal != side.base)


def _is_to_be_pushed(side: LocalState) -> bool:
    return side.example is None and not side.withdrawn and bool(side.gold or side.proposal)


def _arrived(side: LocalState, example: Example) -> ArrivedExample:
    content = example.annotation.content
    return ArrivedExample(
        document=example.document,
        example=example.example,
        confirmed=example.confirmed,
        content=content,
        # Kept only if it is needed: most annotations do not differ, and there can be many.
        annotation=example.annotation if side.base and content != side.base else None,
    )


def _by_document(planned: Iterable[_Planned]) -> tuple[_Planned, ...]:
    return tuple(sorted(planned, key=lambda each: each.document))


def _mismatch(example: Example, side: LocalState | None) -> Problem | None:
    """Why an example cannot be compared with a document."""
    name = f"example {example.example} in Doccano"
    if not example.document:
        message = f"{name} was not pushed by curate and is left alone"
        return _problem("remote.foreign", message, "", "ingest its text if it belongs here")
    if side is None:
        message = f"{name} is document {example.document}, which is not in this corpus"
        hint = "leave it to the copy of the corpus that pushed it, or ingest its text here"
        return _problem("remote.unknown", message, example.document, hint)
    if example.text_id != example.document:
        message = f"the text of {name} is not the document's, so its annotations were not pulled"
        hint = "restore the text with `curate resolve`, or delete the example and sync again"
        return _problem("remote.text", message, example.document, hint, error=True)
    return None


def _unmarked(example: int, document: str) -> Problem:
    message = (
        f"the metadata of example {example} in Doccano do not name its document {document} any "
        "more; it is known by its file name or its text, and its metadata are written again"
    )
    return _problem("remote.metadata", message, document, "nothing is to be done")


def _gone(document: str) -> Problem:
    message = f"document {document} is no longer in Doccano; its gold, if any, is kept"
    hint = "decide with `curate resolve`: --take ours pushes it again, --take theirs withdraws it"
    return _problem("remote.gone", message, document, hint)


def _problem(code: str, message: str, document: str, hint: str, error: bool = False) -> Problem:
    severity: Literal["error", "warning"] = "error" if error else "warning"
    return Problem(code=code, message=message, severity=severity, document=document, hint=hint)
