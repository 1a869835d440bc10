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


def put(text: str, form: str, output: Path | None, texts: Texts, *, force: bool) -> None:
    """Write a report into the file of --output, and say so; without a file, show it. Raises ConfigError."""
    text = shown.in_form(text, form)
    if output:
        write(text, output, force=force)
        screen.show(texts.word("report.written", file=output))
    elif form in ("text", "md"):
        screen.show(text)
    else:
        print(text.rstrip("\n"))


def write(text: str, path: Path, *, force: bool) -> None:
    """Write a text to the file of --output, which nobody else may read. Raises ConfigError."""
    try:
        with os.fdopen(files.create_for(path, "--output", force=force), "w", encoding="utf-8") as file:
            file.write(text if text.endswith("\n") else text + "\n")
    except OSError as error:
        raise ConfigError(Said("says", what=f"--output {path}", why=system(error.errno, error))) from error
