"""Signatures of files: Ed25519 (RFC 8032) over the file's bytes, kept beside the file as its 64 raw bytes.

So it can be made and checked by others too: `openssl pkeyutl -verify -pubin -inkey PUBLIC -rawin -in FILE -sigfile
FILE.sig`. Keys are PEM files as `openssl genpkey -algorithm ed25519` and `openssl pkey -pubout` write them.
"""

from __future__ import annotations

import getpass
import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from diag.contract import files
from diag.contract.errors import ConfigError
from diag.contract.said import Said, system

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_MOST = 1 << 14  # bytes of a key
SIZE = 64  # bytes of a signature


def beside(path: Path) -> Path:
    """Return where the signature of a file is."""
    return path.with_name(path.name + ".sig")


def sign(data: bytes, key: Path) -> bytes:
    """Return the signature of a file's bytes. Raises ConfigError where the key is none, or others may read it."""
    return _private(key).sign(data)


def fits(data: bytes, signature: bytes, key: Path) -> bool:
    """Return whether a signature is that of these data by a public key. Raises ConfigError where the key is none."""
    from cryptography.exceptions import InvalidSignature

    try:
        _public(key).verify(signature, data)
    except InvalidSignature:
        return False
    return True


def read(path: Path) -> bytes:
    """Return the signature in a file. Raises ConfigError where it has none."""
    found = files.content(path, _MOST)
    if len(found) != SIZE:
        raise ConfigError(Said("at", where=path, said=Said("no_signature")))
    return found


def _private(path: Path) -> Ed25519PrivateKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    raw = _own(path)
    try:
        try:
            key = load_pem_private_key(raw, None)
        except TypeError:  # encrypted
            key = load_pem_private_key(raw, _passphrase(path))
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigError(Said("at", where=path, said=Said("no_private_key"))) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError(Said("at", where=path, said=Said("no_private_key")))
    return key


def _public(path: Path) -> Ed25519PublicKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(files.content(path, _MOST))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ConfigError(Said("at", where=path, said=Said("no_public_key"))) from error
    if not isinstance(key, Ed25519PublicKey):
        raise ConfigError(Said("at", where=path, said=Said("no_public_key")))
    return key


def _own(path: Path) -> bytes:
    """Return what the file of a private key holds. Raises ConfigError with the remedy where others may read it."""
    try:
        with files.regular(path) as file:
            if os.fstat(file.fileno()).st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise ConfigError(Said("key_for_others", key=path))
            return file.read(_MOST)
    except OSError as error:
        raise ConfigError(Said("unreadable", what=path, why=system(error.errno, error))) from error


def _passphrase(path: Path) -> bytes:
    if not sys.stdin.isatty():
        raise ConfigError(Said("at", where=path, said=Said("nobody_types")))
    try:
        return getpass.getpass(f"{path}: ").encode()
    except (OSError, EOFError) as error:
        raise ConfigError(Said("at", where=path, said=Said("nobody_types"))) from error
