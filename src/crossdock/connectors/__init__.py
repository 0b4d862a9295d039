"""One folder per outside system. Connectors never import each other."""
