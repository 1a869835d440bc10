"""Network: the path from the terminal to its acquirer, link by link."""

from drivers.network.driver import Network

__all__ = ["DRIVER"]

DRIVER = Network
