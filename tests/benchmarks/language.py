"""Languages: py3langid against lingua (if it is installed), on the shared data in one run.

Usage: ``python tests/benchmarks/language.py``.

French is ``winer-fr-2016``, whole articles and pieces of some words; English is
``doccano-multiuser-novels``; old print is ``europeana-fr`` in pieces of 200 words. ``right`` and
``wrong`` are shares of all texts with the confidence that ``curate.ingest.language`` asks for; the
rest is unknown.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from curate.ingest.language import LEAST_CONFIDENCE, SAMPLE, detect

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
LENGTHS = (2, 3, 5, 8, 12, 20, 40)
Answer = tuple[str, float]


def french() -> list[str]:
    """Modern news."""
    return [path.read_text("utf-8") for path in sorted((DATA / "winer-fr-2016").glob("*/*.txt"))]


def english() -> list[str]:
    """Passages of novels."""
    paths = sorted((DATA / "doccano-multiuser-novels").glob("*.jsonl"))
    lines = (line for path in paths for line in path.read_bytes().splitlines())
    return [msgspec.json.decode(line)["text"] for line in lines]


def printed() -> list[str]:
    """Scanned newspapers, 200 words each."""
    text = (DATA / "europeana-fr" / "enp_FR.bnf.bio").read_text("utf-8")
    words = [line.split()[0] for line in text.splitlines() if line.strip()]
    return [" ".join(words[at : at + 200]) for at in range(0, len(words), 200)]


def pieces(texts: list[str], size: int) -> list[str]:
    """Pieces of some words, twenty words or more apart."""
    found: list[str] = []
    for text in texts:
        words = text.split()
        places = range(0, len(words) - size + 1, max(size, 20))
        found += [" ".join(words[at : at + size]) for at in places]
    return found


def ways() -> Iterator[tuple[str, Callable[[str], Answer]]]:
    """Each library, with its models loaded."""

    def ours(text: str) -> Answer:
        found = detect(text, least=0)
        return found.code, found.confidence

    detect("Bonjour à tous")
    yield "py3langid", ours
    if importlib.util.find_spec("lingua"):
        from lingua import LanguageDetectorBuilder

        detector = LanguageDetectorBuilder.from_all_languages().with_preloaded_language_models()
        built = detector.build()

        def lingua(text: str) -> Answer:
            best = built.compute_language_confidence_values(text[:SAMPLE])[0]
            return best.language.iso_code_639_1.name.lower(), best.value

        yield "lingua", lingua


def main() -> None:
    """Print the table."""
    sets = [("French articles", french(), "fr"), ("English passages", english(), "en")]
    sets.append(("scanned French, 200 words", printed(), "fr"))
    for size in LENGTHS:
        sets.append((f"French, {size} words", pieces(french(), size), "fr"))
        sets.append((f"English, {size} words", pieces(english(), size), "en"))
    print("| texts | number | library | best guess right | right | wrong | texts/s |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for way, classify in ways():
        for name, texts, code in sets:
            start = time.process_time()
            answers = [classify(text) for text in texts]
            speed = len(texts) / (time.process_time() - start)
            sure = [told for told, confidence in answers if confidence >= LEAST_CONFIDENCE]
            shares = (
                sum(told == code for told, _ in answers) / len(texts),
                sum(told == code for told in sure) / len(texts),
                sum(told != code for told in sure) / len(texts),
            )
            told = " | ".join(f"{share:.4f}" for share in shares)
            print(f"| {name} | {len(texts):,} | {way} | {told} | {speed:,.0f} |")


if __name__ == "__main__":
    main()
