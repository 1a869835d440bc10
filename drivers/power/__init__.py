"""Power: batteries and adapters as the Linux power_supply class shows them."""

from drivers.power.driver import Power

__all__ = ["DRIVER"]

DRIVER = Power
