"""Texts: offsets, normalisation, language and statistics. Pure."""
