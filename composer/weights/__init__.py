"""Where model files come from: registry, download, verification."""
