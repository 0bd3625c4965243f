"""Write the dumps of a small store as this curate makes it, for the tests of later upgrades.

Run it before the format is raised: ``PYTHONPATH=.:tests python tests/store/stores/make.py``. It
needs PostgreSQL and its pg_dump.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
import subprocess
import tempfile
from pathlib import Path

from support.postgresql import Cluster, _find

from curate.model import Annotation, Assignment, Comment, Document, Revision, Span
from curate.store import Store
from curate.store.tables import FORMAT
from curate.store.transaction import Remote, Tracked, Transaction
from curate.util import jsonl

HERE = Path(__file__).parent
MARKER = "a" * 32


def fill(tx: Transaction) -> None:
    """At least one row in every table but that of releases."""
    text = "Kiev et Paris."
    made = Document(id=jsonl.document_id(text), text=text, lang="fr")
    kiev, paris = Span(0, 4, "LOC", by="model:m@1", score=0.5), Span(8, 13, "LOC", by="model:m@1")
    proposal = Annotation(document=made.id, layer="proposal", spans=(kiev, paris))
    tx.add_document(made)
    for name in ("proposal", "annotator:bela", "annotator:Anna"):
        tx.put_annotation(Annotation(document=made.id, layer=name, spans=(kiev, paris)))
    tx.add_revision(
        Revision(
            document=made.id,
            number=1,
            author="annotator:anna",
            at="2026-01-01T00:00:00Z",
            reason="pulled",
            schema="news-fr@1.0.0",
            spans=(kiev,),
        )
    )
    tx.put_remote(Remote(marker=MARKER, url="http://127.0.0.1:8765", name="news", project=1))
    tx.track(MARKER, Tracked(document=made.id, base=proposal, example=7))
    tx.finish_step(tx.start_step("s1", "push", "", "2026-01-01T00:00:00Z"), "2026-01-01T00:00:01Z")
    tx.put_conflicts(made.id, "s1", [])
    tx.assign(Assignment(document=made.id, annotators=("anna", "bela")))
    comment = Comment(by="anna", at="2026-01-01T00:00:00Z", text="Sûr ?")
    tx.put_comments(MARKER, made.id, (comment,))
    tx.set_info("annotations", '{"gold/8a.jsonl":"1-1"}')


def main() -> None:
    """Write both dumps."""
    with tempfile.TemporaryDirectory() as folder:
        made(f"sqlite:///{folder}/corpus.db")
        with contextlib.closing(sqlite3.connect(f"{folder}/corpus.db")) as connection:
            dump = "\n".join(connection.iterdump()) + "\n"
    (HERE / f"format-{FORMAT}.sql").write_text(dump, encoding="utf-8")
    cluster = Cluster.make()
    try:
        made(cluster.url().replace("postgresql:", "postgresql+psycopg:"))
        (HERE / f"format-{FORMAT}.postgresql.sql").write_text(dumped(cluster), encoding="utf-8")
    finally:
        cluster.remove()


def made(url: str) -> None:
    """A filled store."""
    store = Store(url)
    with store.begin() as tx:
        fill(tx)
    store.close()


def dumped(cluster: Cluster) -> str:
    """What pg_dump says of the tables, without what is only for psql and in one schema alone."""
    command = [str(_find("pg_dump")), "-h", str(cluster.folder), "-U", "admin", "curate"]
    options = ["--inserts", "--no-owner", "--no-privileges", "--schema=public"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=True)
    lines = re.sub(r"(?m)^(--.*|\\.*|SET .*|SELECT pg_catalog\.set_config.*|)\n", "", done.stdout)
    lines = re.sub(r"(?m)^(CREATE SCHEMA|COMMENT ON SCHEMA) public.*\n", "", lines)
    return lines.replace("public.", "")


if __name__ == "__main__":
    main()
