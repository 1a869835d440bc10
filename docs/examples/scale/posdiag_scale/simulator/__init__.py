"""Simulated scale: a pseudo-terminal that speaks MT-SICS."""
