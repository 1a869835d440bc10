"""`posdiag detect --network`: printers that answer multicast DNS or SNMP, here at addresses of their own."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag.bench import detect_epson, detect_mdns, detect_snmp, detect_star
from diag.bench.detect_mdns import IPP, RAW, Service, services
from diag.bench.detect_network import network_printers
from diag.bench.detect_profiles import Profiles
from diag.contract.links import networks
from tests.conftest import Simulator


def named(name: str) -> bytes:
    return b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"


def record(name: bytes, kind: int, data: bytes) -> bytes:
    return name + struct.pack(">HHIH", kind, 0x8001, 120, len(data)) + data


def txt(*texts: str) -> bytes:
    return b"".join(bytes([len(text)]) + text.encode() for text in texts)


def answer(instance: str, service: str, port: int, address: str, *texts: str) -> bytes:
    """Return an answer as printers send it: the instance's name points back into the packet."""
    head = struct.pack(">6H", 0, 0x8400, 1, 1, 0, 3)
    question = named(service) + struct.pack(">HH", 12, 1)
    label = bytes([len(instance)]) + instance.encode() + b"\xc0\x0c"  # the service's name stands at 12
    host = named("printer.local")
    return head + question + b"".join(
        [
            record(b"\xc0\x0c", 12, label),
            record(label, 33, struct.pack(">3H", 0, 0, port) + host),
            record(label, 16, txt("txtvers=1", *texts)),
            record(host, 1, socket.inet_aton(address)),
        ]
    )  # fmt: skip


TOLD = ("ty=EPSON TM-m30III", "usb_MFG=EPSON", "usb_MDL=TM-m30III", "usb_CMD=ESC/POS")
EPSON = answer("EPSON TM-m30III", RAW, 9100, "192.0.2.7", *TOLD)
OFFICE = answer("Officejet", RAW, 9100, "192.0.2.8", "ty=HP Officejet", "usb_CMD=PCL,POSTSCRIPT")
IPP_ONLY = answer("Airprinter", IPP, 631, "192.0.2.9", "ty=Some Airprinter")


def test_an_answer() -> None:
    told = {"txtvers": "1", "ty": "EPSON TM-m30III", "usb_mfg": "EPSON", "usb_mdl": "TM-m30III", "usb_cmd": "ESC/POS"}
    assert services(EPSON, "192.0.2.99") == [Service(f"EPSON TM-m30III.{RAW}", RAW, "192.0.2.7", 9100, told)]


def test_an_answer_without_an_address_is_the_sender_s() -> None:
    cut = EPSON[: EPSON.rindex(named("printer.local"))]
    cut = cut[:10] + struct.pack(">H", 2) + cut[12:]
    assert services(cut, "192.0.2.99")[0].address == "192.0.2.99"


@given(st.binary(max_size=200))
def test_any_bytes_are_taken(data: bytes) -> None:
    services(data, "192.0.2.1")
    services(EPSON[:12] + data, "192.0.2.1")
    services(EPSON[: len(data)] + data, "192.0.2.1")


def test_a_name_that_points_at_itself_ends() -> None:
    assert services(struct.pack(">6H", 0, 0x8400, 0, 1, 0, 0) + b"\xc0\x0c", "192.0.2.1") == []


@contextmanager
def responder(*answers: bytes, question: bytes | None = None, host: str = "127.0.0.1") -> Iterator[tuple[str, int]]:
    """Something that answers each question with these packets; by default those of multicast DNS."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        own.bind((host, 0))
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                data, sender = own.recvfrom(9000)
                for packet in answers if data == (question or detect_mdns.query()) else ():
                    own.sendto(packet, sender)

        thread = threading.Thread(target=serve)
        thread.start()
        yield own.getsockname()
        over.set()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", own.getsockname())
        thread.join()


def test_printers_on_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networks, "ROUTES", Path("/dev/null"))
    with responder(b"noise", EPSON, OFFICE, IPP_ONLY) as place:
        monkeypatch.setattr(detect_mdns, "GROUP", place)
        found = {thing.name: thing for thing in network_printers()}
    profiles = Profiles()
    (fit,) = profiles.fits(found["EPSON TM-m30III"])
    assert (fit.certainty, fit.command) == (
        "likely", "posdiag run epson/tm-m30iii --set printer.at=socket://192.0.2.7:9100",
    )  # fmt: skip
    assert [fit.certainty for fit in profiles.fits(found["HP Officejet"])] == ["possible"]
    assert profiles.fits(found["Some Airprinter"]) == []


def test_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networks, "ROUTES", Path("/dev/null"))
    with responder() as place:
        monkeypatch.setattr(detect_mdns, "GROUP", place)
        assert list(network_printers()) == []


ROUTE = "Iface Destination Gateway Flags RefCnt Use Metric Mask\nlo 0000007F 00000000 0001 0 0 0 FCFFFFFF\n"


@pytest.fixture
def only_loopback(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Make this computer's only network 127.0.0.0/30, whose broadcast address is that of a printer of ours."""
    routes = tmp_path / "route"
    routes.write_text(ROUTE)
    monkeypatch.setattr(networks, "ROUTES", routes)


@pytest.mark.usefixtures("only_loopback")
@pytest.mark.parametrize("agent", ["v2c", "v1"])
def test_printers_that_answer_snmp(simulator: Simulator, monkeypatch: pytest.MonkeyPatch, agent: str) -> None:
    """The printer's name stands in the row of its status; the first row is that of a network interface."""
    served = simulator("printer", "--set", "link=tcp", "--set", f"snmp={agent}", "--set", "snmp_host=127.0.0.3")
    monkeypatch.setattr(detect_snmp, "PORT", served.facts["snmp_port"])
    with responder() as place:
        monkeypatch.setattr(detect_mdns, "GROUP", place)
        (thing,) = network_printers()
    assert (thing.name, thing.said) == ("SIM-80 printer", "Simulated receipt printer")
    assert thing.addresses == {"stream": "socket://127.0.0.3:9100"}
    assert [(fit.profile, fit.certainty) for fit in Profiles().fits(thing)] == [("generic/escpos-thermal", "possible")]


@pytest.mark.usefixtures("only_loopback")
def test_a_printer_that_answers_both_is_listed_once(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    served = simulator("printer", "--set", "link=tcp", "--set", "snmp=v2c", "--set", "snmp_host=127.0.0.3")
    monkeypatch.setattr(detect_snmp, "PORT", served.facts["snmp_port"])
    with responder(answer("EPSON TM-m30III", RAW, 9100, "127.0.0.3", *TOLD)) as place:
        monkeypatch.setattr(detect_mdns, "GROUP", place)
        (thing,) = network_printers()
    assert thing.name == "EPSON TM-m30III"


@pytest.mark.parametrize("agent", ["other", "garbage", "private"])
def test_agents_that_are_no_printers(simulator: Simulator, monkeypatch: pytest.MonkeyPatch, agent: str) -> None:
    served = simulator("printer", "--set", "link=tcp", "--set", f"snmp={agent}")
    monkeypatch.setattr(detect_snmp, "PORT", served.facts["snmp_port"])
    assert detect_snmp.browse(["127.0.0.1"]) == []


#: as the network interface of a TSP100 answers: the head, then fields of fixed width
STAR = (
    b"STR_BCAST".ljust(16, b"\0") + b"RS1.0.1\0" + bytes(12) + b"TSP100LAN".ljust(16, b"\0") + b"V2.1".ljust(8, b"\0")
)


@pytest.mark.usefixtures("only_loopback")
def test_star_printers_are_found_in_star_s_own_way(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = b"STR_BCAST".ljust(16, b"\0") + b"RQ1.0.0" + bytes.fromhex("00001c6431")
    with responder() as nobody, responder(b"noise", STAR, question=asked, host="127.0.0.3") as (_, port):
        monkeypatch.setattr(detect_mdns, "GROUP", nobody)
        monkeypatch.setattr(detect_star, "PORT", port)
        (thing,) = network_printers()
    assert (thing.name, thing.addresses) == ("TSP100LAN V2.1", {"stream": "socket://127.0.0.3:9100"})
    assert [(fit.profile, fit.certainty) for fit in Profiles().fits(thing)] == [("generic/star", "likely")]


#: as a TM-T88V answers: the head of the reference guide, five bytes, and the model in a field of fixed width
ENPC = bytes.fromhex("4550534f4e7103000000000000850005200264") + b"TM-T88V".ljust(128, b"\0")


@pytest.mark.usefixtures("only_loopback")
@pytest.mark.parametrize("packet", [ENPC, b"EPSONq" + bytes(8), ENPC.replace(b"\0\0\0\0\0\x85", b"\0\0\xff\xff\0\x85")])
def test_epson_printers_are_found_in_epson_s_own_way(monkeypatch: pytest.MonkeyPatch, packet: bytes) -> None:
    """What is no answer of a printer, or says that the query is not supported, is no printer."""
    asked = bytes.fromhex("4550534f4e510300000000000000")
    with responder() as nobody, responder(b"noise", packet, question=asked, host="127.0.0.3") as (_, port):
        monkeypatch.setattr(detect_mdns, "GROUP", nobody)
        monkeypatch.setattr(detect_epson, "PORT", port)
        things = list(network_printers())
    assert [(thing.name, thing.addresses) for thing in things] == (
        [("EPSON TM-T88V", {"stream": "socket://127.0.0.3:9100"})] if packet is ENPC else []
    )
    assert [Profiles().fits(thing)[0].profile for thing in things] == (["epson/tm-t88v"] if packet is ENPC else [])
