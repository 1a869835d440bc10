"""The groups of checks, in the order in which they run."""
