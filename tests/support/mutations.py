"""Valid files of every format that is read, and damaged versions of them from a seeded generator.

``python mutations.py FOLDER SEED COUNT FORMAT...`` reads that many damaged versions of each format
in a process of its own, whose memory is limited, and prints what went wrong as JSON. The input that
it is reading lies in FOLDER, so that one that ends the process can be looked at.
"""

from __future__ import annotations

import json
import random
import re
import resource
import shutil
import signal
import sys
import zlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

MEMORY = 6 << 30  # bytes of address space, of which the libraries take more than two thirds
SECONDS = 10  # of the processor, for one damaged file of some kilobytes

# Formats that curate reads and does not write; a format that is added needs its valid file here.
SAMPLES = {
    "tsv": "text\ttitle\tlabel\nAnna saw Rome.\tT\tA\nBela saw Oslo.\tU\tB\n",
    "csv": 'text,title,label\n"Anna, said ""no"".",T,A\nBela saw Oslo.,U,B\n',
    "html": (
        "<!doctype html><html lang='fr'><head><title>T</title></head><body><article><h1>T</h1>"
        "<p>Le ministre a reçu lundi à Paris son homologue, venu de loin, pour parler.</p>"
        "<p>Les deux hommes ont parlé de l’accord qui doit être signé en juin.</p></article>"
        "</body></html>"
    ),
    "feed": (
        "<?xml version='1.0'?><rss version='2.0'><channel><title>S</title><language>fr</language>"
        "<item><title>T</title><link>https://s.example/a</link>"
        "<pubDate>Mon, 02 Jun 2025 10:00:00 +0200</pubDate>"
        "<description>&lt;p&gt;Un texte.&lt;/p&gt;</description></item></channel></rss>"
    ),
    "tei": (
        '<TEI xmlns="http://www.tei-c.org/ns/1.0"><teiHeader><fileDesc><titleStmt><title>T</title>'
        "</titleStmt></fileDesc></teiHeader><text xml:lang='fr'><body><p><persName ref='#a'>Anna"
        "</persName> à <orgName>la <placeName>Seine</placeName></orgName>, <date>1901</date>.</p>"
        "<p>W<choice><sic>r</sic><corr>R</corr></choice>ong<note>n</note></p></body></text></TEI>"
    ),
    "token-table": (
        "TOKEN\tNE-COARSE-LIT\tNE-NESTED\tMISC\n# document_id = a\nAnna\tB-pers\t_\t_\n"
        "saw\tO\tO\tNoSpaceAfter\nRome\tB-loc\tB-loc\t_\n\nBela\tO\tO\t_\n"
    ),
    "spacy-json": (
        '[["Anna saw Rome", {"entities": [[0, 4, "PER"]], "cats": {"A": 1}}], {"text": "Bela",'
        ' "ents": [{"start": 0, "end": 4, "label": "PER"}], "tokens": [{"id": 0, "start": 0,'
        ' "end": 4}]}, {"id": 1, "paragraphs": [{"raw": "Anna saw", "sentences": [{"tokens":'
        ' [{"orth": "Anna", "ner": "U-PER"}, {"orth": "saw", "ner": "-"}]}], "cats": [{"label":'
        ' "A", "value": 1}]}]}]'
    ),
    "tagged-rows": (
        '{"id": "0", "tokens": ["Anna", "saw"], "ner_tags": ["B-PER", "O"]}\n'
        '{"doc_id": "a", "tokens": ["Rome"], "ner_tags": ["B-LOC"]}\n'
        '{"doc_id": "a", "words": ["Bela"], "tags": [null]}\n'
    ),
    "fasttext": "__label__a __label__b Anna saw Rome.\n__label__c Bela saw Oslo.\n",
    "txt": "Anna saw Rome.\n\nBela 👩🏽‍⚕️ saw Oslo.\n",
    "lines": "Anna saw Rome.\nBela 👩🏽‍⚕️ saw Oslo.\n",
}

_TOKENS = (
    *(b"\x00", b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", b"\r\n", b"\r", b"\n\n", b"\t", b"\x0c"),
    *(b" ", b'"', b"'", b"\\", b"\\ud83d", b"\\u0000", b"[", b"]", b"{", b"}", b",", b":", b"<"),
    *(b">", b"&", b"null", b"true", b"[]", b"{}", b'""', b"0", b"-1", b"1e999", b"NaN", b"0.5"),
    *(b"_", b"*", b"|", b"<!DOCTYPE x>", b"<![CDATA[", b"&#0;", b"&nbsp;", b"-DOCSTART-"),
    *(b"#FORMAT=", b"# newdoc", b"B-", b"I-PER", b"O", b"(1-person", b"1)"),
    *(b"T1\tPER 0 4\tAnna\n", b"R1\tx Arg1:T1 Arg2:T9\n"),
    *("\U0001f469\u200d".encode(), "\u2028".encode(), "\u00e9".encode(), "e\u0301".encode()),
)
_NUMBERS = (
    *(b"-1", b"0", b"1", b"2", b"99", b"65536", b"2147483648", b"9223372036854775808"),
    *(b"1" + b"0" * 30, b"1e308", b"-0", b"01", b"1.0", b"true", b'"3"', b"null"),
)
_DIGITS = re.compile(rb"-?\d+")


def mutate(data: bytes, random: random.Random, others: list[bytes]) -> bytes:
    """A damaged version of a file; ``others`` are files that pieces may come from."""
    for _ in range(random.choice((1, 1, 1, 2, 3, 6))):
        data = random.choice(_OPERATIONS)(data, random, others)
    return data[:200_000]


def _at(data: bytes, random: random.Random) -> int:
    return random.randrange(len(data) + 1)


def _slice(data: bytes, random: random.Random) -> tuple[int, int]:
    start = _at(data, random)
    return start, min(len(data), start + random.choice((1, 2, 8, 40, 400)))


def _flip(data: bytes, random: random.Random, others: list[bytes]) -> bytes:
    at = random.randrange(max(1, len(data)))
    return data[:at] + bytes([random.randrange(256)]) + data[at + 1 :]


def _insert(data: bytes, random: random.Random, others: list[bytes]) -> bytes:
    at = _at(data, random)
    return data[:at] + random.choice(_TOKENS) + data[at:]


def _delete(data: bytes, random: random.Random, others: list[bytes]) -> bytes:
    start, end = _slice(data, random)
    return data[:start] + data[end:]


def _double(data: bytes, random: random.Random, others: list[bytes]) -> bytes:
    start, end = _slice(data, random)
    return data[:end] + data[start:end] * random.choice((1, 2, 50)) + data[end:]


def _truncate(data: bytes, random: random.Random, others: list[bytes]) -> bytes:
    return data[: _at(data, random)]


def _number(data: bytes, random: random.Random, others: list[bytes]) -> bytes:
    numbers = list(_DIGITS.finditer(data))
    if not numbers:
        return _insert(data, random, others)
    match = random.choice(numbers)
    return data[: match.start()] + random.choice(_NUMBERS) + data[match.end() :]


def _lines(data: bytes, random: random.Random, others: list[bytes]) -> bytes:
    lines = data.splitlines(keepends=True) or [b""]
    first, second = (random.randrange(len(lines)) for _ in range(2))
    lines[first], lines[second] = lines[second], lines[first]
    return b"".join(lines)


def _value(data: bytes, random: random.Random, others: list[bytes]) -> bytes:
    """Replace a quoted string or a field between blanks by something else."""
    values = list(re.finditer(rb'"[^"]*"|[^\s",]+', data))
    if not values:
        return _insert(data, random, others)
    match = random.choice(values)
    return data[: match.start()] + random.choice(_TOKENS) + data[match.end() :]


def _nest(data: bytes, random: random.Random, others: list[bytes]) -> bytes:
    at = _at(data, random)
    return data[:at] + random.choice((b"[", b'{"a":', b"<a>", b"(a ")) * 3000 + data[at:]


def _splice(data: bytes, random: random.Random, others: list[bytes]) -> bytes:
    other = random.choice(others)
    start, end = _slice(other, random)
    at = _at(data, random)
    return data[:at] + other[start:end] + data[at:]


def _recode(data: bytes, random: random.Random, others: list[bytes]) -> bytes:
    text = data.decode("utf-8", "replace")
    return random.choice(
        (
            text.encode("utf-16"),
            text.encode("latin-1", "replace"),
            text.replace("\n", "\r\n").encode(),
            text.replace("\n", "\r").encode(),
            text.upper().encode(),
        )
    )


_OPERATIONS: tuple[Callable[[bytes, random.Random, list[bytes]], bytes], ...] = (
    *(_flip, _insert, _insert, _delete, _delete, _double, _truncate, _number, _number),
    *(_lines, _value, _value, _nest, _splice, _recode),
)


def valid_files(folder: Path) -> dict[str, Path]:
    """A valid file of every format that is read, written by curate where it writes the format."""
    from curate.formats.export import write
    from curate.formats.registry import FORMATS, READABLE
    from support.golden_corpus import CORPUS, RELEASE, SCHEMA

    files: dict[str, Path] = {}
    for name in READABLE:
        format = FORMATS[name]
        ending = format.endings[0] if format.endings else f".{name}"
        target = folder / name / f"valid{ending}"
        target.parent.mkdir(parents=True)
        if format.write is None:
            target.write_text(SAMPLES[name], encoding="utf-8")
        else:
            write(name, CORPUS, target, SCHEMA, RELEASE)
            if target.is_dir():
                target = next(it for it in sorted(target.rglob("*")) if it.suffix == ending)
        files[name] = target
    return files


def problems_of_damaged_files(
    files: dict[str, Path], folder: Path, seed: int, count: int
) -> dict[str, Any]:
    """Read damaged versions; what is not as it must be, and how often each refusal occurred."""
    failures: list[str] = []
    refusals: Counter[str] = Counter()
    others = [path.read_bytes()[:20_000] for path in files.values()]
    for name, path in files.items():
        generator = random.Random(f"{seed}-{name}")
        companion = path.with_suffix(".ann") if path.with_suffix(".ann").exists() else None
        for number in range(count):
            damaged = folder / name / f"damaged{path.suffix}"
            damaged.parent.mkdir(parents=True, exist_ok=True)
            damaged.write_bytes(_damage(path.read_bytes(), name, generator, others))
            if companion:
                notes = mutate(companion.read_bytes(), generator, others)
                damaged.with_suffix(".ann").write_bytes(notes)
            for read_as in (name, ""):
                if failure := _failure(damaged, read_as, refusals):
                    failures.append(f"{name} {number} as {read_as or 'detected'}: {failure}")
                    kept = folder / f"{name}-{number}{path.suffix}"
                    shutil.copy(damaged, kept)
    return {"failures": failures, "refusals": dict(refusals)}


def _damage(data: bytes, name: str, random: random.Random, others: list[bytes]) -> bytes:
    if name == "spacy" and random.random() < 0.7:  # the compression would hide its content
        return zlib.compress(mutate(zlib.decompress(data), random, others))
    return mutate(data, random, others)


def _failure(path: Path, read_as: str, refusals: Counter[str]) -> str:
    """What is wrong with how a damaged file was read; empty if nothing is."""
    from curate.errors import InputError
    from curate.formats.reading import ReadDocument
    from curate.formats.sources import read_annotated
    from curate.formats.to_document import to_document

    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        for item in read_annotated(path, read_as):
            if not isinstance(item, ReadDocument):
                if "more memory" in item.message:
                    return item.message
                if item.code == "read.unreadable":
                    refusals[re.sub(r"[:\d'].*", "", item.message)] += 1
                continue
            for layer in item.layers:
                keys = {span.key for span in layer.spans}
                size = len(item.document.text)
                if not all(0 <= start < end <= size for start, end, _ in keys):
                    return "a span lies outside its text"
                if not all(it.head in keys and it.tail in keys for it in layer.relations):
                    return "a relation has no spans"
            to_document(item)
    except InputError:
        return ""
    except BaseException as error:
        return f"{type(error).__name__}: {str(error)[:200]}"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return ""


class _NoEnd(BaseException):
    """Reading takes too long; not an ``Exception``, which a boundary would turn into a refusal."""


def _too_slow(*_: object) -> None:
    raise _NoEnd(f"no end after {SECONDS} s")


def _main(folder: Path, seed: int, count: int, names: list[str]) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGPROF, _too_slow)
    files = valid_files(folder / "valid")
    chosen = {name: files[name] for name in names or files}
    print(json.dumps(problems_of_damaged_files(chosen, folder / "damaged", seed, count)))


if __name__ == "__main__":
    _main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
