"""The driver contract: checks, errors, settings and links. A driver imports nothing else of diag."""
