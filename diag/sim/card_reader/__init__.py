"""Simulated card reader: cards in vsmartcard's virtual slots, behind a real pcscd of its own."""
