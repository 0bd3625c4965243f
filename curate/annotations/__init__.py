"""Annotations as values: compare, merge and rebase them, and count what became of a proposal. Pure."""
