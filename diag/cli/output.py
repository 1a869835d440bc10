"""Results on standard output."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diag.cli import screen
from diag.contract import files, shown
from diag.contract.errors import ConfigError
from diag.contract.said import Said, system

if TYPE_CHECKING:
    from diag.reports.texts import Texts


def print_json(data: Any) -> None:
    """Print one JSON document. JSON is UTF-8; where standard output is not, everything else is escaped."""
    plain_ascii = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    print(shown.in_json(json.dumps(data, ensure_ascii=plain_ascii, indent=1)))


def put(content: str | bytes, form: str, output: Path | None, texts: Texts, *, force: bool) -> None:
    """Write a report into the file of --output, and say so; without a file, show it. Raises ConfigError."""
    if output:
        write(content if isinstance(content, bytes) else as_file(content, form), output, force=force)
        screen.show(texts.word("report.written", file=shown.in_a_line(output)))
    elif isinstance(content, bytes):
        sys.stdout.buffer.write(content)
    elif form in ("text", "md"):
        screen.show(shown.in_form(content, form))
    elif form == "json":
        print_json(json.loads(content))
    else:
        print(shown.in_form(content, form).rstrip("\n"))


def as_file(text: str, form: str) -> bytes:
    """Return what the file of a report holds: nothing in it steers a terminal, or hides."""
    return (shown.in_form(text, form).rstrip("\n") + "\n").encode()


def write(data: bytes, path: Path, *, force: bool) -> None:
    """Write the file of --output, which nobody else may read. Raises ConfigError."""
    try:
        with os.fdopen(files.create_for(path, "--output", force=force), "wb") as file:
            file.write(data)
    except OSError as error:
        raise ConfigError(Said("says", what=f"--output {path}", why=system(error.errno, error))) from error
