"""Texts: offsets, normalisation, language, mojibake and statistics."""
