"""Doccano as the remote of a corpus: sync, conflicts, withdrawals, reviews and schema migrations.

:func:`curate.sync.run.sync` goes through the Doccano projects of a corpus. For each one,
``plan`` compares both sides, and ``apply`` carries the plan out by ``push``, ``pull`` and
``updates``. What a project is for, and therefore what is pushed to it and what its annotations
become, is its role in ``roles``.

Per document three versions meet: the base (what was last pushed or merged), ours (the gold) and
theirs (what Doccano holds). ``curate.annotations.merge`` describes how they are merged.
"""
