"""A release as a data set repository: in a folder, or on a hub."""
