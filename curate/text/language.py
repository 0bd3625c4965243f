"""The language of a text, detected offline by py3langid, with its confidence.

The model is that of langid.py (Lui and Baldwin 2012), retrained: naive Bayes over byte n-grams, for
140 languages, included in the package. A language that is not certain counts as unknown: a wrong
one costs more than none, since it chooses the models that annotate. Figures are in
``docs/explanation/normalisation.md``.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from curate.errors import ConfigError
from curate.model import Record

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

UNKNOWN = ""
NO_LANGUAGE = "zxx"  # ISO 639-2: no linguistic content
LEAST_CONFIDENCE = 0.85
SAMPLE = 1000  # code points; more takes longer, and changed no result on the shared data
BEGINNING = 200  # code points that are examined first, and alone if they suffice
SURE = 0.95  # suffices: on the shared data, no result with this confidence was wrong


class DetectedLanguage(Record, frozen=True):
    """A language with its confidence.

    Args:
        code: ISO 639-1, or 639-3 if that has no code; empty if unknown.
        confidence: probability of the most likely language, 0 to 1, also if it counts as unknown.
    """

    code: str = UNKNOWN
    confidence: float = 0.0


def detect(
    text: str, among: tuple[str, ...] = (), least: float = LEAST_CONFIDENCE
) -> DetectedLanguage:
    """Detect the language of a text.

    Args:
        text: the text. Its first ``BEGINNING`` code points are examined, or ``SAMPLE`` of them if
            these do not suffice.
        among: codes of the possible languages; all by default.
        least: confidence below which the language is unknown, as it is for most texts of less than
            ten words.

    Raises:
        ConfigError: a language of ``among`` is unknown.
    """
    language = _classify(text[:BEGINNING], among)
    suffices = language.confidence >= max(least, SURE) and language.code != NO_LANGUAGE
    if not suffices and len(text) > BEGINNING:
        language = _classify(text[:SAMPLE], among)
    if language.confidence < least or language.code == NO_LANGUAGE:
        return DetectedLanguage(UNKNOWN, language.confidence)
    return language


def detect_for(text: str, languages: tuple[str, ...]) -> DetectedLanguage:
    """Detect which of the languages of a corpus a text is in.

    A short text is told more surely among few languages than among all. A text that is surely in
    none of them is not forced into one: then the result is the language that it is in.

    Args:
        text: the text.
        languages: the languages of the corpus; if there are none, all are possible.

    Raises:
        ConfigError: one of the languages cannot be detected.
    """
    if not languages:
        return detect(text)
    other = detect(text, least=SURE)
    if other.code and other.code not in languages:
        return other
    return detect(text, among=languages)


def _classify(sample: str, among: tuple[str, ...]) -> DetectedLanguage:
    """The most likely language, whatever its confidence."""
    if not any(char.isalpha() for char in sample):
        return DetectedLanguage()
    code, probability = _identifier(among).classify(sample)
    return DetectedLanguage(str(code), round(float(probability), 4))


@cache
def _identifier(among: tuple[str, ...]) -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    try:
        identifier.set_languages(among or None)
    except ValueError as error:
        raise ConfigError(
            f"languages that can be detected: {error}",
            "use codes of ISO 639-1 such as fr, en; leave out the language, and name it with "
            "--lang when its articles are ingested",
        ) from error
    return identifier
