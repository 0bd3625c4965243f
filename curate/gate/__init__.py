"""What must hold before gold is released, and the release itself."""
