"""Simulated modems: a cellular module with SIM and network, a dial-up modem with a telephone line."""
