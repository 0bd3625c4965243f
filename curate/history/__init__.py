"""The history of the corpus: log, blame, diff, restore, verify, and merging in git.

``trace`` follows a span through the revisions of its document, ``sides`` reads what ``diff``
compares, ``names`` resolves names such as ``0.1.0`` and ``1a2e@3``.
"""
