"""Names of layers and of authors.

An annotation stands on a layer, which says whose it is:

=========================  ==============================================================
``gold``                   the newest revision of the document's gold
``proposal``               what the models and rules together propose to people
``model:<name>@<version>``  what one spaCy pipeline says
``rules:<name>@<version>``  what one rules file says; ``rules:…/<rule>`` names a single rule
``annotator:<name>``       what one person says, where annotators work independently
``import:<name>``          what an account imported into a Doccano project that was cloned
``annotator:unsigned-<n>``  what one of several people whose names a source does not give says
``rebased:gold``           the gold of the previous version of the article, on the new text
``rebased:<name>``         what one annotator said of the previous version
``adjudicated``            what strategies and people decided between annotators
``column:<name>``          what a further column of a table of tokens says
``remote``                 what Doccano holds; never stored
=========================  ==============================================================

``by`` of a span and the author of a revision are written in the same way. Besides layers they may
be ``curator:<name>``, ``import:<file>``, ``article:<rule>`` (a rule that looks at the whole
article), and ``votes:<name>@<version>`` (weights that follow the corpus's own gold). A revision on
which all annotators agree has the one who confirmed last as its author.
"""

from __future__ import annotations

GOLD = "gold"
PROPOSAL = "proposal"
ADJUDICATED = "adjudicated"
REMOTE = "remote"

MODEL = "model:"
RULES = "rules:"
ARTICLE = "article:"
VOTES = "votes:"
ANNOTATOR = "annotator:"
CURATOR = "curator:"
IMPORT = "import:"
REBASED = "rebased:"
_UNSIGNED = ANNOTATOR + "unsigned-"
COLUMN = "column:"

PROPOSERS = (MODEL, RULES)
"""Prefixes of the layers that a proposal is made from."""
IN_FILES = (ANNOTATOR, COLUMN, IMPORT)
"""Prefixes of the layers that ``annotations/`` holds, since no program can make them again."""


UNKNOWN = "unknown"
"""The name of a person whom Doccano does not name."""


def model_layer(name: str) -> str:
    """The layer of a model; ``name`` is ``<name>@<version>``."""
    return MODEL + name


def rules_layer(name: str) -> str:
    """The layer of a rules file; ``name`` is ``<name>@<version>``."""
    return RULES + name


def annotator_layer(name: str) -> str:
    """The layer of a person, and the author of what they did."""
    return ANNOTATOR + name


def unsigned_layer(number: int) -> str:
    """The layer of the ``number``-th version of a text that a source does not put a name to.

    The numbers count within one text: the same number in two texts need not be the same person.
    """
    return f"{_UNSIGNED}{number}"


def is_unsigned(layer: str) -> bool:
    """Whether a layer is that of a person without a name; see :func:`unsigned_layer`."""
    return layer.startswith(_UNSIGNED)


def column_layer(name: str) -> str:
    """The layer of a column of a table of tokens, beside the first one."""
    return COLUMN + name


def rebased_layer(layer: str) -> str:
    """The layer for what ``layer`` said of the previous version of an article."""
    return REBASED + annotator_of(layer).removeprefix(REBASED)


def curator_author(name: str) -> str:
    """The author of what a curator did."""
    return CURATOR + name


def import_author(file: str) -> str:
    """The author of the gold that a file brought."""
    return IMPORT + file


def article_rule(rule: str) -> str:
    """The proposer of what a rule for whole articles found."""
    return ARTICLE + rule


def votes_author(name: str) -> str:
    """The weights that decided on a span; ``name`` is ``<name>@<version>``."""
    return VOTES + name


def is_model(layer: str) -> bool:
    """Whether a layer or author is a model."""
    return layer.startswith(MODEL)


def is_rules(layer: str) -> bool:
    """Whether a layer or author is a rules file or one of its rules."""
    return layer.startswith(RULES)


def is_proposer(layer: str) -> bool:
    """Whether a layer or author is a model, a rules file or one of its rules."""
    return layer.startswith(PROPOSERS)


def is_machine(author: str) -> bool:
    """Whether an author is a model, a rules file, a rule of it or for whole articles, or weights.

    Several of them, which agreed on a span, are one author: ``model:…+rules:…+article:…``.
    """
    return author.startswith((*PROPOSERS, ARTICLE, VOTES))


def is_annotator(layer: str) -> bool:
    """Whether a layer or author is a person."""
    return layer.startswith(ANNOTATOR)


def is_curator(author: str) -> bool:
    """Whether an author is a curator."""
    return author.startswith(CURATOR)


def is_rebased(layer: str) -> bool:
    """Whether a layer is about the previous version of the article."""
    return layer.startswith(REBASED)


def annotator_of(layer: str) -> str:
    """The name of the person a layer belongs to; any other layer as it is."""
    return layer.removeprefix(ANNOTATOR)


def model_of(layer: str) -> str:
    """``<name>@<version>`` of the model a layer belongs to; any other layer as it is."""
    return layer.removeprefix(MODEL)
