"""A program that proposes spans, and does so badly where it is told to.

Run as ``python proposing_program.py MODE [ARGUMENT]``; it finds the words Paris and Oslo.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

PLACES = re.compile(r"Paris|Oslo")


def command(mode: str, *arguments: str) -> tuple[str, ...]:
    """The command that runs this file."""
    return (sys.executable, str(Path(__file__).resolve()), mode, *arguments)


def row(document: dict[str, Any], unit: str = "") -> dict[str, Any]:
    """The right answer, with offsets in code points or in another unit."""
    text = document["text"]

    def count(end: int) -> int:
        return len(text[:end].encode(unit)) // (2 if unit == "utf-16-le" else 1) if unit else end

    return {
        "id": document["id"],
        "spans": [
            {"start": count(m.start()), "end": count(m.end()), "label": "LOC", "text": m[0]}
            for m in PLACES.finditer(text)
        ],
    }


def tell(value: object) -> None:
    print(value if isinstance(value, str) else json.dumps(value), flush=True)


def main(mode: str, argument: str = "") -> None:
    documents = [json.loads(line) for line in sys.stdin]
    if argument and mode == "log":  # which documents each run was given
        with Path(argument).open("a", encoding="utf-8") as log:
            log.write(" ".join(document["text"] for document in documents) + "\n")
    if mode == "backwards":
        documents.reverse()
    for document in documents:
        bad = "panne" in document["text"]
        answer = row(document, argument if mode == "unit" else "")
        if mode == "environment":
            answer["spans"] = [{"start": 0, "end": 1, "label": name} for name in os.environ]
        elif mode == "dies" and bad:
            print("first line\nno luck", file=sys.stderr)
            sys.exit(3)
        elif mode == "hangs" and bad:
            child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
            Path(argument).write_text(f"{os.getpid()} {child.pid}", encoding="utf-8")
            time.sleep(300)
        elif mode == "silent" and bad:
            continue
        elif mode == "twice" and bad:
            tell(answer)
        elif mode == "half" and bad:
            print(json.dumps(answer)[:-7], end="", flush=True)
            sys.exit(1)
        elif mode == "line" and bad:
            tell(argument)
            continue
        elif mode == "also":
            tell(argument)
        elif mode == "span" and bad:
            answer["spans"] = [json.loads(argument)]
        elif mode == "endless":
            while True:
                print("x" * 100_000)
        tell(answer)


if __name__ == "__main__":
    main(*sys.argv[1:])
