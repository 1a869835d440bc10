"""Pure functions: bytes to facts and back, and what follows from facts. Standard library only."""
