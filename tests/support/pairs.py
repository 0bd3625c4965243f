"""Every pair of formats: a rich corpus written in one, converted to the other, and read again.

``python tests/support/pairs.py`` writes the table of ``docs/formats.md`` anew.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from curate.formats.convert import ConversionResult, convert
from curate.formats.export import write
from curate.formats.reading import KEPT, ReadDocument
from curate.formats.registry import FORMATS, READABLE, WRITABLE
from curate.formats.sources import read_annotated, source_files
from curate.formats.writing import NOT_JUDGED
from curate.model import Category, Document, Relation, Revision, Span
from curate.schema import Label, RelationType, Schema
from curate.util import jsonl

SOURCES = tuple(name for name in WRITABLE if name in READABLE)
"""Formats that are both written and read, from which the corpus is converted."""


def _label(name: str) -> Label:
    return Label(name=name, title=name, description=name, colour="#336699")


SCHEMA = Schema(
    name="rich",
    version="1.0.0",
    language="en",
    title="Rich",
    introduction="A corpus for pairs of formats.",
    labels=tuple(map(_label, ("EVENT", "LOC", "ORG", "PER"))),
    relations=tuple(
        RelationType(name=name, title=name, description=name, colour="#993366")
        for name in ("at", "of")
    ),
    categories=(_label("news"), _label("sport")),
    overlap=True,
)


def _document(
    text: str,
    *marks: tuple[str, str],
    relations: tuple[tuple[int, int, str], ...] = (),
    categories: tuple[str, ...] = (),
    scores: bool = False,
) -> tuple[Document, Revision]:
    """A document whose spans are named by what they mark, each after the one before it."""
    document = Document(
        id=jsonl.document_id(text), text=text, lang="en", meta={"title": text.split("\n")[0][:20]}
    )
    spans: list[Span] = []
    for number, (surface, label) in enumerate(marks):
        start = text.index(surface)
        score = round(0.5 + number / 10, 1) if scores else None
        by = ("annotator:ada", "annotator:bea", "model:m@1")[number % 3]
        spans.append(Span(start, start + len(surface), label, by, "2026-01-01T00:00:00Z", score))
    links = tuple(
        Relation(spans[head].key, spans[tail].key, label, "annotator:ada", "2026-01-01T00:00:00Z")
        for head, tail, label in relations
    )
    chosen = tuple(Category(name, "annotator:ada", "2026-01-01T00:00:00Z") for name in categories)
    revision = Revision(
        document=document.id,
        number=1,
        author="annotator:ada",
        at="2026-01-01T00:00:00Z",
        reason="first",
        schema=SCHEMA.id,
        spans=tuple(sorted(spans, key=lambda span: span.key)),
        relations=tuple(sorted(links, key=lambda link: link.key)),
        categories=chosen,
    )
    return document, revision


# Our own sentences, CC0.
CORPUS = sorted(
    [
        _document(
            "The Museum of Oslo opens.\n\nAnna Elm saw the Museum in Oslo, Norway.",
            ("Museum of Oslo", "ORG"),
            ("Oslo", "LOC"),
            ("Anna Elm", "PER"),
            ("Anna", "PER"),
            ("Oslo, Norway", "LOC"),
            ("Norway", "LOC"),
            relations=((2, 4, "at"), (1, 5, "of")),
            categories=("news",),
        ),
        _document(
            "👩🏽‍⚕️ Zoé saw 🇳🇴 Tromsø; Zoé’s team won. Ça va, naïve café?",
            ("Zoé", "PER"),
            ("🇳🇴 Tromsø", "LOC"),
            ("Tromsø", "LOC"),
            ("team won", "EVENT"),
            ("café", "ORG"),
            relations=((0, 2, "at"),),
            categories=("news", "sport"),
            scores=True,
        ),
        _document(
            "First line.\r\nCem Kaya ran\r\nin Rome.\r\n",
            ("Cem Kaya", "PER"),
            ("Kaya ran\r\nin", "EVENT"),
            ("Rome", "LOC"),
            relations=((0, 2, "at"),),
        ),
        _document('A "quoted", [bracketed] | barred & <tagged> # text; with\ttabs \\ and _.'),
        _document(
            "البنك المركزي in Cairo: 東京 と 大阪.", ("البنك المركزي", "ORG"), ("東京", "LOC")
        ),
    ],
    key=lambda pair: pair[0].id,
)


class Content(NamedTuple):
    """A document as every format can hold it: places count characters that are not white space."""

    text: str
    lang: str
    meta: dict[str, str]
    spans: frozenset[tuple[int, int, str]]
    relations: frozenset[Any]
    categories: frozenset[str]
    signed: frozenset[Any]  # spans with their author
    scored: frozenset[Any]  # spans with their score


def content(item: ReadDocument) -> Content:
    """What was read of a document, all layers together."""
    text = item.document.text
    places = [0]
    for char in text:
        places.append(places[-1] + (not char.isspace()))

    def place(key: tuple[int, int, str]) -> tuple[int, int, str]:
        return places[key[0]], places[key[1]], key[2]

    spans = [span for layer in item.layers for span in layer.spans]
    relations = [it for layer in item.layers for it in layer.relations]
    return Content(
        text=text,
        lang=item.document.lang,
        meta=item.document.meta,
        spans=frozenset(place(span.key) for span in spans),
        relations=frozenset((place(it.head), place(it.tail), it.label) for it in relations),
        categories=frozenset(it.label for layer in item.layers for it in layer.categories),
        signed=frozenset((place(span.key), span.by) for span in spans),
        scored=frozenset((place(span.key), span.score) for span in spans),
    )


_NOTHING = Content("", "", {}, *(frozenset[Any]() for _ in range(5)))


def contents(path: Path, format: str) -> dict[str, Content]:
    """The documents of a file or folder, by their text without white space.

    Raises:
        AssertionError: something of it was refused or lost in reading.
    """
    read_as = "parquet" if format == "huggingface" else format
    root = path / "data" / "documents" if format == "huggingface" else path
    documents: dict[str, Content] = {}
    for file in source_files([root], read_as):
        for item in read_annotated(file, read_as):
            if isinstance(item, ReadDocument):
                documents["".join(item.document.text.split())] = content(item)
            else:
                reason = item.code.removeprefix("read.")
                assert item.severity == "info" or reason in KEPT, (format, item)
    return documents


class PairRun(NamedTuple):
    """A conversion: the documents before, its account, and the documents that were read again."""

    source: str
    target: str
    before: dict[str, Content]
    result: ConversionResult
    after: dict[str, Content] | None  # None if the format is not read

    def kept(self) -> str:
        """Spans, relations and categories that were written, such as ``14/3/2``."""
        (file,) = self.result.written
        return f"{file.spans}/{file.relations}/{file.categories}"


def written(folder: Path, source: str) -> Path:
    """The corpus in a format."""
    path = folder / f"rich.{source}"
    write(source, CORPUS, path, SCHEMA)
    return path


def run_pair(path: Path, source: str, target: str, folder: Path) -> PairRun:
    """Convert the corpus from one format to another, and read it again."""
    out = folder / f"{source}-to.{target}"
    result = convert([path], out, read_as=source, write_as=target)
    is_read = FORMATS[target].read is not None or target == "huggingface"
    after = contents(out, target) if is_read else None
    return PairRun(source, target, contents(path, source), result, after)


def differences(run: PairRun) -> list[str]:
    """How what was read again differs from what the account of the conversion says."""
    after, lost = run.after, Counter(run.result.lost)
    writes = FORMATS[run.target].writes
    if run.result.refused:
        return [f"refused {run.result.refused}"]
    if after is None:
        return []
    # Texts that nobody judged are left out where the format cannot say so.
    left_out = run.before.keys() - after.keys()
    has_annotations = [key for key in left_out if any(run.before[key][3:5])]
    count = run.result.noted.get(NOT_JUDGED, 0)
    if after.keys() - run.before.keys() or has_annotations or len(left_out) not in (0, count):
        return [f"documents: {run.before.keys() ^ after.keys()}, {count} are said to be unjudged"]
    said = Counter(it.code.removeprefix("export.") for it in run.result.problems if it.span)
    found: list[str] = []
    for kind in ("spans", "relations", "categories"):
        gone = {
            (key, item)
            for key, before in run.before.items()
            for item in getattr(before, kind) - getattr(after.get(key, _NOTHING), kind)
        }
        new = {
            (key, item)
            for key, now in after.items()
            for item in getattr(now, kind) - getattr(run.before[key], kind)
        }
        count = sum(said.values()) if kind == "spans" else lost[kind]
        if len(gone) != count or new:
            found.append(f"{kind}: {count} said to be lost, {gone or 'none'} are; new {new}")
    for key, now in after.items():
        before = run.before[key]
        if "text" in writes and now.text != before.text:
            found.append(f"text: {before.text!r} became {now.text!r}")
        if "lang" in writes and now.lang != before.lang:
            found.append(f"lang: {before.lang!r} became {now.lang!r}")
        if "meta" in writes and _plain(now.meta) != _plain(before.meta):
            found.append(f"meta: {before.meta} became {now.meta}")
        for aspect, name in (("by", "signed"), ("score", "scored")):
            if aspect in writes and not getattr(now, name) <= getattr(before, name):
                found.append(f"{aspect}: {getattr(before, name)} became {getattr(now, name)}")
    return found


def _plain(meta: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in meta.items() if name not in ("id", "curate_id")}


def run_pairs() -> Iterator[PairRun]:
    """Convert the corpus for every pair of formats."""
    for source in SOURCES:
        with tempfile.TemporaryDirectory() as name:
            path = written(Path(name), source)
            for target in WRITABLE:
                yield run_pair(path, source, target, Path(name))


PAGE = Path(__file__).parents[2] / "docs" / "formats.md"
_BEGIN, _END = "<!-- pairs: generated by tests/support/pairs.py -->\n", "<!-- end of pairs -->\n"


def table(runs: dict[tuple[str, str], str]) -> str:
    """What every pair keeps, as a table; formats that agree in all cells share a row or column."""
    rows = _groups({a: tuple(runs[a, b] for b in WRITABLE) for a in SOURCES})
    columns = _groups({b: tuple(runs[a, b] for a in SOURCES) for b in WRITABLE})
    lines = [
        ["from \\ to", *(", ".join(f"`{name}`" for name in names) for names in columns)],
        ["---"] * (len(columns) + 1),
    ]
    for names in rows:
        cells = [runs[names[0], column[0]] for column in columns]
        lines.append([", ".join(f"`{name}`" for name in names), *cells])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _groups(cells: dict[str, tuple[str, ...]]) -> list[list[str]]:
    groups: dict[tuple[str, ...], list[str]] = {}
    for name, values in cells.items():
        groups.setdefault(values, []).append(name)
    return list(groups.values())


def page_table() -> str:
    """The table that the page of formats has now."""
    return PAGE.read_text("utf-8").partition(_BEGIN)[2].partition(_END)[0]


def _main() -> None:
    generated = table({(run.source, run.target): run.kept() for run in run_pairs()})
    before, begin, rest = PAGE.read_text("utf-8").partition(_BEGIN)
    PAGE.write_text(before + begin + generated + _END + rest.partition(_END)[2], "utf-8")


if __name__ == "__main__":
    _main()
