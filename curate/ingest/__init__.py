"""Take sources into the corpus: their documents, their annotations, and versions of an article."""
