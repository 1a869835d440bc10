"""The driver contract: checks, errors, settings and links. A driver imports this room and nothing else of diag."""
