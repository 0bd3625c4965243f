"""HTML pages that load nothing and run no script, and the charts in them."""
