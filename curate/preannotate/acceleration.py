"""Making spaCy pipelines faster without changing what they find.

``docs/explanation/performance.md`` shows where the time goes and what each measure saves. They use
the extension points of spaCy and thinc; a pipeline with another architecture is left as it is.
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
"""Word forms that stay in memory; those of later batches are dropped after their batch."""

LEXICAL = frozenset(("NORM", "LOWER", "PREFIX", "SUFFIX", "SHAPE", "ORTH"))
"""Attributes of a token that are functions of its word form and its norm."""

FEW = 64
"""With fewer rows OpenBLAS uses other kernels, whose sums differ in the last bits."""

_ODD = 0x9E3779B97F4A7C15  # 2**64 divided by the golden ratio (Knuth, TAOCP 3, 6.4)


def accelerate(nlp: Language) -> None:
    """Multiply the matrices of a pipeline with NumPy, and memoise the vectors of its words.

    Two thirds of the time of ``ner`` are matrix products. thinc's default for them is its own
    BLIS; the OpenBLAS of NumPy needs a third of the time. It sums in another order, so scores may
    differ in their last bits. Only thinc's default is replaced: Apple's library is kept, and a
    pipeline on a GPU is left as it is.
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
                    node.replace_node(node.get_ref("embed"), memoised(node.get_ref("embed")))
        for node in model.walk():
            if type(node.ops) is NumpyOps:
                node.ops = ops


@contextmanager
def batch_context(nlp: Language, zones: bool = True) -> Iterator[None]:
    """The context to annotate a batch in: one thread, and memory that does not grow with the words.

    A matrix product of this size is too small for several threads, which would wait for one
    another; more cores are used by more processes.

    spaCy keeps every word form that it meets together with its tokens. In a memory zone it drops
    them at the end, and then tokenises each word anew, which takes several times as long. So the
    first ``WORDS`` forms, which include the frequent ones, are kept, and zones are used after that.

    Args:
        nlp: the pipeline.
        zones: whether its components allow memory zones, which they do not if they keep tokens or
            word forms of a document for later ones.
    """
    with ExitStack() as stack:
        stack.enter_context(_libraries().limit(limits=1, user_api="blas"))
        if zones and len(nlp.vocab) >= WORDS:
            stack.enter_context(nlp.memory_zone())
        yield


def memoised(embed: Model[Any, Any], limit: int = WORDS) -> Model[Any, Any]:
    """An embedding layer that computes the vector of each word only once.

    Args:
        embed: an embedding layer whose rows depend only on the word forms and norms of the tokens.
        limit: how many words to keep; the first ones are kept.
    """
    from thinc.api import Model

    vectors = _Vectors(embed, limit)

    def forward(model: Model[Any, Any], docs: list[Doc], is_train: bool) -> tuple[Any, Any]:
        if not is_train and any(map(len, docs)):
            return vectors.of(docs), None
        output: tuple[Any, Any] = embed(docs, is_train)
        return output

    return Model("remembered", forward, layers=[embed])


class _Vectors:
    """The vectors of words, by a hash of word form and norm."""

    def __init__(self, embed: Model[Any, Any], limit: int) -> None:
        self._embed = embed
        self._limit = limit
        self._rows: dict[int, int] = {}
        self._table: NDArray[Any] | None = None

    def of(self, docs: list[Doc]) -> list[NDArray[Any]]:
        """A matrix for each document, one row per token."""
        import numpy as np

        words = [doc.to_array(("ORTH", "NORM")) for doc in docs]
        tokens = np.concatenate(words)
        hashes = tokens[:, 0] * np.uint64(_ODD) + tokens[:, 1]
        keys, first, inverse = np.unique(hashes, return_index=True, return_inverse=True)
        rows = np.array([self._rows.get(key, -1) for key in keys.tolist()])
        new = np.flatnonzero(rows < 0)
        computed = self._compute(docs[0].vocab, tokens[first[new]].tolist()) if len(new) else None
        if self._table is None:
            assert computed is not None  # the first words are all new
            self._table = np.empty((self._limit, computed.shape[1]), computed.dtype)
        vectors = self._table[rows]
        if computed is not None:
            vectors[new] = computed
            self._keep(keys[new].tolist(), computed)
        return np.split(vectors[inverse], np.cumsum([len(document) for document in words])[:-1])

    def _compute(self, vocab: Vocab, words: list[tuple[int, int]]) -> NDArray[Any]:
        """The vectors of words, computed as if the words were a document."""
        from spacy.tokens import Doc

        size = len(words)
        words += words[:1] * (FEW - size)
        doc = Doc(vocab, words=[vocab.strings[form] for form, _ in words])
        for token, (_, norm) in zip(doc, words, strict=True):
            if token.norm != norm:  # an exception of the tokeniser: « p. » has the norm « page »
                token.norm_ = vocab.strings[norm]
        vectors: NDArray[Any] = self._embed.predict([doc])[0]
        return vectors[:size]

    def _keep(self, keys: list[int], vectors: NDArray[Any]) -> None:
        assert self._table is not None
        size = len(self._rows)
        vectors = vectors[: self._limit - size]
        self._table[size : size + len(vectors)] = vectors
        self._rows.update(zip(keys, range(size, size + len(vectors)), strict=False))


def _lexical(model: Mapping[str, Any]) -> bool:
    """Whether a model embeds words by attributes that depend on their form and norm only."""
    embed = model.get("tok2vec", model).get("embed", {})
    hashed = embed.get("@architectures", "").startswith("spacy.MultiHashEmbed.")
    return hashed and LEXICAL.issuperset(embed.get("attrs", ("",)))


@cache
def _libraries() -> ThreadpoolController:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
