"""Scales that speak MT-SICS."""

from posdiag_scale.driver import Scale

__all__ = ["DRIVER"]

DRIVER = Scale
