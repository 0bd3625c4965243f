"""Hash trees: one digest over many values.

The tree is that of RFC 6962 (Laurie, Langley and Kasper 2013, "Certificate Transparency", section
2.1): SHA-256, a zero byte before what a leaf hashes and a one byte before what a node hashes, so
that no leaf can pass for a node; a tree of n leaves splits at the largest power of two below n.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable


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
