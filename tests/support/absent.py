"""Tests that need something which this machine does not have."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def absent(reason: str) -> NoReturn:
    """Skip the test, or fail it with ``CURATE_TEST_ABSENT=fail``, as in ``.ci/run``."""
    (pytest.fail if os.environ.get("CURATE_TEST_ABSENT") == "fail" else pytest.skip)(reason)
