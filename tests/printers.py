"""Printers' answers to DLE EOT n, by n."""

HEALTHY = {1: b"\x16", 2: b"\x12", 3: b"\x12", 4: b"\x12"}
COVER_OPEN = {1: b"\x1a", 2: b"\x16", 3: b"\x12", 4: b"\x12"}
PAPER_END = {1: b"\x1a", 2: b"\x32", 3: b"\x12", 4: b"\x7e"}
