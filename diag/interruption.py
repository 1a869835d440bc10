"""Ctrl-C, as every thread may see it.

The exception reaches the main thread only, and is lost where it comes up while the interpreter clears something away (a
library's `__del__`). Whoever waits for a person, a card or an event looks here as well.
"""

from __future__ import annotations

import threading

#: set when the run is interrupted, cleared when the next one begins
interrupted = threading.Event()

GLANCE = 0.25  # s between two looks
