"""SNMP messages of versions 1 and 2c: GET and GETNEXT requests, and their responses.

A message is a sequence of version, community and PDU (RFC 1157 section 4, RFC 1901 section 3, RFC 3416 section 3), in
the Basic Encoding Rules with definite lengths only (RFC 3417 section 8). Own code, for the two requests need one page,
and SNMP libraries bring an event loop, a compiler of MIBs, or a C library.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

GET, GET_NEXT = 0xA0, 0xA1
_RESPONSE = 0xA2
_INTEGER, _OCTETS, _NULL, _OID, _SEQUENCE = 0x02, 0x04, 0x05, 0x06, 0x30
#: IpAddress and Opaque; Counter32, Gauge32, TimeTicks and Counter64 (RFC 2578 section 7.1)
_AS_OCTETS, _UNSIGNED = (_OCTETS, 0x40, 0x44), (0x41, 0x42, 0x43, 0x46)
#: version 2c, in place of a value: noSuchObject, noSuchInstance, endOfMibView (RFC 3416 section 3)
_NO_VALUE = (_NULL, 0x80, 0x81, 0x82)
#: error-status (RFC 1157 section 4.1.1): the response would be too long; version 1: a name has no value
TOO_BIG, NO_SUCH_NAME = 1, 2
_LONGEST_NUMBER = 9  # bytes; a Counter64 with a leading zero
_LONGEST_OID = 128  # sub-identifiers, RFC 2578 section 3.5

Version = Literal[0, 1]  # of the message: SNMPv1, SNMPv2c
Value = int | bytes


@dataclass(frozen=True)
class Response:
    """One response. `values` holds object identifiers and values; what has no value, or another type, is left out.

    `index`: which name an error is about, counted from 1.
    """

    version: Version
    request: int
    status: int
    index: int
    values: tuple[tuple[str, Value], ...]


def request(kind: int, number: int, oids: Sequence[str], *, version: Version, community: str = "public") -> bytes:
    """Return a GET or GET_NEXT request for some objects; the response repeats its number."""
    names = b"".join(_field(_SEQUENCE, _field(_OID, _as_oid(oid)) + _field(_NULL, b"")) for oid in oids)
    numbers = b"".join(_field(_INTEGER, _as_integer(value)) for value in (number, 0, 0))
    pdu = _field(kind, numbers + _field(_SEQUENCE, names))
    head = _field(_INTEGER, _as_integer(version)) + _field(_OCTETS, community.encode())
    return _field(_SEQUENCE, head + pdu)


def response(packet: bytes) -> Response:
    """Return the response in a packet. Raises: ValueError where the packet is none."""
    (message,) = _fields(packet, _SEQUENCE)
    version, _, pdu = _fields(message, _INTEGER, _OCTETS, _RESPONSE)
    said = _integer(version)
    if said not in (0, 1):
        raise ValueError("neither version 1 nor 2c")
    number, status, index, bindings = _fields(pdu, _INTEGER, _INTEGER, _INTEGER, _SEQUENCE)
    values = tuple(_values(bindings))
    return Response(1 if said else 0, _integer(number), _integer(status), _integer(index), values)


def below(oid: str, column: str) -> str:
    """Return the index of an object in a column of a table; empty where the object is in another column."""
    return oid[len(column) + 1 :] if oid.startswith(f"{column}.") else ""


def _values(bindings: bytes) -> Iterator[tuple[str, Value]]:
    for tag, binding in _each(bindings):
        if tag != _SEQUENCE:
            raise ValueError("a binding that is no sequence")
        (name_tag, name), (value_tag, value) = _pair(binding)
        if name_tag != _OID:
            raise ValueError("a binding without a name")
        if value_tag in (_INTEGER, *_UNSIGNED):
            yield _oid(name), _integer(value, signed=value_tag == _INTEGER)
        elif value_tag in _AS_OCTETS:
            yield _oid(name), value
        elif value_tag not in (_OID, *_NO_VALUE):
            raise ValueError("a value of an unknown type")


def _pair(data: bytes) -> tuple[tuple[int, bytes], tuple[int, bytes]]:
    first, second = _each(data)
    return first, second


def _fields(data: bytes, *tags: int) -> list[bytes]:
    """Return the contents of fields that have to be there, and no others. Raises: ValueError."""
    found = list(_each(data))
    if tuple(tag for tag, _ in found) != tags:
        raise ValueError("other fields")
    return [content for _, content in found]


def _each(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield tag and content of each field. Raises: ValueError."""
    at = 0
    while at < len(data):
        length, begin = _length(data, at + 1)
        if begin + length > len(data):
            raise ValueError("cut off")
        yield data[at], data[begin : begin + length]
        at = begin + length


def _length(data: bytes, at: int) -> tuple[int, int]:
    """Return a length, and where the content begins. Raises: ValueError for the indefinite form, and where cut off."""
    if at >= len(data):
        raise ValueError("cut off")
    count = data[at] - 0x80
    if count < 0:
        return data[at], at + 1
    if not 0 < count <= 4:
        raise ValueError("a length that cannot be")
    return int.from_bytes(data[at + 1 : at + 1 + count], "big"), at + 1 + count


def _integer(content: bytes, *, signed: bool = True) -> int:
    if not 0 < len(content) <= _LONGEST_NUMBER:
        raise ValueError("a number that cannot be")
    return int.from_bytes(content, "big", signed=signed)


def _oid(content: bytes) -> str:
    """Return an object identifier with dots. The first byte holds the first two numbers (X.690, 8.19.4)."""
    numbers, value = [], 0
    for byte in content:
        value = value << 7 | byte & 0x7F
        if value > 0xFFFF_FFFF:
            raise ValueError("a sub-identifier that cannot be")
        if byte < 0x80:
            numbers.append(value)
            value = 0
    if not numbers or content[-1] >= 0x80 or len(numbers) >= _LONGEST_OID:
        raise ValueError("an object identifier that cannot be")
    first = min(numbers[0] // 40, 2)
    return ".".join(str(number) for number in (first, numbers[0] - 40 * first, *numbers[1:]))


def _as_oid(oid: str) -> bytes:
    first, second, *rest = (int(number) for number in oid.split("."))
    return b"".join(_base_128(number) for number in (40 * first + second, *rest))


def _base_128(number: int) -> bytes:
    digits = [number & 0x7F]
    while number := number >> 7:
        digits.append(number & 0x7F | 0x80)
    return bytes(reversed(digits))


def _as_integer(number: int) -> bytes:
    return number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True)


def _field(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(size))) + size + content
