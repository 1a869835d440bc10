"""The file of the set-up terminal: shown, edited, written."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

from diag.cli import screen
from diag.contract import files, shown
from diag.contract.errors import ConfigError
from diag.contract.said import Said, system
from diag.knowledge import places, profile, yamlfile
from diag.knowledge.languages import Lang
from diag.knowledge.words import word


def show() -> None:
    """Print the path of the file, and the file. Raises ConfigError where no terminal is set up."""
    file = _in_use()
    text = files.content(file, yamlfile.MAX_BYTES).decode("utf-8", "replace")
    screen.show(str(file))
    print(shown.in_lines(text), end="")


def edit(lang: Lang) -> None:
    """Open the file in the user's editor, then check the file. Raises ConfigError."""

    file = _in_use()
    if not os.access(file, os.W_OK):
        said = Said("at", where=file, said=Said("not_yours"))
        raise ConfigError(Said("as_root", said=said, command="posdiag setup --edit"))
    editor = _editor()
    try:
        done = subprocess.run([*editor, str(file)], check=False)
    except OSError as error:
        why = system(error.errno, error)
        raise ConfigError(Said("at", where=editor[0], said=Said("editor_not_started", why=why))) from error
    if done.returncode:
        raise ConfigError(Said("at", where=editor[0], said=Said("editor_failed", status=done.returncode, file=file)))
    parts = word("report.comma", lang).join(profile.load(str(file)).components)
    screen.show(word("profile.fine", lang, name=file, parts=parts))


def _editor() -> list[str]:
    """Return the user's editor with its arguments."""
    given = os.environ.get("VISUAL", "").strip() or os.environ.get("EDITOR", "").strip() or "editor"
    try:
        return shlex.split(given)
    except ValueError:  # a quotation mark without its partner
        return [given]


def write(file: Path, text: str, *, again: bool = False) -> None:
    """Write a file that all users may read, whole or not at all; a file that is there is never lost.

    `again`: keep the former file as .bak. Raises ConfigError where there is a former file, or the folder takes none.
    """
    new = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        files.folder_for_all(file.parent)
        files.create_for_all(new, text)
        try:
            if again and os.path.lexists(file):
                file.replace(file.with_name(f"{file.name}.bak"))
            file.hardlink_to(new)
        finally:
            new.unlink()
    except FileExistsError as error:
        raise ConfigError(Said("at", where=file, said=Said("there_already"))) from error
    except OSError as error:
        raise ConfigError(Said("unwritable", what=file, why=system(error.errno, error))) from error


def target(*, again: bool) -> Path:
    """Return the file to write. Raises ConfigError where a terminal is set up already."""
    in_use = places.terminal_file()
    if in_use and not again:
        raise ConfigError(Said("at", where=in_use, said=Said("set_up_already", kept=f"{in_use.name}.bak")))
    own, everybodys = places.terminal_files()
    if in_use and _may_write(in_use):
        return in_use
    return everybodys if _may_write(everybodys) and not in_use else own


def _in_use() -> Path:
    """Return the file of the set-up terminal. Raises ConfigError where none is set up."""
    return profile.locate(places.SET_UP)


def _may_write(file: Path) -> bool:
    there = next(folder for folder in file.parents if folder.is_dir())
    return os.access(there, os.W_OK | os.X_OK)
