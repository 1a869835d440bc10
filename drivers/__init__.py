"""One room a device kind: driver, codecs, fault catalogue and protocol page.

A room `drivers/<kind>/` is found by its name; its `DRIVER` is the driver class. Another distribution adds a
kind through the entry-point group `posdiag.drivers`.
"""
