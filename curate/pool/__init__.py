"""Pools: any number of articles outside the corpus, pre-annotated in partitions.

``partitions`` cuts the files of a pool, ``frame`` annotates the rows of a partition, and
``execution`` sends partitions to this process, to processes of this machine, or to a Dask cluster;
all of them give the same rows. ``selection`` picks articles of an annotated pool for the corpus.
"""
