"""Languages: py3langid against lingua (if it is installed), on the shared data in one run.

Usage: ``python tests/benchmarks/language.py [--every N]``; with N, every Nth text is looked at.

French is ``winer-fr-2016``, whole articles and pieces of some words; English is
``doccano-multiuser-novels``; old print is ``europeana-fr`` in pieces of 200 words; other languages
are sentences written for this. ``right`` and ``wrong`` are shares of all texts with the confidence
that ``curate.text.language`` asks for; the rest is unknown. Speed is by seconds of a core.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import psutil

from curate.text.language import LEAST_CONFIDENCE, SAMPLE, detect

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
LENGTHS = (2, 3, 5, 8, 12, 20, 40)
Answer = tuple[str, float]
OTHERS = {
    "de": (
        "Der Außenminister traf am Dienstagabend in Genf mit seinem Amtskollegen zusammen.",
        "Die Polizei nahm am Wochenende drei Männer fest, die ein Lager geplündert haben sollen.",
        "Nach dem Sturm sind in den Dörfern an der Küste noch immer tausend Häuser ohne Strom.",
    ),
    "es": (
        "El ministro de Asuntos Exteriores se reunió ayer por la noche con su colega suizo.",
        "La policía detuvo el fin de semana a tres hombres que habían robado en un almacén.",
        "Después de la tormenta, mil casas de los pueblos de la costa siguen todavía sin luz.",
    ),
    "it": (
        "Il ministro degli Esteri ha incontrato martedì sera a Ginevra il suo collega svizzero.",
        "La polizia ha arrestato nel fine settimana tre uomini che avevano svuotato un magazzino.",
        "Dopo la tempesta mille case dei paesi lungo la costa sono ancora senza elettricità.",
    ),
    "pt": (
        "O ministro dos Negócios Estrangeiros encontrou-se ontem à noite com o seu homólogo suíço.",
        "A polícia deteve no fim de semana três homens que tinham assaltado um armazém.",
        "Depois da tempestade, mil casas das aldeias da costa continuam ainda sem eletricidade.",
    ),
    "nl": (
        "De minister van Buitenlandse Zaken sprak dinsdagavond in Genève met zijn ambtgenoot.",
        "De politie hield in het weekend drie mannen aan die een loods hadden leeggeroofd.",
        "Na de storm zitten duizend huizen in de dorpen aan de kust nog altijd zonder stroom.",
    ),
    "ru": (
        "Министр иностранных дел встретился со своим коллегой в Женеве во вторник вечером.",
        "В выходные полиция задержала троих мужчин, которые ограбили склад на окраине города.",
        "После бури тысяча домов в деревнях на побережье всё ещё остаётся без электричества.",
    ),
}


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


def sets(every: int) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Names of the sets, and their texts, each with its language."""
    news, novels = french(), english()
    whole = {"French articles": (news, "fr"), "English passages": (novels, "en")}
    whole["scanned French, 200 words"] = (printed(), "fr")
    for size in LENGTHS:
        whole[f"French, {size} words"] = (pieces(news, size), "fr")
        whole[f"English, {size} words"] = (pieces(novels, size), "en")
    for name, (texts, code) in whole.items():
        yield name, [(text, code) for text in texts[::every]]
    yield "sentences in six others", [(text, code) for code in OTHERS for text in OTHERS[code]]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, metavar="N")
    asked = parser.parse_args()
    before = psutil.Process().memory_info().rss
    found = list(sets(asked.every))
    print("| texts | number | library | best guess right | right | wrong | texts/core-s |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for way, classify in ways():
        for name, texts in found:
            start = time.process_time()
            answers = [(*classify(text), code) for text, code in texts]
            speed = len(texts) / (time.process_time() - start)
            sure = [(told, code) for told, how, code in answers if how >= LEAST_CONFIDENCE]
            shares = (
                sum(told == code for told, _, code in answers) / len(texts),
                sum(told == code for told, code in sure) / len(texts),
                sum(told != code for told, code in sure) / len(texts),
            )
            told = " | ".join(f"{share:.4f}" for share in shares)
            print(f"| {name} | {len(texts):,} | {way} | {told} | {speed:,.0f} |", flush=True)
        now = psutil.Process().memory_info().rss
        print(f"{way}: {(now - before) / 1e6:,.0f} MB")
        before = now


if __name__ == "__main__":
    main()
