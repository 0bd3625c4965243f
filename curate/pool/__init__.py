"""Pools: articles outside the corpus, of any number, pre-annotated in partitions.

``plan`` cuts the files of a pool into partitions, ``annotate`` is the one function that turns the
rows of a partition into annotated rows, and ``run`` sends partitions to it: in this process, over
processes of this machine, or on a Dask cluster. Each way gives the same rows. A partition that is
written stays written, so that a run that was stopped goes on where it ended. ``choose`` takes a
sample, or the articles of the lowest score, of what was written.
"""

from curate.pool.choice import By, Chosen, choose
from curate.pool.frame import COLUMNS, annotate
from curate.pool.partitions import Partition, plan
from curate.pool.run import Done, Ran, Settings, run

__all__ = [
    "COLUMNS",
    "By",
    "Chosen",
    "Done",
    "Partition",
    "Ran",
    "Settings",
    "annotate",
    "choose",
    "plan",
    "run",
]
