"""The catalogue: each check with its stable id, its level, why it matters and how to mend it.

Nothing here needs a library, a schema or a corpus; ``suites`` turns a check into expectations.
"""

from __future__ import annotations

import difflib

from curate.errors import ConfigError
from curate.quality import _content, _structure
from curate.quality.check import Check, Need, Table

__all__ = ["CHECKS", "ORDER", "Check", "Need", "Table", "known"]

CHECKS: dict[str, Check] = {
    check.code: check
    for check in (
        *_structure.DOCUMENTS,
        *_structure.SPANS,
        *_structure.RELATIONS,
        *_structure.CATEGORIES,
        *_structure.LAYERS,
        *_content.SCHEMA,
        *_content.CONTENT,
        *_content.PROCESS,
        *_content.CORPUS,
    )
}
ORDER: tuple[Table, ...] = (
    "documents",
    "spans",
    "relations",
    "categories",
    "layers",
    "schema",
    "mentions",
    "unmarked",
    "corpus",
)


def known(code: str) -> Check:
    """The check of this id.

    Raises:
        ConfigError: there is none.
    """
    if code in CHECKS:
        return CHECKS[code]
    near = difflib.get_close_matches(code, CHECKS, n=3) or list(CHECKS)
    raise ConfigError(f"curate.toml: there is no check {code!r}", f"use {' or '.join(near)}")
