"""Hash trees: one digest over many values, and a short proof that a value is among them.

The tree is that of RFC 6962 (Laurie, Langley and Kasper 2013, "Certificate Transparency", section
2.1): SHA-256, a zero byte before what a leaf hashes and a one byte before what a node hashes, so
that no leaf can pass for a node; a tree of n leaves splits at the largest power of two below n.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence


def leaf(value: bytes) -> bytes:
    """Hash of a leaf."""
    return hashlib.sha256(b"\x00" + value).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Hash of the node above two others."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(values: Iterable[bytes]) -> str:
    """Digest of the whole tree, as 64 hex digits; the values are streamed."""
    peaks: list[tuple[int, bytes]] = []  # whole subtrees from the left: how many leaves, and hash
    for value in values:
        size, top = 1, leaf(value)
        while peaks and peaks[-1][0] == size:
            top = node(peaks.pop()[1], top)
            size *= 2
        peaks.append((size, top))
    if not peaks:
        return hashlib.sha256().hexdigest()
    _, top = peaks.pop()
    while peaks:
        top = node(peaks.pop()[1], top)
    return top.hex()


def path(values: Sequence[bytes], place: int) -> tuple[str, ...]:
    """The hashes that prove that the value at a place, from 0, is in the tree, from the leaf up."""
    hashes = [leaf(value) for value in values]
    return tuple(step.hex() for step in _path(hashes, place))


def leads(value: bytes, place: int, size: int, steps: Sequence[str], digest: str) -> bool:
    """Whether a path leads from a value at a place of a tree with ``size`` leaves to its digest.

    The check is that of RFC 9162, section 2.1.3.2.
    """
    if not 0 <= place < size:
        return False
    at, last, top = place, size - 1, leaf(value)
    for step in map(bytes.fromhex, steps):
        if last == 0:
            return False
        if at % 2 or at == last:
            top = node(step, top)
            while at % 2 == 0 and at:
                at, last = at // 2, last // 2
        else:
            top = node(top, step)
        at, last = at // 2, last // 2
    return last == 0 and top.hex() == digest


def _path(hashes: Sequence[bytes], place: int) -> list[bytes]:
    if len(hashes) == 1:
        return []
    half = 1 << ((len(hashes) - 1).bit_length() - 1)
    if place < half:
        return [*_path(hashes[:half], place), _top(hashes[half:])]
    return [*_path(hashes[half:], place - half), _top(hashes[:half])]


def _top(hashes: Sequence[bytes]) -> bytes:
    if len(hashes) == 1:
        return hashes[0]
    half = 1 << ((len(hashes) - 1).bit_length() - 1)
    return node(_top(hashes[:half]), _top(hashes[half:]))
