"""Power: batteries, adapters and the board, as the Linux kernel shows them."""

from drivers.power.driver import Power

__all__ = ["DRIVER"]

DRIVER = Power
