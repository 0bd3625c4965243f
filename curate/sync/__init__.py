"""A Doccano project synced as if it were a git remote: ``plan`` is pure, ``apply`` carries it out.

Per document three versions meet: the base (what was last pushed or merged), ours (the gold) and
theirs (what Doccano holds). See ``curate.annotations.merge`` for how they are merged.
"""
