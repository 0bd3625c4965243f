"""The vocabulary of curate: frozen values that every module shares.

Offsets are half-open and count Unicode code points: ``document.text[span.start:span.end]``.
Times are ISO 8601 in UTC with a final ``Z``. The names of layers are in :mod:`curate.layers`.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from operator import lt
from typing import Any, Literal, TypeVar

import msgspec

from curate.layers import GOLD

SpanKey = tuple[int, int, str]
RelationKey = tuple[SpanKey, SpanKey, str]
Severity = Literal["error", "warning", "info"]

_AT_ONCE_SECONDS = 0.05  # between the two times of a row that was written once


class Record(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Base of every value; equal content is equal, hashes alike and encodes to the same bytes."""


class LanguageChange(Record, frozen=True, kw_only=True):
    """A correction of a document's language: what it was before, who corrected it, and when."""

    before: str
    by: str
    at: str


class Document(Record, frozen=True, kw_only=True):
    """One article.

    Args:
        id: first 16 hex digits of the SHA-256 of ``text`` in UTF-8.
        text: the normalised text; it never changes under one id.
        lang: ISO 639-1 code.
        meta: title, url, source, published, file, normalised (what was changed), supersedes, …
        corrected: corrections of ``lang``, the first one first.
    """

    id: str
    text: str
    lang: str = ""
    meta: dict[str, str] = {}
    corrected: tuple[LanguageChange, ...] = ()

    @property
    def versions(self) -> tuple[Document, ...]:
        """The document now, and as it was before each correction of its language, newest first.

        A release holds the one that there was when it was cut.
        """
        versions = [self]
        for number in range(len(self.corrected) - 1, -1, -1):
            earlier = self.corrected[:number]
            lang = self.corrected[number].before
            versions.append(msgspec.structs.replace(self, lang=lang, corrected=earlier))
        return tuple(versions)

    @property
    def title(self) -> str:
        """The title, or the beginning of the first line where the article has none."""
        return self.meta.get("title") or self.text.split("\n", 1)[0][:80]


class Span(Record, frozen=True):
    """A labelled stretch of text.

    Args:
        start: first code point.
        end: one past the last code point.
        label: a label of the schema.
        by: who proposed or last changed it: ``model:…``, ``rules:…``, ``annotator:…``, …
        at: when a person last changed it, empty if no person did.
        score: confidence of the proposer, 0 to 1, where it has one.
    """

    start: int
    end: int
    label: str
    by: str = ""
    at: str = ""
    score: float | None = None

    @property
    def key(self) -> SpanKey:
        """What identifies a span: its offsets and label, not its author."""
        return (self.start, self.end, self.label)

    def overlaps(self, other: Span) -> bool:
        """Whether the two share at least one code point."""
        return self.start < other.end and other.start < self.end


class Relation(Record, frozen=True):
    """A labelled arrow between two spans of one document, named by the spans' keys."""

    head: SpanKey
    tail: SpanKey
    label: str
    by: str = ""
    at: str = ""

    @property
    def key(self) -> RelationKey:
        """What identifies a relation."""
        return (self.head, self.tail, self.label)


class Category(Record, frozen=True):
    """A label of the whole document."""

    label: str
    by: str = ""
    at: str = ""

    @property
    def key(self) -> str:
        """What identifies a category."""
        return self.label


Keyed = TypeVar("Keyed", Span, Relation, Category)


class Annotation(Record, frozen=True, kw_only=True):
    """What one layer says about one document; spans, relations and categories are sorted by key.

    Args:
        categories_only: whether it says nothing about spans, as where its author could only give
            categories. Otherwise no span means that there is none.
        sources: what it was made from, if that cannot be made again here: of the layer of a model
            or rules file that was imported, ``import:<file>``; of a proposal, these layers, each
            with the beginning of its digest (``model:<name>@<version>#<digest>``).
    """

    document: str
    layer: str
    spans: tuple[Span, ...] = ()
    relations: tuple[Relation, ...] = ()
    categories: tuple[Category, ...] = ()
    categories_only: bool = False
    sources: tuple[str, ...] = ()

    def sorted(self) -> Annotation:
        """The same annotation in canonical order, each key once (the first one given wins)."""
        return msgspec.structs.replace(
            self,
            spans=_canonical(self.spans),
            relations=_canonical(self.relations),
            categories=_canonical(self.categories),
        )

    def united(self, other: Annotation) -> Annotation:
        """The same with what another says as well, sorted; of two equal ones its own stays."""
        return msgspec.structs.replace(
            self,
            spans=(*self.spans, *other.spans),
            relations=(*self.relations, *other.relations),
            categories=(*self.categories, *other.categories),
            categories_only=self.categories_only and other.categories_only,
        ).sorted()

    @property
    def size(self) -> int:
        """Number of spans, relations and categories together."""
        return len(self.spans) + len(self.relations) + len(self.categories)

    @property
    def content(self) -> str:
        """Digest of what is said, whoever said it: equal for annotations that say the same."""
        keys = [[item.key for item in part] for part in self._parts()]
        return hashlib.sha256(msgspec.json.encode(keys)).hexdigest()[:32]

    def revision(self, author: str = "", reason: str = "", schema: str = "") -> Revision:
        """A first revision with this content; it has no time, since none is known."""
        return Revision(
            document=self.document,
            number=1,
            author=author,
            at="",
            reason=reason,
            schema=schema,
            spans=self.spans,
            relations=self.relations,
            categories=self.categories,
            categories_only=self.categories_only,
        )

    def _parts(self) -> tuple[tuple[Span | Relation | Category, ...], ...]:
        ordered = self.sorted()
        return ordered.spans, ordered.relations, ordered.categories


class Annotated(Record, frozen=True, kw_only=True):
    """A document with what layers say about it, as it comes from a file or goes into one.

    Args:
        document: the document.
        layers: annotations of it, each on a layer of its own; none where the source has only text.
    """

    document: Document
    layers: tuple[Annotation, ...] = ()


class Revision(Record, frozen=True, kw_only=True):
    """One state of a document's gold. Revisions are only ever added; ``deleted`` is a tombstone.

    Args:
        document: id of the document.
        number: 1 for the first revision of the document, then counting up; 0 where there is none,
            since nobody judged the document (see :func:`unjudged`).
        author: who made it: ``annotator:<name>``, ``curator:<name>``, ``import:<name>``.
        at: when it was made.
        reason: one sentence.
        schema: ``<name>@<version>`` of the label schema it was made under.
        sync: id of the sync that brought it, empty if none did.
        categories_only: whether nobody looked for spans, see :class:`Annotation`.
        confirmed_by: the person who confirmed the document, empty if nobody did.
        confirmed_at: when.
    """

    document: str
    number: int
    author: str
    at: str
    reason: str
    schema: str
    spans: tuple[Span, ...] = ()
    relations: tuple[Relation, ...] = ()
    categories: tuple[Category, ...] = ()
    categories_only: bool = False
    sync: str = ""
    confirmed_by: str = ""
    confirmed_at: str = ""
    deleted: bool = False

    @property
    def is_judged(self) -> bool:
        """Whether anybody judged the document; if so, no annotation means that there is none."""
        return self.number > 0

    @property
    def is_judged_for_spans(self) -> bool:
        """Whether anybody looked for spans; if so, no span means that there is none."""
        return self.is_judged and not self.categories_only

    @property
    def annotation(self) -> Annotation:
        """The content of the revision as an annotation on the layer ``gold``."""
        return Annotation(
            document=self.document,
            layer=GOLD,
            spans=self.spans,
            relations=self.relations,
            categories=self.categories,
            categories_only=self.categories_only,
        )


class Example(Record, frozen=True, kw_only=True):
    """A document as an annotation server holds it.

    Args:
        example: the server's own id of it.
        document: the id curate gave it, empty if curate did not put it there.
        text_id: the id that its text there would have as a document.
        annotation: what it is annotated with there, on the layer ``remote``.
        confirmed: whether a person confirmed it.
        doubled: whether one span stands there more than once.
        stale: whether something stands there under a name that the schema no longer has.
        pushed_as: id of the document as which curate pushed it, which nobody can change there. Only
            read where its metadata and its text do not name the same document.
    """

    example: int
    document: str
    text_id: str
    annotation: Annotation
    confirmed: bool
    doubled: bool = False
    stale: bool = False
    pushed_as: str = ""


class Assignment(Record, frozen=True, kw_only=True):
    """Who is asked to annotate a document, with independent annotators.

    Args:
        document: id of the document.
        annotators: their account names, sorted; more than one where agreement is measured.
        control: whether it is sent without pre-annotation, to see what showing one does to people.
        done: when each of them confirmed it, by name.
    """

    document: str
    annotators: tuple[str, ...]
    control: bool = False
    done: dict[str, str] = {}


class RemoteRow(Record, frozen=True, array_like=True):
    """The row of one span, relation or category in the server's database.

    Args:
        id: the server's own id of it. A server that was restored from a backup gives an id again,
            so that a row is identified by its id and by when it was created.
        user: id of the account that created it. Changing a row does not change that.
        label: id of its label type.
        created: when it was created, on the server's clock, to the microsecond.
        updated: when it was last changed.
    """

    id: int
    user: int
    label: int
    created: str
    updated: str

    @property
    def was_changed(self) -> bool:
        """Whether it was changed after it was created; both times are set one after the other."""
        created, updated = (datetime.fromisoformat(time) for time in (self.created, self.updated))
        return (updated - created).total_seconds() >= _AT_ONCE_SECONDS


class RemoteRows(Record, frozen=True, kw_only=True):
    """The rows of an example, each with the key of what stands in it."""

    spans: tuple[tuple[SpanKey, RemoteRow], ...] = ()
    relations: tuple[tuple[RelationKey, RemoteRow], ...] = ()
    categories: tuple[tuple[str, RemoteRow], ...] = ()


NO_ROWS = RemoteRows()


class ExampleQuery(Record, frozen=True, kw_only=True):
    """An example about which a server is asked who did what.

    Args:
        example: the server's own id of it.
        base: what was last pushed or merged.
        text: the document's text.
        changed: whether it was annotated otherwise than ``base`` when it was last seen.
        confirmed: whether it was confirmed when it was last seen.
        rows: the rows of ``base`` on the server, as far as they are known.
    """

    example: int
    base: Annotation
    text: str = ""
    changed: bool = True
    confirmed: bool = False
    rows: RemoteRows = NO_ROWS


class RemoteView(Record, frozen=True, kw_only=True):
    """What an annotation server says of itself and of a project, without the documents.

    Args:
        time: the server's time.
        account: id of the account that asks.
        accounts: every account of the server, by id.
        label_types: the project's label types by id, for each kind: ``span``, ``relation``,
            ``category``.
        stamps: the stamps of syncs in the project's description, the oldest first.
        saved: when the settings of the project were last saved; empty if it does not exist.
        overlaps: whether spans may overlap in the project.
    """

    time: str
    account: int = 0
    accounts: dict[int, str] = {}
    label_types: dict[str, dict[int, str]] = {}
    stamps: tuple[str, ...] = ()
    saved: str = ""
    overlaps: bool = True


class RemoteComment(Record, frozen=True, kw_only=True):
    """A comment as it stands on a server.

    Args:
        number: the server's own id of it.
        example: that of the example it is written to.
        text: what it says.
        own: whether the account that asks wrote it.
    """

    number: int
    example: int
    text: str
    own: bool


class Comment(Record, frozen=True, kw_only=True):
    """What a person wrote about a document in Doccano: ``by`` is the account, ``at`` the time."""

    text: str
    by: str
    at: str


class Attribution(Record, frozen=True, kw_only=True):
    """Who did what in an example, as it is at this moment.

    Args:
        annotation: its annotation, with ``by`` and ``at``.
        confirmed_by: account of the person who confirmed it, empty if nobody did.
        confirmed_at: when, to the second.
        confirmed_time: the same, to the microsecond.
        confirmers: how many people have confirmed it. There is one at most, unless sharing of
            annotations was switched off meanwhile.
        comments: what people wrote about it, the oldest first.
        rows: the rows of the annotation on the server; None if they were not read, because it was
            known not to have changed.
        taken: when this was read, on the server's clock.
    """

    annotation: Annotation
    confirmed_by: str = ""
    confirmed_at: str = ""
    confirmed_time: str = ""
    confirmers: int = 0
    comments: tuple[Comment, ...] = ()
    rows: RemoteRows | None = None
    taken: str = ""


class Entry(Record, frozen=True, kw_only=True):
    """One document of a release: the revision it holds and the digests of both."""

    document: str
    revision: int
    digest: str


class Release(Record, frozen=True, kw_only=True):
    """The manifest of an immutable, named set of revisions.

    Args:
        version: semantic version.
        digest: over the schema's digest and the sorted entries (see ``curate.release.digest``);
            two releases with the same digest hold the same gold.
        digest_rule: how the digest is computed: ``merkle``, the root of a hash tree.
        seal: over everything else in the manifest, such as splits, counts and gate (see
            ``curate.release.seal``).
        parent: version before it, empty for the first.
        schema: ``<name>@<version>``; ``schema_digest`` is the SHA-256 of the schema's content.
        labels: what the schema lets people mark, as ``span:<label>``, ``relation:<type>`` and
            ``category:<label>``, and ``overlap`` where spans may overlap; sorted.
        counts: documents, spans, and spans per label as ``label:<name>``.
        changes: how it differs from its parent: documents and spans, counted by kind.
        facts: documents by language, source, year of publication and who confirmed them.
        validation: what the checks said: number of checks and of findings per severity.
        gate: outcome of each gate it passed, or why it was waived.
        splits: ids of the documents in each split, sorted; no document is in two.
        tools: versions of the programs that made it.
        entries: sorted by document id.
    """

    version: str
    created: str
    author: str
    digest: str
    schema: str
    schema_digest: str
    entries: tuple[Entry, ...]
    digest_rule: Literal["merkle"]
    seal: str = ""
    parent: str = ""
    message: str = ""
    labels: tuple[str, ...] = ()
    counts: dict[str, int] = {}
    changes: dict[str, int] = {}
    facts: dict[str, dict[str, int]] = {}
    validation: dict[str, int] = {}
    gate: dict[str, str] = {}
    splits: dict[str, tuple[str, ...]] = {}
    tools: dict[str, str] = {}


class Problem(Record, frozen=True, kw_only=True):
    """A finding as a value. Checks return all of theirs and never stop at the first.

    Args:
        code: stable id of the check or refusal, such as ``span.edges``.
        message: what is wrong, in one sentence.
        severity: ``error`` stops a release, ``warning`` does not, ``info`` is for reading.
        document: id of the document, empty if it concerns none.
        span: key of the span, if it concerns one.
        where: file and line, where it concerns a source.
        hint: how to mend it.
    """

    code: str
    message: str
    severity: Severity = "error"
    document: str = ""
    span: SpanKey | None = None
    where: str = ""
    hint: str = msgspec.field(default="", name="cure")


def unjudged(document: str) -> Revision:
    """Stands for the gold of a document that nobody judged: no layer says anything about it.

    A layer with nothing in it says that somebody looked and there was nothing to annotate; a
    document without a layer was skipped, rejected or never shown. Formats must tell the two apart.
    """
    return Revision(document=document, number=0, author="", at="", reason="", schema="")


def describe(item: Span | Relation | Category, text: str) -> str:
    """What an annotation of a text says, in words: « France » LOC."""
    if isinstance(item, Span):
        return f"« {text[item.start : item.end]} » {item.label}"
    if isinstance(item, Relation):
        head, tail = (text[end[0] : end[1]] for end in (item.head, item.tail))
        return f"« {head} » → « {tail} » {item.label}"
    return item.label


def _canonical(items: tuple[Keyed, ...]) -> tuple[Keyed, ...]:
    keys = [item.key for item in items]
    if all(map(lt, keys, keys[1:])):  # mostly they are in order already
        return items
    first: dict[Any, Keyed] = {}
    for item in items:
        first.setdefault(item.key, item)
    return tuple(first[key] for key in sorted(first))
