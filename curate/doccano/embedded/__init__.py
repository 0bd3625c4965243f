"""The Doccano server that curate installs, starts and stops for one workspace."""
