"""The programs that install Python packages: pip of this environment, and uv."""

from __future__ import annotations

import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

# Settings that would put packages elsewhere than into the folder that is named.
_MISLEADING = ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER")


def find_uv() -> str | None:
    """The path of uv, on the PATH or beside this Python; None if there is none."""
    return shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))


def has_pip() -> bool:
    """Whether this environment has pip; one that uv made has none."""
    return find_spec("pip") is not None


def installer_variables() -> dict[str, str]:
    """Our environment variables without those that would send packages elsewhere."""
    return {name: value for name, value in os.environ.items() if name not in _MISLEADING}
