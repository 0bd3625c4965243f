"""A workspace from a Doccano project that curate did not make."""
