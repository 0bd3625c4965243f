"""Annotations as values: compare, merge, rebase, and count corrections of a proposal. Pure."""
