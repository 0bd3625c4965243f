"""Format ``conllu``: CoNLL-U with IOB2 tags under ``NER`` in the column MISC.

Every document begins with ``# newdoc id``, every sentence with ``# sent_id`` and ``# text``;
``SpaceAfter=No`` tells where no blank follows. Tokens have no analysis, so that the columns from
LEMMA to DEPS are ``_``. Relations and categories have no place in it.
Reference: https://universaldependencies.org/format.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from curate.formats.writers.common import Exported, Job, Pair
from curate.formats.writers.conll import iob2, sentences
from curate.formats.writers.files import replacing
from curate.formats.writers.tokens import Tokenised, tokenise


def write(pairs: Iterable[Pair], target: Path, job: Job) -> Exported:
    """Write the file; see ``curate.formats.writers.write``."""
    tally = job.tally()
    with replacing(target) as file:
        for item in tokenise(pairs, job.schema, tally):
            tally.lose_relations(item.document, item.revision.relations)
            tally.lose_categories(item.document, item.revision.categories)
            file.write(f"# newdoc id = {item.document.id}\n".encode())
            for sentence in _sentences(item):
                file.write(f"{sentence}\n".encode())
    return tally.exported(target, "conllu")


def _sentences(item: Tokenised) -> Iterator[str]:
    tags = iob2(item)
    for number, words in enumerate(sentences(item), 1):
        first, last = words[0], words[-1]
        text = " ".join(item.document.text[first.idx : last.idx + len(last)].split())
        lines = [f"# sent_id = {item.document.id}-{number}", f"# text = {text}"]
        for place, word in enumerate(words, 1):
            glued = not word.whitespace_ and not _blank_follows(item, word.i)
            misc = "|".join([f"NER={tags[word.i]}"] + ["SpaceAfter=No"] * glued)
            lines.append("\t".join([str(place), word.text, *["_"] * 7, misc]))
        yield "\n".join(lines) + "\n"


def _blank_follows(item: Tokenised, number: int) -> bool:
    """Whether the next token is white space, or the text ends."""
    return number + 1 == len(item.doc) or item.doc[number + 1].is_space
