"""Ctrl-C, as every thread may see it: whoever waits for a person, a card or an event looks here."""

from __future__ import annotations

import threading

#: set when the run is interrupted, cleared when the next one begins
interrupted = threading.Event()

GLANCE = 0.25  # s between two looks
