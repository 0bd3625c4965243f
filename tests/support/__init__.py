"""Corpora, servers, faults and fixtures that the tests share."""
