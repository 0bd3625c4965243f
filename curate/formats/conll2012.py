"""Format ``conll2012``: CoNLL-2011 and 2012, with names and coreference in brackets.

Reading: ``#begin document (<id>); part <number>`` starts a document, an empty line ends a sentence.
Columns are separated by blanks, or by tabs where a line has any. The fourth column is the token,
the eleventh has the names: ``(GPE*`` to ``*)``, or ``(GPE)``. They are spans of the layer of the
options. The last column has coreference: ``(0`` to ``0)``, several with ``|`` between them. These
mentions are spans ``mention`` of the layer ``column:coreference``, with a relation ``coreference``
from each to the one before it in its chain. Syntax, senses and roles are not read. The text is
rebuilt by the rule of ``token_tags``; a sentence with a line that cannot be read is refused.

Writing: tokens, names and coreference; all other columns are ``-``. A chain is what relations
``coreference`` or ``coref`` link, whatever the spans at their ends are called; a span ``mention``
that none links is a chain of its own, and is no name. Mentions of one chain must not cross. Other
relations, and categories, have no place.

References: Pradhan et al. 2012 (https://aclanthology.org/W12-4501),
https://conll.cemantix.org/2012/data.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from curate.errors import CurateError
from curate.formats.atomic_files import replace_file
from curate.formats.content import Evidence
from curate.formats.reading import AnnotationBuilder, ReadItem, ReadOptions
from curate.formats.source_file import SourceFile, is_undecodable
from curate.formats.token_lines import TokenLines
from curate.formats.token_tags import TaggedToken, build_document
from curate.formats.tokens import ChunkedDocument, sentences, token_ranges, tokenise
from curate.formats.writing import ExportedFile, ExportJob, ExportTally, GoldDocument
from curate.layers import column_layer
from curate.model import Relation, SpanKey

MENTION = "mention"
"""Label of the spans that the column of coreference marks."""
COREFERENCE = "coreference"
"""Label of the relation from a mention to the one before it in its chain."""
_COREFERENCES = (COREFERENCE, "coref")
_BEGIN = re.compile(r"#begin document \(?(.*?)\)?(?:; *part *(\d+))?\s*")
_WORD = 3  # columns, counted from 0
_NAMES = 10
_MIN_WIDTH = 12
_NAME = re.compile(r"\(([^()*\s]+)|(\))")
_MENTION = re.compile(r"\((\d+)\)|\((\d+)|(\d+)\)")
_NOTHING = ("", "-", "_", "*")


def read(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield the documents of a file; a sentence with a line that cannot be read is left out."""
    part, meta = TokenLines(), dict[str, str]()
    for number, line in source.lines():
        where = source.location(number)
        begin = _BEGIN.fullmatch(line)
        if begin or line.startswith("#end document"):
            yield from _document(part, meta, options)
            part, meta = TokenLines(), {}
            if begin:
                meta = {"id": begin[1]} | ({"part": begin[2]} if int(begin[2] or 0) else {})
        elif not line.strip():
            if options.unit == "sentence":
                yield from _document(part, meta, options)
                part = TokenLines()
            part.end_sentence()
        elif is_undecodable(line):
            part.damage(line, "unreadable", "not UTF-8", where)
        elif len(fields := _fields(line)) < _MIN_WIDTH or not fields[_WORD]:
            message = f"{len(fields)} columns where CoNLL-2012 has {_MIN_WIDTH} or more"
            part.damage(line, "malformed", message, where)
        else:
            part.add(line, TaggedToken(fields[_WORD], (fields[_NAMES], fields[-1]), where))
    yield from _document(part, meta, options)


def _fields(line: str) -> list[str]:
    return [field.strip() for field in line.split("\t")] if "\t" in line else line.split()


def _document(part: TokenLines, meta: dict[str, str], options: ReadOptions) -> Iterator[ReadItem]:
    part.end_sentence()
    if part.sentences:
        builder = build_document(part.sentences, part.where, options, [])
        tokens = [token for sentence in part.sentences for token in sentence]
        offsets = _offsets(builder.text, tokens)
        names, mentions = ([token.tags[n] for token in tokens] for n in (0, 1))
        if any(tag not in ("", "-", "_") for tag in names):
            _add_names(builder, tokens, offsets)
        if any(tag not in _NOTHING for tag in mentions):
            _add_mentions(builder, tokens, offsets)
        yield from builder.finish(meta)
    yield from part.refused


def _offsets(text: str, tokens: Iterable[TaggedToken]) -> list[tuple[int, int]]:
    """Where tokens begin and end in the text that was rebuilt from them."""
    offsets: list[tuple[int, int]] = []
    end = 0
    for token in tokens:
        start = text.index(token.text, end)
        end = start + len(token.text)
        offsets.append((start, end))
    return offsets


def _add_names(
    builder: AnnotationBuilder, tokens: list[TaggedToken], offsets: list[tuple[int, int]]
) -> None:
    builder.add_layer()
    opened: list[tuple[str, int, str]] = []
    for token, (start, end) in zip(tokens, offsets, strict=True):
        for label, closing in _NAME.findall(token.tags[0]):
            if label:
                opened.append((label, start, token.where))
            elif opened and closing:
                name, begin, where = opened.pop()
                builder.add_span(begin, end, name, where=where)
            else:
                builder.report("malformed", "a name ends that never began", token.where)
    for label, _, where in opened:
        builder.report("malformed", f"the name {label} never ends", where)


def _add_mentions(
    builder: AnnotationBuilder, tokens: list[TaggedToken], offsets: list[tuple[int, int]]
) -> None:
    layer = column_layer(COREFERENCE)
    opened: dict[str, list[tuple[int, str]]] = {}
    chains: dict[str, list[SpanKey]] = {}
    known: set[tuple[int, int]] = set()
    for token, (start, end) in zip(tokens, offsets, strict=True):
        for single, opening, closing in _MENTION.findall(token.tags[1]):
            chain = single or opening or closing
            if single or opening:
                opened.setdefault(chain, []).append((start, token.where))
            if opening:
                continue
            if not opened.get(chain):
                message = f"a mention of {chain} ends that never began"
                builder.report("malformed", message, token.where)
                continue
            begin, where = opened[chain].pop()
            if (begin, end) not in known:  # it may be in two chains
                builder.add_span(begin, end, MENTION, layer=layer, where=where)
            known.add((begin, end))
            chains.setdefault(chain, []).append((begin, end, builder.renamed(MENTION)))
    for chain, unclosed in opened.items():
        for _, where in unclosed:
            builder.report("malformed", f"a mention of {chain} never ends", where)
    for keys in chains.values():
        ordered = sorted(keys)
        for before, after in zip(ordered, ordered[1:], strict=False):
            builder.add_relation(after, before, COREFERENCE, layer=layer)


def sniff(source: SourceFile) -> Evidence:
    """Whether a line begins a document."""
    begins = source.head_text.lstrip("\ufeff \t\r\n").startswith("#begin document ")
    return Evidence.SIGNATURE if begins else Evidence.NONE


def write(documents: Iterable[GoldDocument], target: Path, job: ExportJob) -> ExportedFile:
    """Write the file; see ``curate.formats.export.write``.

    Raises:
        CurateError: a label contains white space, a bracket or an asterisk.
    """
    tally = job.tally()
    with replace_file(target) as file:
        for item in tokenise(documents, job.schema, tally, apart=(MENTION,)):
            chains = _mention_column(item, tally)
            tally.lose_categories(item.document, item.revision.categories)
            name = item.document.id
            # Where there are mentions alone, nothing is known about names.
            has_names = not item.revision.spans or len(item.chunks) > 0
            names = _name_column(item) if has_names else ["-"] * len(item.doc)
            file.write(f"#begin document ({name}); part 000\n".encode())
            for words in sentences(item):
                for number, word in enumerate(words):
                    unused = " ".join("-" * 6)
                    line = (
                        f"{name} 0 {number} {word.text} {unused} {names[word.i]} {chains[word.i]}\n"
                    )
                    file.write(line.encode())
                file.write(b"\n")
            file.write(b"#end document\n")
    return tally.exported(target, "conll2012")


def _mention_column(item: ChunkedDocument, tally: ExportTally) -> list[str]:
    """What the column of coreference has at each token; what it cannot hold is counted as lost."""
    revision = item.revision
    links = [it for it in revision.relations if it.label.lower() in _COREFERENCES]
    linked = {key for link in links for key in (link.head, link.tail)}
    spans = [it for it in revision.spans if it.label == MENTION or it.key in linked]
    places = token_ranges(spans, item.doc)
    chains = _chains([key for key in places if key[2] == MENTION or key in linked], links)
    crossing = {key for chain in chains for key in _crossing(chain, places)}
    written = places.keys() - crossing
    mentions = [it for it in spans if it.label == MENTION]
    tally.lose(item.document, "misaligned", (it for it in mentions if it.key not in places))
    tally.lose(item.document, "overlapping", (it for it in mentions if it.key in crossing))
    tally.spans += sum(it.key in written for it in mentions)
    tally.lose_relations(
        item.document,
        (it for it in revision.relations if it not in links or not {it.head, it.tail} <= written),
    )
    column: list[list[str]] = [[] for _ in item.doc]
    for number, chain in enumerate(chains):
        for first, last in sorted({places[key] for key in chain if key in written}):
            if last - first == 1:
                column[first].append(f"({number})")
            else:
                column[first].insert(0, f"({number}")
                column[last - 1].append(f"{number})")
    return ["|".join(brackets) or "-" for brackets in column]


def _chains(keys: Iterable[SpanKey], links: Iterable[Relation]) -> list[list[SpanKey]]:
    """The spans in groups that links connect, in order of their first span."""
    group = {key: [key] for key in sorted(keys)}
    for link in links:
        ends = [group.get(key) for key in (link.head, link.tail)]
        if ends[0] is not None and ends[1] is not None and ends[0] is not ends[1]:
            ends[0].extend(ends[1])
            group.update(dict.fromkeys(ends[1], ends[0]))
    return list({id(chain): sorted(chain) for chain in group.values()}.values())


def _crossing(
    chain: Iterable[SpanKey], places: Mapping[SpanKey, tuple[int, int]]
) -> Iterator[SpanKey]:
    """The spans of a chain that cross an earlier one, whose brackets would be taken for its."""
    before: list[tuple[int, int]] = []
    for key in chain:
        first, last = places[key]
        if any(start < first < end < last for start, end in before):
            yield key
        else:
            before.append((first, last))


def _name_column(item: ChunkedDocument) -> list[str]:
    """What the column of names has at each token."""
    names = ["*"] * len(item.doc)
    for first, last, label in item.chunks:
        if not re.fullmatch(r"[^()*\s]+", label):
            raise CurateError(
                f"conll2012 cannot hold the label {label!r}",
                "rename it without white space, brackets and asterisks",
            )
        names[first] = f"({label})" if last - first == 1 else f"({label}*"
        if last - first > 1:
            names[last - 1] = "*)"
    return names
