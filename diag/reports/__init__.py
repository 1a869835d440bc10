"""Records shown to people. Everything here reads finished records and texts, nothing else."""
