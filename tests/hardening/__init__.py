"""Attacks on posdiag: what must not leak, get lost or get through. `long` is the long part, on demand."""
