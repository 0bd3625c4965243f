"""What makes a pipeline quick without changing what it finds.

Where the time goes and what each of these gives is in ``docs/explanation/performance.md``. They use
what spaCy and thinc offer for it; a pipeline that is built in another way is left as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from spacy.language import Language
    from spacy.tokens import Doc
    from spacy.vocab import Vocab
    from thinc.api import Model
    from threadpoolctl import ThreadpoolController

WORDS = 100_000
"""Word forms that are kept for good; those of later batches are forgotten after their batch."""

LEXICAL = frozenset(("NORM", "LOWER", "PREFIX", "SUFFIX", "SHAPE", "ORTH"))
"""Attributes of a token that its word form and its norm determine."""

FEW = 64
"""Rows below which OpenBLAS takes kernels of its own, whose sums differ in their last bits."""

_ODD = 0x9E3779B97F4A7C15  # 2**64 divided by the golden ratio (Knuth, TAOCP 3, 6.4)


def quicken(nlp: Language) -> None:
    """Let NumPy multiply the matrices of a pipeline, and let it remember the vectors of words.

    Two thirds of the time of ``ner`` are products of matrices. thinc's default for them is the
    BLIS that comes with it; the OpenBLAS that comes with NumPy needs a third of the time. Sums are
    made in another order, so that scores may differ in their last bits. Only thinc's default is
    replaced: Apple's library multiplies as before, and a pipeline on a GPU is left as it is.
    """
    from thinc.api import Model, NumpyOps

    ops = NumpyOps(use_blis=False)
    for name, pipe in nlp.pipeline:
        model = getattr(pipe, "model", None)
        if not isinstance(model, Model) or not isinstance(model.ops, NumpyOps):
            continue  # it has no weights, or they are on a GPU
        if _lexical(nlp.get_pipe_config(name).get("model", {})):
            for node in list(model.walk()):
                if node.has_ref("embed"):
                    node.replace_node(node.get_ref("embed"), remembered(node.get_ref("embed")))
        for node in model.walk():
            if type(node.ops) is NumpyOps:
                node.ops = ops


@contextmanager
def batch(nlp: Language) -> Iterator[None]:
    """Within it a batch is annotated: on one thread, and without memory growing with the words.

    A matrix product of this size is too small to be shared among threads, which then wait for one
    another; more cores are for more processes.

    spaCy keeps every word form that it meets, and how it was cut into tokens. In a memory zone it
    forgets them at the end, and cuts each word anew, which takes several times as long. So the
    first ``WORDS`` forms, the frequent ones among them, are kept, and zones begin after these.
    """
    with ExitStack() as stack:
        stack.enter_context(_libraries().limit(limits=1, user_api="blas"))
        if len(nlp.vocab) >= WORDS:
            stack.enter_context(nlp.memory_zone())
        yield


def remembered(embed: Model[Any, Any], limit: int = WORDS) -> Model[Any, Any]:
    """A layer that gives the vectors of an embedding, and makes those of a word once.

    Args:
        embed: gives a matrix of a row a token for each document, by nothing but the word forms and
            norms of the tokens.
        limit: how many words are remembered, the first that come.
    """
    from thinc.api import Model

    vectors = _Vectors(embed, limit)

    def forward(model: Model[Any, Any], docs: list[Doc], is_train: bool) -> tuple[Any, Any]:
        if not is_train and any(map(len, docs)):
            return vectors.of(docs), None
        done: tuple[Any, Any] = embed(docs, is_train)
        return done

    return Model("remembered", forward, layers=[embed])


class _Vectors:
    """The vectors of words, by a number made of word form and norm."""

    def __init__(self, embed: Model[Any, Any], limit: int) -> None:
        self._embed = embed
        self._limit = limit
        self._rows: dict[int, int] = {}
        self._table: NDArray[Any] | None = None

    def of(self, docs: list[Doc]) -> list[NDArray[Any]]:
        """A matrix of a row a token for each document."""
        import numpy as np

        words = [doc.to_array(("ORTH", "NORM")) for doc in docs]
        every = np.concatenate(words)
        mixed = every[:, 0] * np.uint64(_ODD) + every[:, 1]
        keys, first, place = np.unique(mixed, return_index=True, return_inverse=True)
        rows = np.array([self._rows.get(key, -1) for key in keys.tolist()])
        new = np.flatnonzero(rows < 0)
        made = self._made(docs[0].vocab, every[first[new]].tolist()) if len(new) else None
        if self._table is None:
            assert made is not None  # the first words are all new
            self._table = np.empty((self._limit, made.shape[1]), made.dtype)
        found = self._table[rows]
        if made is not None:
            found[new] = made
            self._keep(keys[new].tolist(), made)
        return np.split(found[place], np.cumsum([len(each) for each in words])[:-1])

    def _made(self, vocab: Vocab, words: list[tuple[int, int]]) -> NDArray[Any]:
        """The vectors of words, made as if they were a document."""
        from spacy.tokens import Doc

        size = len(words)
        words += words[:1] * (FEW - size)
        doc = Doc(vocab, words=[vocab.strings[form] for form, _ in words])
        for token, (_, norm) in zip(doc, words, strict=True):
            if token.norm != norm:  # an exception of the tokeniser: « p. » is « page »
                token.norm_ = vocab.strings[norm]
        made: NDArray[Any] = self._embed.predict([doc])[0]
        return made[:size]

    def _keep(self, keys: list[int], made: NDArray[Any]) -> None:
        assert self._table is not None
        size = len(self._rows)
        made = made[: self._limit - size]
        self._table[size : size + len(made)] = made
        self._rows.update(zip(keys, range(size, size + len(made)), strict=False))


def _lexical(model: Mapping[str, Any]) -> bool:
    """Whether the configuration of a model embeds words by what their form and norm determine."""
    embed = model.get("tok2vec", model).get("embed", {})
    hashed = embed.get("@architectures", "").startswith("spacy.MultiHashEmbed.")
    return hashed and LEXICAL.issuperset(embed.get("attrs", ("",)))


@cache
def _libraries() -> ThreadpoolController:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
