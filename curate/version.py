"""The version of curate, in a place that every part may ask."""

__version__ = "0.1.0"
