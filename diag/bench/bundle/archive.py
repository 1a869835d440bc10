"""The archive of a bundle: written so that the same contents give the same bytes, and read as a stranger's.

A zip file with a manifest that has the size and the SHA-256 of every other member. The manifest tells damage and
careless hands; whoever changes a bundle on purpose can change the manifest too, so the hash of the whole file is shown
when it is written. Nothing of an archive is ever unpacked under a name of its own. Fields: APPNOTE.TXT of PKWARE,
4.4.4 (flags), 4.4.5 (method), 4.4.15 (attributes; the upper half is the mode of Unix, as Info-ZIP writes it).
"""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from diag.contract import files
from diag.contract.errors import ConfigError
from diag.contract.said import Said, Told, system

FORMAT = "posdiag.bundle/1"
MANIFEST = "manifest.json"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,199}(?:/[A-Za-z0-9][A-Za-z0-9_.+-]{0,199}){0,2}")
_MOST = 1 << 26  # bytes of one member, which is what a trace may have
_MOST_OF_ALL = 1 << 27
_MOST_MEMBERS = 100  # a profile has ten ancestors at most
_MOST_DIRECTORY = 1 << 16  # bytes
_END, _LOCATOR = struct.Struct("<4s4H2LH"), b"PK\6\7"  # APPNOTE.TXT 4.3.16, 4.3.15
_DATE = (1980, 1, 1, 0, 0, 0)  # the first that a zip file can have
_MODE = (stat.S_IFREG | 0o600) << 16
_ENCRYPTED = 0x1
_UNIX = 3
# what comes of a file that is no zip, or a damaged one, and of a manifest that is none
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, LookupError, TypeError, AttributeError,
    ArithmeticError, RecursionError,
)  # fmt: skip


class Broken(ConfigError):
    """A file that is no bundle, or not the one that was written."""


@dataclass(frozen=True)
class Bundle:
    """A bundle that was read and fits its manifest. `run`: the id of its run. `members`: name -> what it holds."""

    run: str
    members: Mapping[str, bytes]


def packed(bundle: Bundle) -> bytes:
    """Return a bundle as the bytes of its file."""
    entries = [
        {"name": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in bundle.members.items()
    ]
    manifest = json.dumps({"schema": FORMAT, "run": bundle.run, "files": entries}, indent=1).encode()
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in {**bundle.members, MANIFEST: manifest}.items():
            archive.writestr(_info(name), data)
    return file.getvalue()


def read(path: Path) -> Bundle:
    """Read a bundle whole. Raises Broken where anything in it is not as it was written; ConfigError for no file."""
    try:
        with files.regular(path) as file:
            if os.fstat(file.fileno()).st_size > _MOST_OF_ALL:
                raise _broken(path, Said("bundle_too_large", most=_MOST_OF_ALL >> 20))
            if not _ends_small(file):
                raise _broken(path, Said("no_bundle"))
            with zipfile.ZipFile(file) as archive:
                return _read(archive, path)
    except _DAMAGED as error:
        raise _broken(path, Said("no_bundle")) from error
    except OSError as error:
        if error.errno == errno.EINVAL:  # a place before the file's beginning
            raise _broken(path, Said("no_bundle")) from error
        raise ConfigError(Said("unreadable", what=path, why=system(error.errno, error))) from error


def _ends_small(file: BinaryIO) -> bool:
    """Return whether a zip file ends in a small directory without a comment, so that the directory is quickly read.

    The end record is 22 bytes long; before it stands the locator of zip64, which would count instead.
    """
    file.seek(max(0, file.seek(0, os.SEEK_END) - len(_LOCATOR) - _END.size - 16))
    end = file.read()
    file.seek(0)
    if len(end) < _END.size or end.startswith(_LOCATOR):
        return False
    signature, *_, size, _, comment = _END.unpack(end[-_END.size :])
    return bool(signature == b"PK\5\6" and size <= _MOST_DIRECTORY and not comment)


def _read(archive: zipfile.ZipFile, path: Path) -> Bundle:
    infos = archive.infolist()
    if len(infos) > _MOST_MEMBERS or sum(info.file_size for info in infos) > _MOST_OF_ALL:
        raise _broken(path, Said("bundle_too_large", most=_MOST_OF_ALL >> 20))
    for info in infos:
        if trouble := _unfit(info):
            raise _broken(path, trouble)
    names = [info.filename for info in infos]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise _broken(path, Said("bundle_twice", name=twice))
    manifest: dict[str, Any] = json.loads(archive.read(MANIFEST))
    if manifest["schema"] != FORMAT or not isinstance(manifest["run"], str):
        raise _broken(path, Said("no_bundle"))
    listed = {str(entry["name"]): entry for entry in manifest["files"]}
    held = [name for name in names if name != MANIFEST]
    if other := sorted(set(held) ^ set(listed)):
        raise _broken(path, Said("bundle_surplus" if other[0] in held else "bundle_missing", name=other[0]))
    return Bundle(manifest["run"], {name: _whole(archive, name, listed[name], path) for name in held})


def _whole(archive: zipfile.ZipFile, name: str, entry: Mapping[str, Any], path: Path) -> bytes:
    """Return a member that is as the manifest has it. Raises Broken."""
    data = archive.read(name)
    if entry["size"] != len(data) or entry["sha256"] != hashlib.sha256(data).hexdigest():
        raise _broken(path, Said("bundle_changed", name=name))
    return data


def _unfit(info: zipfile.ZipInfo) -> Said | None:
    """Return what is wrong with a member's name, kind or size before anything of it is read; None where nothing is."""
    kind = stat.S_IFMT(info.external_attr >> 16)
    if info.orig_filename != info.filename or not _NAME.fullmatch(info.filename):
        return Said("bundle_name", name=info.orig_filename[:200])
    if kind not in (0, stat.S_IFREG) or info.is_dir():
        return Said("bundle_no_file", name=info.filename)
    if info.file_size > _MOST or (info.filename == MANIFEST and info.file_size > 1 << 20):
        return Said("bundle_too_large", most=_MOST >> 20)
    if info.flag_bits & _ENCRYPTED or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return Said("bundle_packed", name=info.filename)
    return None


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _DATE)
    info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, _UNIX, _MODE
    return info


def _broken(path: Path, why: Told) -> Broken:
    return Broken(Said("at", where=path, said=why))
