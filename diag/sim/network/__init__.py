"""Simulates the path from a terminal to its acquirer, in network namespaces of its own."""
