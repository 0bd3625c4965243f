"""What came before: who said what since when, what differs, and whether all of it is still there.

``trace`` follows a span through the revisions of its document, ``blame`` does so for all of them,
``delta`` compares two states of the corpus, ``restore`` brings an old one back as a new revision,
``verify`` recomputes every digest, ``fork`` and ``reconcile`` join what grew apart in version
control.
"""
