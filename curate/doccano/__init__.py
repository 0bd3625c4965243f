"""Everything that talks to Doccano, and the Doccano server that curate can run itself."""
