"""Results on standard output."""

from __future__ import annotations

import json
import sys
from typing import Any

from diag.contract import shown


def print_json(data: Any) -> None:
    """Print one JSON document. JSON is UTF-8; where standard output is not, everything else is escaped."""
    plain_ascii = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    print(shown.in_json(json.dumps(data, ensure_ascii=plain_ascii, indent=1)))
