"""What the store keeps besides documents and gold: the state of the sync, as values."""

from __future__ import annotations

from curate.model import NO_ROWS, Annotation, Record, RemoteRows


class LastSeen(Record, frozen=True, kw_only=True):
    """How a document stood in a Doccano project when its base was last read or written there.

    Times are on the server's clock, to the microsecond.

    Args:
        taken: when that was.
        pushed: when the document was first seen in the project.
        confirmed_by: account of the confirmation that was last taken, empty if none was.
        confirmed_at: when the document was confirmed.
        rows: the rows of the base on the server, as far as they were read. What is in the base and
            not in them was written by the account ``pusher``.
        pusher: id of the account that pushed the document, or last updated it; 0 if not known.
    """

    taken: str = ""
    pushed: str = ""
    confirmed_by: str = ""
    confirmed_at: str = ""
    rows: RemoteRows = NO_ROWS
    pusher: int = 0


class TrackedDocument(Record, frozen=True, kw_only=True):
    """A document in a Doccano project, as it was last pushed or seen.

    Args:
        document: id of the document.
        example: id of the Doccano example; None while a push has not been confirmed.
        confirmed: whether a person had confirmed it when it was last seen.
        base: the annotation that was last pushed, or last seen and merged.
        seen: how the base stood on the server.
    """

    document: str
    base: Annotation
    example: int | None = None
    confirmed: bool = False
    seen: LastSeen = LastSeen()


class LocalState(Record, frozen=True, kw_only=True):
    """The local side of a document, as far as a sync plan needs it.

    Args:
        document: id of the document.
        gold: ``Annotation.content`` of its gold, empty if it has none.
        proposal: ``Annotation.content`` of its pre-annotation, empty if it has none.
        withdrawn: whether its newest revision is a tombstone.
        released: whether it is in the project of an annotator to whom it is no longer assigned.
        conflict: whether it has open conflicts.
        updating: whether an update of its Doccano example was started and did not finish.
        example: id of its Doccano example; None if it was never seen there.
        base: ``Annotation.content`` of what was last pushed or merged; empty if nothing was.
        confirmed: whether a person had confirmed its example when it was last seen.
    """

    document: str
    gold: str = ""
    proposal: str = ""
    withdrawn: bool = False
    released: bool = False
    conflict: bool = False
    updating: bool = False
    example: int | None = None
    base: str = ""
    confirmed: bool = False


class RemoteProject(Record, frozen=True, kw_only=True):
    """A Doccano project that the corpus is synced with; its description contains ``marker``."""

    marker: str
    url: str
    name: str
    project: int | None = None


class SyncStamp(Record, frozen=True, kw_only=True):
    """The mark that a sync leaves in the description of a Doccano project.

    Args:
        id: eight hexadecimal digits.
        sync: id of the sync.
        at: when it was written, on the server's clock.
        pending: whether the server's answer was not seen, so that it may not have been written.
    """

    id: str
    sync: str
    at: str
    pending: bool = False


class RemoteState(Record, frozen=True, kw_only=True):
    """What is known of a Doccano project beside its documents, to notice when the server changes.

    Args:
        accounts: the accounts of the server when the last sync ended, by id.
        label_types: the label types of the project then, by id, for each kind (``span``,
            ``relation``, ``category``).
        pushers: ids of the accounts with which curate has pushed to the project.
        stamps: the stamps of this store, the oldest first.
        unstamped: whether a sync has changed something since the newest of them.
        server_time: the latest time seen on the server's clock.
        unshared_until: when sharing of annotations was switched on again, on the server's clock;
            empty if it never was off.
        settings_saved: when the settings of the project had been saved when the last sync ended, on
            the server's clock; empty while a sync writes there, or if it is not known.
        seen_stamps: the stamps in its description then, of any store.
        perhaps_unshared_until: when somebody saved the settings, so that sharing may have been off
            before; empty if nobody has.
        documents: how many documents were tracked in the project when it was last synced.
        doubted_labels: labels whose types had other labels' names meanwhile, as ``<kind>/<label>``,
            with the time on the server's clock until when it is not known what they meant.
        cloned: whether the corpus was cloned from the project, and no sync has adopted it yet.
    """

    accounts: dict[int, str] = {}
    label_types: dict[str, dict[int, str]] = {}
    pushers: tuple[int, ...] = ()
    stamps: tuple[SyncStamp, ...] = ()
    unstamped: bool = False
    server_time: str = ""
    unshared_until: str = ""
    settings_saved: str = ""
    seen_stamps: tuple[str, ...] = ()
    perhaps_unshared_until: str = ""
    documents: int = 0
    doubted_labels: dict[str, str] = {}
    cloned: bool = False


class JournalStep(Record, frozen=True, kw_only=True):
    """A step of the journal; ``finished`` is empty if it was interrupted."""

    id: int
    sync: str
    step: str
    detail: str
    started: str
    finished: str = ""
