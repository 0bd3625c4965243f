"""A migration of a whole corpus: gold, layers, bases and conflicts, all of it or nothing."""

from __future__ import annotations

import pytest

from curate.annotations.merge import Conflict
from curate.errors import ConfigError
from curate.history.migrate import migrate
from curate.model import Annotation, Document, RemoteRow, RemoteRows, Revision, Span
from curate.store.records import LastSeen, RemoteProject, TrackedDocument
from curate.sync.run import sync
from curate.util import jsonl
from curate.workspace import Workspace

TEXT = "Les Kurdes de Syrie."
SPAN = Span(4, 10, "NORP", by="annotator:anna", at="2026-01-01T00:00:00Z")
ROW = RemoteRow(9, 2, 3, "2026-01-01T00:00:00.000000Z", "2026-01-01T00:00:00.000000Z")
MIGRATION = """
schema: news-fr
from: 1.0.0
to: 1.1.0
steps:
  - rename: NORP
    to: GROUP
"""


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    """A corpus annotated under 1.0.0, with a schema that is 1.1.0 now."""
    Workspace.init(tmp_path)
    found = Workspace(tmp_path, now=lambda: "2026-02-01T00:00:00Z")
    key = jsonl.document_id(TEXT)
    layer = Annotation(document=key, layer="proposal", spans=(SPAN,))
    with found.store.begin() as tx:
        tx.add_document(Document(id=key, text=TEXT, lang="fr"))
        tx.put_annotation(layer)
        tx.put_remote(RemoteProject(marker="m", url="u", name="n"))
        rows = RemoteRows(spans=((SPAN.key, ROW),))
        seen = LastSeen(taken="2026-01-01T00:00:00.000000Z", rows=rows)
        tx.put_tracked("m", TrackedDocument(document=key, base=layer, example=7, seen=seen))
        tx.put_conflicts(key, "s", (Conflict(kind="relabel", ours=(SPAN,)),))
        tx.add_revision(
            Revision(
                document=key,
                number=1,
                author="annotator:anna",
                at="2026-01-01T00:00:00Z",
                reason="pulled",
                schema="news-fr@1.0.0",
                spans=(SPAN,),
            )
        )
    schema = tmp_path / "schemas" / "news-fr.yaml"
    text = schema.read_text("utf-8").replace("version: 1.0.0", "version: 1.1.0")
    schema.write_text(text.replace("NORP", "GROUP"), encoding="utf-8")
    (tmp_path / "schemas" / "migrations").mkdir()
    (tmp_path / "schemas" / "migrations" / "1.1.0.yaml").write_text(MIGRATION, encoding="utf-8")
    return Workspace(tmp_path, now=lambda: "2026-02-01T00:00:00Z")


def test_everything_in_the_store_is_migrated(workspace):
    planned = migrate(workspace, dry_run=True)
    assert (planned.revisions, planned.spans) == (1, {"NORP → GROUP": 1})
    with workspace.store.begin() as tx:
        assert [revision.number for revision in tx.history()] == [1]

    done = migrate(workspace)
    assert (done.before, done.after, done.steps) == ("1.0.0", "1.1.0", ("renamed NORP to GROUP",))
    key = jsonl.document_id(TEXT)
    with workspace.store.begin() as tx:
        head, layer, known = tx.head(key), tx.annotation(key, "proposal"), tx.tracked("m", key)
        assert head is not None
        assert (head.number, head.author, head.schema) == (2, "curator:curator", "news-fr@1.1.0")
        assert head.reason == "schema migrated from 1.0.0 to 1.1.0"
        (span,) = head.spans
        assert (span.label, span.by, span.at) == ("GROUP", SPAN.by, SPAN.at)
        assert layer is not None
        assert known is not None
        assert known.seen.rows.spans == (((4, 10, "GROUP"), ROW),)
        assert [s.label for s in (*layer.spans, *known.base.spans)] == ["GROUP", "GROUP"]
        (conflict,) = tx.conflicts_of(key)
        assert [span.label for span in conflict.ours] == ["GROUP"]
        side = tx.local_states("m")[key]
        assert side.gold == side.base == side.proposal

    again = migrate(workspace)
    assert (again.before, again.revisions) == ("1.1.0", 0)


def test_a_sync_before_the_migration_is_refused(workspace):
    with pytest.raises(ConfigError, match="1.0.0"):
        sync(workspace)


def test_an_older_schema_than_the_corpus_is_refused(workspace, tmp_path):
    migrate(workspace)
    schema = tmp_path / "schemas" / "news-fr.yaml"
    schema.write_text(schema.read_text("utf-8").replace("1.1.0", "1.0.0", 1), encoding="utf-8")
    with pytest.raises(ConfigError, match="news-fr@1.1.0"):
        migrate(Workspace(tmp_path))
