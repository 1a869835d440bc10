"""What a certificate says, trusted or not, and how it stands to those that the terminal trusts."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.x509.oid import ExtensionOID, NameOID

Row = dict[str, Any]
_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)
_MOST = 80  # characters of a name in a record


def facts(der: bytes, sent: int) -> Row:
    """Return names, issuer and times of a certificate. `sent`: how many certificates the server has sent."""
    try:
        read = x509.load_der_x509_certificate(der)
        return {
            "subject": _common(read.subject),
            "issuer": _common(read.issuer),
            "issuer_organisation": _organisation(read.issuer),
            "names": _names(read),
            "from": _moment(read, "not_valid_before"),
            "until": _moment(read, "not_valid_after"),
            "self_signed": read.issuer == read.subject,
            "sent": sent,
        }
    except (ValueError, TypeError, OverflowError):
        return {}


def organisations(ca: str) -> list[str]:
    """Return the organisations of the certificates in a file that the terminal trusts."""
    try:
        read = [x509.load_pem_x509_certificate(each) for each in _PEM.findall(Path(ca).read_bytes())[:50]]
    except (OSError, ValueError):
        return []
    return sorted({_organisation(each.subject) for each in read} - {""})


def _moment(read: x509.Certificate, name: str) -> float:
    """Return a time of a certificate; cryptography before 42 gives times without a zone, in UTC."""
    moment: dt.datetime = getattr(read, f"{name}_utc", None) or getattr(read, name).replace(tzinfo=dt.UTC)
    return moment.timestamp()


def _common(name: x509.Name) -> str:
    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value)[:_MOST] if found else name.rfc4514_string()[:_MOST]


def _organisation(name: x509.Name) -> str:
    found = name.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return str(found[0].value)[:_MOST] if found else ""


def _names(read: x509.Certificate) -> list[str]:
    try:
        value = read.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME).value
    except x509.ExtensionNotFound:
        return []
    if not isinstance(value, x509.SubjectAlternativeName):
        return []
    return [str(each.value)[:_MOST] for each in value if isinstance(each, x509.DNSName | x509.IPAddress)][:6]
