"""Install curate on each Python of this machine, with the newest packages and with the pinned ones.

In each environment: ``pip check``, an import of every module, unit tests, and one whole loop with
Doccano; with the newest packages all that ``make test`` runs. Run it as ``make matrix``, or with
versions of Python: ``matrix.py 3.12 3.13``. ``--sample`` is the newest Python with the newest
packages and the unit tests, for CI.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VERSIONS = ("3.11", "3.12", "3.13", "3.14")
SETS: dict[str, list[str]] = {"newest": ["--upgrade"], "pinned": ["-c", "constraints.txt"]}
UNITS = (
    *("tests/doccano/test_client_copy.py", "tests/doccano/embedded", "tests/store"),
    *("tests/util", "tests/test_json_schemas.py", "tests/test_packaging.py"),
)
SAMPLE = "--sample"
FAST = "not slow and not browser and not faults"
LOOP = "tests/sync/test_run.py::test_the_whole_loop"
IMPORT_ALL = """\
import importlib, pkgutil, sys
import curate
for found in pkgutil.walk_packages(curate.__path__, "curate."):
    if found.name not in ("curate.__main__", "curate.doccano.embedded.django_settings"):
        importlib.import_module(found.name)
assert curate.load(sys.argv[1]).version
"""


def main(wanted: Sequence[str]) -> int:
    """Try every environment; returns the number of those in which something failed."""
    sample = SAMPLE in wanted
    named = [word for word in wanted if word != SAMPLE]
    found = dict(_pythons(named or VERSIONS))
    for version in named:
        if version not in found:
            sys.exit(f"there is no Python {version} here")
    if sample:
        found = dict([max(found.items(), key=lambda pair: VERSIONS.index(pair[0]))])
    failed = []
    with tempfile.TemporaryDirectory(prefix="curate-matrix-") as folder:
        for version, python in found.items():
            for name in ("newest",) if sample else SETS:
                began = time.monotonic()
                units = [*UNITS, "-m", "not server and not slow and not model"]
                if name == "newest" and not sample:
                    units = ["tests", "-m", FAST]
                step = _try(Path(folder) / f"{version}-{name}", python, SETS[name], units)
                result = f"FAILED: {step}" if step else "passed"
                seconds = time.monotonic() - began
                print(
                    f"== Python {version}, {name} packages: {result} ({seconds:.0f} s)", flush=True
                )
                failed += [f"{version}-{name}"] if step else []
    return len(failed)


def _pythons(versions: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each version that is here with its path; a version manager's script may be there in vain."""
    managed = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for version in versions:
        paths = [shutil.which(f"python{version}"), *sorted(managed.glob(f"{version}.*/bin/python"))]
        for path in filter(None, paths):
            if subprocess.run([path, "-c", ""], capture_output=True).returncode == 0:
                yield version, str(path)
                break


def _try(folder: Path, base: str, options: Sequence[str], tests: Sequence[str]) -> str:
    """Make an environment and use it; returns the step that failed, empty if none did."""
    uv, python = [_uv(), "--quiet"], str(folder / "bin" / "python")
    install = [*uv, "pip", "install", "--python", python, *options, "-e", ".[fr,dev]"]
    pytest = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    steps: dict[str, list[str]] = {
        "venv": [*uv, "venv", "--seed", "--python", base, str(folder)],
        "install": install,
        "check": [*uv, "pip", "check", "--python", python],
        "imports": [python, "-c", IMPORT_ALL, str(ROOT)],
        "tests": [*pytest, *tests, "-n", "2"],
        "sync": [*pytest, LOOP],
    }
    for name, command in steps.items():
        began = time.monotonic()
        done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL)
        print(f"{name}: {time.monotonic() - began:.0f} s", flush=True)
        if done.returncode:
            return name
    shutil.rmtree(folder)
    return ""


def _uv() -> str:
    found = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    return found or sys.exit("uv is not installed; `make matrix` installs it")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
