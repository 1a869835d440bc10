"""posdiag: names the failed part of a payment terminal, with the evidence."""

__version__ = "0.1.0"
