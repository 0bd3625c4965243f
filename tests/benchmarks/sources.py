"""What is proposed on French texts of a source that no weight was learned from: strict span F1.

Usage: ``python tests/benchmarks/sources.py DATA [--cache FILE] [--learn FILE]``.

DATA is the folder with ``winer-fr-2016``, ``europeana-fr``, ``newseye-fr`` and ``fenec-cc``. Each
source is left out in turn: the weights are learned from the other three, and measured on it. WiNER
has rows for the months on which the rules were developed and for those that nobody read; for the
latter, weights are learned from its other months too, as those that ``--learn`` writes.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path

import msgspec

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # for tests/support

from support.sources import STEPS, held_out, learn, load_sources, run_proposers, score, training

HEAD = b"""\
# Voting weights for French, learned by tests/benchmarks/sources.py from four sources: the
# development months of WiNER-fr 2016 (annotation: CC BY 4.0), Europeana's newspapers (CC0), NewsEye
# (CC BY 4.0) and the Creative Commons part of FENEC.
# A weight is what a fact adds to the log-odds that a person accepts a span.
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--cache", type=Path, help="file for the spans of the model")
    parser.add_argument("--learn", type=Path, help="file to write the weights to")
    arguments = parser.parse_args()
    sources = load_sources(arguments.data)
    run_proposers([sample for samples in sources.values() for sample in samples], arguments.cache)
    if arguments.learn:
        weights = learn(training(sources))
        arguments.learn.write_bytes(HEAD + msgspec.yaml.encode(weights))
    print("| left out | spans |", " | ".join(STEPS), "|")
    for name, samples, weights in held_out(sources):
        spans = sum(len(sample.gold_keys) for sample in samples)
        figures = [score(samples, partial(step, weights)) for step in STEPS.values()]
        cells = " | ".join(" / ".join(f"{x:.3f}" for x in each) for each in figures)
        print(f"| {name} | {spans:,} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
