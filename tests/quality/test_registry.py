"""The registry of checks, and the page of the documentation that lists them."""

from __future__ import annotations

import re

from support.checked_corpus import (
    SCHEMA,
)

from curate.quality import CHECKS
from curate.quality.registry import mask


def test_every_check_says_why_and_how_and_has_a_mask():
    for code, check in CHECKS.items():
        assert re.fullmatch(r"[a-z]+\.[a-z]+", code) and check.code == code
        assert check.why.endswith(".") and check.hint and check.message
        assert (check.limit is None) == (not check.bound)
        assert callable(mask(check, SCHEMA))


def test_the_page_of_the_documentation_lists_every_check(request):
    page = (request.config.rootpath / "docs" / "reference" / "checks.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `([a-z]+\.[a-z]+)` \| (\w+) \|", page, flags=re.M))
    assert rows == {code: check.severity for code, check in CHECKS.items()}
