"""The JSON objects of a file, one by one: JSON Lines, or the elements of one array.

An array is split while it is read, so that memory does not grow with the file, and an element that
is not valid does not affect the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any, NamedTuple

import msgspec

from curate.formats.reading import Refusal, refuse
from curate.formats.source_file import SourceFile, is_undecodable

# A complete string, or a character that begins a string, opens, closes or separates.
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|["{}\[\],]', re.DOTALL)


class JsonObject(NamedTuple):
    """A JSON object, its file and line, and its text."""

    value: dict[str, Any]
    where: str
    text: str


def read_objects(source: SourceFile) -> Iterator[JsonObject | Refusal]:
    """The objects of a file; a value that is not a valid object is refused."""
    chunks = source.chunks()
    first = next(chunks, "").removeprefix("\ufeff")
    if first.lstrip(" \t\r\n").startswith("["):
        texts = _elements(chain((first,), chunks))
    elif source.ending == ".json":
        texts = iter([(1, "".join((first, *chunks)))])
    else:
        texts = _lines(chain((first,), chunks))
    for number, text in texts:
        if text.strip():
            yield _parse(text, source.location(number))


def first_object(source: SourceFile) -> dict[str, Any]:
    """The first object of a file, to detect its format; empty if the first megabyte has none."""
    if source.is_stdin:
        return {}
    chunks = source.chunks()
    start = next(chunks, "").removeprefix("\ufeff").lstrip(" \t\r\n")
    chunks.close()
    if start.startswith("["):
        texts = _elements(iter((start,)))
    else:
        texts = iter([(1, start)]) if source.ending == ".json" else _lines(iter((start,)))
    items = (_parse(text, "") for _, text in texts if text.strip())
    return next((item.value for item in items if isinstance(item, JsonObject)), {})


def _parse(text: str, where: str) -> JsonObject | Refusal:
    if is_undecodable(text):
        return refuse("unreadable", "not UTF-8", where, text)
    try:
        return JsonObject(msgspec.json.decode(text, type=dict[str, Any]), where, text)
    except (msgspec.MsgspecError, UnicodeError) as error:
        return refuse("malformed", f"not a JSON object ({error})", where, text)


def _lines(chunks: Iterator[str]) -> Iterator[tuple[int, str]]:
    """Lines ended by LF, with their numbers."""
    number, rest = 1, ""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split("\n")
        yield from enumerate(lines, number)
        number += len(lines)
    yield number, rest


def _elements(chunks: Iterator[str]) -> Iterator[tuple[int, str]]:
    """The texts of the elements of an array, with the numbers of the lines they begin in.

    ``buffer`` holds the text from the last element on; ``begin`` is where the current element
    begins in it, ``position`` where the search continues, ``line`` the number of the line there.
    """
    buffer, begin, position, depth, line = "", 0, 0, 0, 1
    for chunk in chunks:
        buffer += chunk
        while token := _TOKEN.search(buffer, position):
            sign = token[0]
            if sign == '"':  # the string continues in the next chunk
                position = token.start()
                break
            position = token.end()
            if depth == 1 and sign in ",]":
                text = buffer[begin : token.start()]
                yield line + text[: len(text) - len(text.lstrip())].count("\n"), text.strip()
                line += text.count("\n")
                begin = position
            depth = max(0, depth + (sign in "{[") - (sign in "]}"))
            if depth == 1 and sign == "[":  # the array itself
                line += buffer[begin:position].count("\n")
                begin = position
        else:
            position = len(buffer)
        buffer, position, begin = buffer[begin:], position - begin, 0
    if buffer.strip():
        yield line, buffer.strip()
    if depth == 1:
        yield line + buffer.count("\n"), "["  # the array is not closed: not a valid value
