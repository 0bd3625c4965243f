"""Which packages install in their newest version beside curate: the table of dependencies.md.

uv resolves each of them together with curate and all its extras, without installing anything, and
by itself for the newest version that can be installed at all. Run it as ``make beside``; it needs a
network.
"""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "decisions" / "dependencies.md"
BLOCK = re.compile(r"(?s)(<!-- make beside -->\n).*?(<!-- end -->\n)")
PACKAGES = (
    *("anthropic", "argilla", "datasets", "dvc", "fastapi", "gradio", "huggingface-hub"),
    *("instructor", "jupyterlab", "label-studio", "label-studio-sdk", "langchain", "litellm"),
    *("mcp", "mlflow", "openai", "polars", "pydantic-ai", "scikit-learn", "streamlit"),
    *("transformers", "wandb"),
)


def main(packages: Sequence[str]) -> None:
    """Write the table of these packages into the page, or print it if only some are asked for."""
    rows = [_row(package) for package in packages or PACKAGES]
    today = datetime.now(UTC).date().isoformat()
    table = "\n".join(
        [
            f"Resolved on {today} with Python {platform.python_version()}.",
            "",
            "| package | newest | beside curate | |",
            "| --- | --- | --- | --- |",
            *rows,
            "",
        ]
    )
    if packages:
        print(table)
        return
    text = PAGE.read_text("utf-8")
    PAGE.write_text(BLOCK.sub(lambda found: found[1] + table + found[2], text), encoding="utf-8")


def _row(package: str) -> str:
    newest, curate = _resolve([package])[package], f"curate-corpus[all] @ {ROOT.as_uri()}"
    try:  # its newest is asked for, since a resolver that may choose can settle for less
        beside, said = _resolve([f"{package}=={newest}", curate])[package], "newest"
    except subprocess.CalledProcessError as error:
        reason = " ".join(error.stderr.split())
        try:
            beside, said = _resolve([package, curate])[package], f"older: {reason}"
        except subprocess.CalledProcessError:
            beside, said = "none", reason
    print(f"{package} {newest}: {beside}", file=sys.stderr, flush=True)
    return f"| {package} | {newest} | {beside} | {said} |"


def _resolve(requirements: Sequence[str]) -> dict[str, str]:
    """Versions by name of what would be installed in an empty environment."""
    command = [_uv(), "pip", "compile", "--quiet", "--no-header", "--no-annotate", "-"]
    text = "\n".join(requirements)
    done = subprocess.run(
        [*command, "--python", sys.executable],
        input=text,
        capture_output=True,
        text=True,
        check=True,
    )
    pins = [line.partition("==") for line in done.stdout.splitlines() if "==" in line]
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, _, version in pins}


def _uv() -> str:
    found = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    return found or sys.exit("uv is not installed; `make beside` installs it")


if __name__ == "__main__":
    main(sys.argv[1:])
