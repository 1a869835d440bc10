"""The SNMP codec, the conversation with an agent, and what the printer's objects mean."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag.contract.errors import DeviceSilent
from diag.contract.links import snmp_codec as codec
from diag.contract.links.snmp import SnmpAgent
from diag.contract.links.snmp_codec import GET, GET_NEXT, below
from diag.contract.links.tap import Silent
from drivers.printer.pure import ipp
from drivers.printer.pure import printer_mib as mib
from drivers.printer.pure.conditions import Condition

OIDS = st.builds(
    lambda first, second, rest: ".".join(map(str, (first, second, *rest))),
    st.integers(0, 2), st.integers(0, 39), st.lists(st.integers(0, 0xFFFF_FFFF), max_size=20),
)  # fmt: skip
NUMBERS = st.integers(-(1 << 31), (1 << 31) - 1)


def field(tag: int, content: bytes) -> bytes:
    """Encode with the longest form of a length, which BER allows."""
    return bytes((tag, 0x84)) + len(content).to_bytes(4, "big") + content


def number(value: int) -> bytes:
    return field(2, value.to_bytes(5, "big", signed=True))


def parts(data: bytes) -> list[bytes]:
    """Return the contents of the fields in some bytes."""
    found = []
    while data:
        size, begin = data[1], 2
        if size > 0x80:
            begin += size - 0x80
            size = int.from_bytes(data[2:begin], "big")
        found.append(data[begin : begin + size])
        data = data[begin + size :]
    return found


def names(request: bytes) -> list[bytes]:
    """Return the names that a request asks for."""
    pdu = parts(parts(request)[0])[2]
    return [parts(one)[0] for one in parts(parts(pdu)[3])]


def answer(request: bytes, values: list[tuple[int, bytes]], version: int = 1, status: int = 0, index: int = 0) -> bytes:
    """Return a response to a request, with these values for its names: read and written by another code."""
    identity = parts(parts(parts(request)[0])[2])[0]
    pairs = zip(names(request), values, strict=True)
    bound = b"".join(field(0x30, field(6, name) + field(*value)) for name, value in pairs)
    pdu = field(2, identity) + number(status) + number(index) + field(0x30, bound)
    return field(0x30, number(version) + field(4, b"public") + field(0xA2, pdu))


def test_the_bytes_of_a_request() -> None:
    """As net-snmp's snmpget -v1 -c public sends them for sysDescr.0 (RFC 1157 and X.690 by hand)."""
    sent = codec.request(GET, 1, ["1.3.6.1.2.1.1.1.0"], version=0)
    assert sent.hex(" ") == (
        "30 26 02 01 00 04 06 70 75 62 6c 69 63 a0 19 02 01 01 02 01 00 02 01 00 "
        "30 0e 30 0c 06 08 2b 06 01 02 01 01 01 00 05 00"
    )
    assert codec.request(GET_NEXT, 1, ["1.3"], version=1)[4:5] == b"\1"


@given(st.lists(OIDS, min_size=1, max_size=8), NUMBERS, st.sampled_from([0, 1]))
def test_what_is_encoded_is_decoded(oids: list[str], value: int, version: codec.Version) -> None:
    """A request with the tag of a response is one whose values are missing."""
    packet = codec.request(0xA2, value, oids, version=version)
    found = codec.response(packet)
    assert (found.request, found.version, found.status, found.values) == (value, version, 0, ())


@given(OIDS, NUMBERS, st.binary(max_size=300))
def test_values(oid: str, value: int, octets: bytes) -> None:
    request = codec.request(GET, 7, [oid], version=1)
    for tag, content, meant in ((2, value.to_bytes(5, "big", signed=True), value), (4, octets, octets)):
        assert codec.response(answer(request, [(tag, content)])).values == ((oid, meant),)


@given(st.binary(max_size=200), st.integers(0, 60))
def test_any_bytes_are_a_response_or_none(data: bytes, cut: int) -> None:
    good = answer(codec.request(GET, 1, ["1.3.6"], version=0), [(4, b"x")])
    for packet in (data, good[:cut] + data, good[: -cut or None]):
        with suppress(ValueError):
            codec.response(packet)


@pytest.mark.parametrize("tag", [0x80, 0x81, 0x82, 5])
def test_names_without_a_value_are_left_out(tag: int) -> None:
    request = codec.request(GET, 9, ["1.3.1", "1.3.2"], version=1)
    assert codec.response(answer(request, [(tag, b""), (0x42, b"\xff")])).values == (("1.3.2", 255),)
    assert codec.response(answer(request, [(tag, b""), (2, b"\x05")])).values == (("1.3.2", 5),)


@contextmanager
def agent(reply: Callable[[bytes], list[bytes]]) -> Iterator[tuple[SnmpAgent, list[bytes]]]:
    """Something at a port that gets requests, and sends these packets for each."""
    heard: list[bytes] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        own.bind(("127.0.0.1", 0))
        port = own.getsockname()[1]

        def serve() -> None:
            while True:
                data, sender = own.recvfrom(9000)
                if not data:
                    return
                heard.append(data)
                for packet in reply(data):
                    own.sendto(packet, sender)

        thread = threading.Thread(target=serve)
        thread.start()
        asking = SnmpAgent("127.0.0.1", port, Silent(), seconds=1.5, silence=0.5)
        yield asking, heard
        asking.close()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", ("127.0.0.1", port))
        thread.join()


def only_v1(data: bytes) -> list[bytes]:
    return [answer(data, [(4, b"printer")], version=0)] if data[4] == 0 else []


def test_an_agent_of_version_1() -> None:
    with agent(only_v1) as (asking, heard):
        assert asking.get(["1.3.6.1"]) == {"1.3.6.1": b"printer"}
        assert asking.get(["1.3.6.1"]) == {"1.3.6.1": b"printer"}
    assert [data[4] for data in heard] == [1, 0, 0]  # the version that was answered is kept


def test_noise_and_old_answers_are_dropped() -> None:
    def reply(data: bytes) -> list[bytes]:
        old = answer(codec.request(GET, 99, ["1.3.6.1"], version=1), [(4, b"old")])
        return [b"noise", old, answer(data, [(4, b"new")])]

    with agent(reply) as (asking, _):
        assert asking.get(["1.3.6.1"]) == {"1.3.6.1": b"new"}


def test_a_name_that_an_agent_of_version_1_does_not_know_is_left_out() -> None:
    def reply(data: bytes) -> list[bytes]:
        if len(names(data)) == 2:
            return [answer(data, [(5, b""), (5, b"")], version=0, status=2, index=1)]
        return [answer(data, [(2, b"\x03")], version=0)]

    with agent(reply) as (asking, _):
        assert asking.get(["1.3.5", "1.3.7"]) == {"1.3.7": 3}


def test_a_response_that_is_too_long_is_asked_for_in_halves() -> None:
    def reply(data: bytes) -> list[bytes]:
        count = len(names(data))
        return [answer(data, [(5, b"")] * count, status=1) if count > 1 else answer(data, [(2, b"\x03")])]

    with agent(reply) as (asking, _):
        assert asking.get(["1.3.5", "1.3.7", "1.3.8"]) == {"1.3.5": 3, "1.3.7": 3, "1.3.8": 3}


def test_an_agent_whose_table_has_no_end_ends() -> None:
    with agent(lambda data: [answer(data, [(2, b"\x03")])]) as (asking, heard):
        asking.table(["1.3"])
    assert len(heard) < 20


def test_silence_and_a_closed_port_cost_little() -> None:
    with agent(lambda data: []) as (asking, heard):
        begin = time.monotonic()
        with pytest.raises(DeviceSilent, match="no answer by SNMP"):
            asking.get(["1.3.6"])
        assert 0.4 < time.monotonic() - begin < 1.0
        assert {data[4] for data in heard} == {0, 1}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    asking = SnmpAgent("127.0.0.1", port, Silent(), seconds=1.5, silence=0.5)
    begin = time.monotonic()
    with pytest.raises(DeviceSilent, match="no SNMP agent"):
        asking.get(["1.3.6"])
    assert time.monotonic() - begin < 0.5
    asking.close()


def test_the_order_of_the_bits() -> None:
    """RFC 2790: bit 0 is the most significant bit of the first octet."""
    names = [mib.error_names(bytes((0x80 >> bit, 0)))[0] for bit in range(8)]
    assert names == [
        "lowPaper", "noPaper", "lowToner", "noToner", "doorOpen", "jammed", "offline", "serviceRequested",
    ]  # fmt: skip
    assert mib.error_names(b"\x00\x84") == ("inputTrayMissing", "inputTrayEmpty")
    assert mib.error_names(b"\x40") == ("noPaper",)
    assert mib.error_names(b"") == mib.error_names(b"\x00\x01\xff") == ()


@given(st.binary(max_size=8))
def test_any_octets_have_names(raw: bytes) -> None:
    assert len(mib.error_names(raw)) <= 15


@pytest.mark.parametrize(
    ("level", "capacity", "percent"),
    [
        (30, 200, 15.0),
        (0, 200, 0.0),
        (-3, 200, None),
        (5, -2, None),
        (300, 200, 100.0),
        (None, 200, None),
        (1, 0, None),
    ],
)
def test_what_is_left(level: object, capacity: object, percent: float | None) -> None:
    assert mib.percent_left(level, capacity) == percent


def test_alerts_that_stop_come_first() -> None:
    rows: list[dict[str, int | bytes]] = [
        {mib.SEVERITY: 4, mib.CODE: 807, mib.GROUP: 8, mib.DESCRIPTION: b"Paper low\0"},
        {mib.SEVERITY: 3, mib.CODE: 13, mib.GROUP: 11, mib.DESCRIPTION: b"Ribbon\r\nempty", mib.TRAINING: 3},
        {mib.SEVERITY: 3, mib.CODE: 13, mib.GROUP: 8},
    ]
    found = mib.alerts(rows)
    assert [(one.name, one.critical, one.text) for one in found] == [
        ("noToner", True, "Ribbon empty"), ("", True, ""), ("lowPaper", False, "Paper low"),
    ]  # fmt: skip


def test_the_bytes_of_an_ipp_request() -> None:
    """RFC 8010, appendix A: version 1.1, operation 000B, request 1, the charset first."""
    sent = ipp.ask("ipp://localhost/ipp/print")
    assert sent[:9].hex(" ") == "01 01 00 0b 00 00 00 01 01"
    assert sent[9:37] == b"\x47\x00\x12attributes-charset\x00\x05utf-8"
    assert sent.endswith(b"\x44\x00\x00\x00\x19printer-is-accepting-jobs\x03")


IPP = b"\1\1\0\0\0\0\0\1\1\x04\x23\x00\x0dprinter-state\x00\x04\0\0\0\5"
REASONS = b"\x44\x00\x15printer-state-reasons\x00\x11media-empty-error\x44\x00\x00\x00\x0acover-open\x03"


def test_an_ipp_response() -> None:
    found = ipp.attributes(IPP + REASONS)
    assert found == {"printer-state": [5], "printer-state-reasons": ["media-empty-error", "cover-open"]}
    assert [ipp.CONDITIONS[ipp.reason(str(word))] for word in found["printer-state-reasons"]] == [
        Condition.PAPER_END, Condition.COVER_OPEN,
    ]  # fmt: skip
    assert ipp.attributes(b"\1\1\x04\x06" + (IPP + REASONS)[4:]) == {}  # client-error-not-found


@given(st.binary(max_size=100), st.integers(0, 60))
def test_any_bytes_are_an_ipp_response_or_none(data: bytes, cut: int) -> None:
    for packet in (data, (IPP + REASONS)[:cut], IPP[:cut] + data):
        with suppress(ValueError):
            ipp.attributes(packet)


@pytest.mark.parametrize(("oid", "index"), [("1.3.6.1", "1"), ("1.3.6", ""), ("1.3.61", ""), ("1.3.6.1.2", "1.2")])
def test_objects_in_a_column(oid: str, index: str) -> None:
    assert below(oid, "1.3.6") == index
