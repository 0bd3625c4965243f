"""Files to documents: readers, and the normalisation contract they all go through."""

from curate.ingest.normalise import normalise
from curate.ingest.readers import READERS, files, make, read

__all__ = ["READERS", "files", "make", "normalise", "read"]
