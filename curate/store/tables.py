"""The tables of the store. Values are canonical JSON, beside the columns that queries need."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
)
from sqlalchemy import Text as _Text

FORMAT = 4  # raised with every change of these tables; a store of another format is refused

metadata = MetaData()

# Sorted by code point in every database, whatever the locale of PostgreSQL. SQLite sorts by the
# bytes of UTF-8, which is the same order.
Text = _Text().with_variant(_Text(collation="C"), "postgresql")

info = Table(
    "info",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

documents = Table(
    "documents",
    metadata,
    Column("id", Text, primary_key=True),
    Column("data", Text, nullable=False),
)

layers = Table(  # layers of models, rules, proposals and annotators; gold is in revisions
    "layers",
    metadata,
    Column("document", ForeignKey("documents.id"), nullable=False),
    Column("layer", Text, nullable=False),
    Column("content", Text, nullable=False, server_default=""),  # digest of what it says
    Column("data", Text, nullable=False),
    PrimaryKeyConstraint("document", "layer"),
)

revisions = Table(
    "revisions",
    metadata,
    Column("document", ForeignKey("documents.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("at", Text, nullable=False),
    Column("content", Text, nullable=False),  # digest of what it says; empty for a tombstone
    Column("data", Text, nullable=False),
    PrimaryKeyConstraint("document", "number"),
)

releases = Table(
    "releases",
    metadata,
    Column("version", Text, primary_key=True),
    Column("created", Text, nullable=False),
    Column("data", Text, nullable=False),
)

remotes = Table(  # one row per Doccano project, whose description contains the marker
    "remotes",
    metadata,
    Column("marker", Text, primary_key=True),
    Column("url", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("project", Integer),
    Column("state", Text, nullable=False, server_default="{}"),  # RemoteState
)

tracked = Table(  # what was last pushed to, or seen in, a Doccano project
    "tracked",
    metadata,
    Column("marker", ForeignKey("remotes.marker"), nullable=False),
    Column("document", ForeignKey("documents.id"), nullable=False),
    Column("example", Integer),
    Column("confirmed", Boolean, nullable=False, default=False),
    Column("content", Text, nullable=False),  # digest of base, so that a plan need not decode it
    Column("base", Text, nullable=False),
    Column("seen", Text, nullable=False, server_default="{}"),  # LastSeen
    PrimaryKeyConstraint("marker", "document"),
)

assignments = Table(  # who annotates a document, where annotators work independently
    "assignments",
    metadata,
    Column("document", ForeignKey("documents.id"), primary_key=True),
    Column("data", Text, nullable=False),
)

comments = Table(  # what people wrote about a document in a Doccano project
    "comments",
    metadata,
    Column("marker", ForeignKey("remotes.marker"), nullable=False),
    Column("document", ForeignKey("documents.id"), nullable=False),
    Column("data", Text, nullable=False),
    PrimaryKeyConstraint("marker", "document"),
)

conflicts = Table(
    "conflicts",
    metadata,
    Column("document", ForeignKey("documents.id"), primary_key=True),
    Column("sync", Text, nullable=False),
    Column("data", Text, nullable=False),
)

journal = Table(
    "journal",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("sync", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("started", Text, nullable=False),
    Column("finished", Text),
)
