"""Magnetic stripe readers: keyboard wedges, HID, serial, encoders."""

from drivers.magstripe.driver import Magstripe

__all__ = ["DRIVER"]

DRIVER = Magstripe
