"""Tools that cannot be installed beside curate, in a folder of their own.

Only their own code and what that imports is installed (``--no-deps``); the rest is taken from the
environment of the tests.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from support.absent import absent

LABEL_STUDIO = (
    "label-studio-sdk==2.1.2",
    "ijson==3.6.0",
    "ujson==6.1.0",
    "pillow==13.0.0",
    "nltk==3.10.4",
    "pyjwt==2.13.0",
    "appdirs==1.4.4",
)
ARGILLA = (
    "argilla==2.8.0",
    "pydantic==2.14.4",
    "pydantic-core==2.50.5",
    "annotated-types==0.8.0",
    "typing-inspection==0.4.5",
    "httpx==0.28.1",
    "pillow==13.0.0",
)


def install(folder: Path, *requirements: str) -> Path:
    """Install packages into a folder; the test is skipped if there is no package index."""
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    command = (*pip, "--no-deps", "--target", str(folder), *requirements)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        absent(f"{requirements[0]} cannot be installed: {done.stderr.strip()[-300:]}")
    return folder


def run(folder: Path, script: str, *arguments: str | Path) -> str:
    """Run Python code with the packages of a folder; returns what it prints."""
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    command = (sys.executable, "-W", "ignore", "-c", script, *map(str, arguments))
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
