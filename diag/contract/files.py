"""Files: those of others, which may be anything, and ours, which nobody else may read.

A file of others is read when the file is a regular one of bounded size; a pipe, a device or a link to one would be read
for ever. Files of ours have the mode 0600 in folders of the mode 0700, whatever the umask; those that are there for all
users, 0644 in 0755.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from diag.contract.errors import ConfigError
from diag.contract.said import Said, system

_PRIVATE = os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def content(path: Path, most: int) -> bytes:
    """Return what a file holds. Raises ConfigError where the file is none, is larger, or cannot be read."""
    try:
        with regular(path) as file:
            raw = file.read(most + 1)
    except OSError as error:
        raise ConfigError(Said("unreadable", what=path, why=system(error.errno, error))) from error
    if len(raw) > most:
        raise ConfigError(Said("at", where=path, said=Said("too_large", size=_size(most))))
    return raw


def regular(path: Path) -> BinaryIO:
    """Open a regular file to read. Raises ConfigError where it is none, or cannot be opened."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise ConfigError(Said("at", where=path, said=Said("not_a_file")))
        return open(descriptor, "rb")
    except OSError as error:
        raise ConfigError(Said("unreadable", what=path, why=system(error.errno, error))) from error
    except ValueError as error:  # a zero byte in the name
        raise ConfigError(Said("at", where=repr(str(path)), said=Said("not_a_file_name"))) from error


def create(path: Path, flags: int = os.O_WRONLY) -> int:
    """Create a file of ours that must not exist yet, also not as a link; return its descriptor. Raises OSError."""
    descriptor = os.open(path, flags | _PRIVATE, 0o600)
    os.fchmod(descriptor, 0o600)
    return descriptor


def create_for(path: Path, option: str, *, force: bool) -> int:
    """Create a file that an option names; return its descriptor. Raises ConfigError.

    A file that is there already is replaced only by `force`. A character device, such as /dev/null, is written to.
    """
    try:
        if stat.S_ISCHR(_mode(path)):
            return os.open(path, os.O_WRONLY | os.O_NOCTTY | os.O_CLOEXEC)
        if force and stat.S_ISREG(_mode(path)):
            path.unlink()
        return create(path)
    except FileExistsError:
        said = Said("exists_use_force" if stat.S_ISREG(_mode(path)) else "exists_no_file")
        raise ConfigError(Said("at", where=f"{option} {path}", said=said)) from None
    except OSError as error:
        raise ConfigError(Said("says", what=f"{option} {path}", why=system(error.errno, error))) from error
    except ValueError as error:  # a zero byte in the name
        raise ConfigError(Said("at", where=f"{option} {str(path)!r}", said=Said("not_a_file_name"))) from error


def create_for_all(path: Path, text: str) -> None:
    """Create a file that all users may read and nobody else may change, which must not exist yet. Raises OSError."""
    descriptor = create(path)
    with open(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(descriptor, 0o644)
        file.write(text)


def replace_for_all(path: Path, text: str) -> None:
    """Write the same file, whole or not at all, in the place of one that is there; a link is not followed.

    Raises OSError.
    """
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        create_for_all(new, text)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def folder_for_all(folder: Path) -> None:
    """Make a folder with those above, where there is none, that nobody else may write into. Raises OSError."""
    _make(folder, 0o755)


def _mode(path: Path) -> int:
    """Return the type and mode of a file itself, never of what a link leads to; 0 where there is no file."""
    try:
        return path.lstat().st_mode
    except FileNotFoundError:
        return 0


def private_folder(folder: Path) -> None:
    """Make a folder of ours with the folders above, where there is none.

    Raises OSError; ConfigError with the remedy where every user may write into the folder.
    """
    _make(folder, 0o700)
    refuse_shared(folder)


def _make(folder: Path, mode: int) -> None:
    for each in (*reversed(folder.parents), folder):
        if not each.is_dir():
            each.mkdir(mode=mode, exist_ok=True)


def refuse_shared(folder: Path) -> None:
    """Raise ConfigError with the remedy where every user may write into a folder of ours, or into the one above."""
    for each in (folder.parent, folder):
        try:
            mode = each.stat().st_mode
        except OSError:
            continue
        if mode & stat.S_IWOTH and (each == folder or not mode & stat.S_ISVTX):
            raise ConfigError(Said("shared_folder", folder=each))


def _size(most: int) -> str:
    return f"{most >> 20} MB" if most >= 1 << 20 else f"{most >> 10} kB"
