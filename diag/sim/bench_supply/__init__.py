"""Simulated bench supply: an instrument that talks SCPI, with a terminal on it."""
