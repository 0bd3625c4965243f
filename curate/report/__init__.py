"""The report of a corpus: the results of the other commands on one page."""
