"""Formats of annotated text: readers and writers, and the way from one to the other."""
