"""The language of a text, found offline by py3langid, and how sure that is.

The model is that of langid.py (Lui and Baldwin 2012), trained anew: naive Bayes over byte n-grams,
140 languages, in the package itself. What is not sure is unknown: a wrong language costs more than
none, since it chooses the models that annotate. Figures are in
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
NOTHING = "zxx"  # ISO 639-2: no linguistic content
LEAST_CONFIDENCE = 0.85
SAMPLE = 1000  # code points; more changes no answer on the shared data and takes longer
BEGINNING = 200  # code points that are looked at first, and alone where they are
SURE = 0.95  # enough: on the shared data none that was so sure was wrong


class DetectedLanguage(Record, frozen=True):
    """A language and how sure it is.

    Args:
        code: ISO 639-1, or 639-3 where that has none; empty if unknown.
        confidence: probability of the likeliest language, 0 to 1, whether that is enough or not.
    """

    code: str = UNKNOWN
    confidence: float = 0.0


def detect(
    text: str, among: tuple[str, ...] = (), least: float = LEAST_CONFIDENCE
) -> DetectedLanguage:
    """The language of a text.

    Args:
        text: the text; its first ``BEGINNING`` code points count, or ``SAMPLE`` of them where
            these do not make it sure.
        among: codes of the languages that it may be in; any by default.
        least: confidence below which the language is unknown, as it is for most texts of less than
            ten words.

    Raises:
        ConfigError: one of ``among`` is not known.
    """
    found = _classified(text[:BEGINNING], among)
    enough = found.confidence >= max(least, SURE) and found.code != NOTHING
    if not enough and len(text) > BEGINNING:
        found = _classified(text[:SAMPLE], among)
    sure = found.confidence >= least and found.code != NOTHING
    return found if sure else DetectedLanguage(UNKNOWN, found.confidence)


def _classified(sample: str, among: tuple[str, ...]) -> DetectedLanguage:
    """The likeliest language, however sure that is."""
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
        raise ConfigError(f"{error}", "use codes of ISO 639-1 such as fr, en") from error
    return identifier
