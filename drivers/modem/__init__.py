"""Modems: cellular modules with a SIM, dial-up modems with a telephone line."""

from drivers.modem.driver import Modem

__all__ = ["DRIVER"]

DRIVER = Modem
