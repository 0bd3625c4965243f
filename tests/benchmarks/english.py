"""English rules and boundaries on invented news: ``python tests/benchmarks/english.py``."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support import english_news


def main() -> None:
    """Print the figures of both parts of the sample."""
    for part in ("dev", "held"):
        items = english_news.news(part)
        right, total, harmed = english_news.cleaning(items)
        print(f"{part}: {right} of {total} widened names cleaned, {harmed} right ones cut")
        for label, outcome in english_news.proposals(items).items():
            precision = outcome.right / max(outcome.given, 1)
            recall = outcome.right / max(outcome.gold, 1)
            print(
                f"  {label:5} P {precision:.3f} R {recall:.3f} F {outcome.f1:.3f} ({outcome.gold})"
            )


if __name__ == "__main__":
    main()
