"""Results on standard output."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from diag.contract import files, shown
from diag.contract.errors import ConfigError
from diag.contract.said import Said, system


def print_json(data: Any) -> None:
    """Print one JSON document. JSON is UTF-8; where standard output is not, everything else is escaped."""
    plain_ascii = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    print(shown.in_json(json.dumps(data, ensure_ascii=plain_ascii, indent=1)))


def write(content: str | bytes, path: Path, *, force: bool) -> None:
    """Write a text, or bytes, to the file of --output, which nobody else may read. Raises ConfigError."""
    if isinstance(content, str):
        content = (content if content.endswith("\n") else content + "\n").encode()
    try:
        with os.fdopen(files.create_for(path, "--output", force=force), "wb") as file:
            file.write(content)
    except OSError as error:
        raise ConfigError(Said("says", what=f"--output {path}", why=system(error.errno, error))) from error
