"""What cards and readers say: BER-TLV, directories of applications, descriptors; account data stay in the link."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.card_reader.pure import abilities, applications, slots, tlv
from drivers.card_reader.pure.atr import parse
from tests.conftest import Command, Simulator
from tests.stores import everything

# Answers to SELECT of 2PAY.SYS.DDF01 that users of real cards published.
VISA_DEBIT = "6F2F840E325041592E5359532E4444463031A51DBF0C1A61184F07A0000000031010500A56495341204445424954870101"
MAESTRO = "6F2C840E325041592E5359532E4444463031A51ABF0C1761154F0CA00000000430 60C12345678987 01039F2A0102"

PAN, NAME, EXPIRY = "4111111111111111", "TESTER", "301231"


@given(st.binary(max_size=300))
def test_noise_raises_only_the_documented_error(data: bytes) -> None:
    try:
        found = tlv.parse(data)
    except tlv.TlvError:
        return
    assert sum(len(one.value) for one in found) <= len(data)


TAGS = st.sampled_from([0x4F, 0x50, 0x84, 0x87, 0x9F12, 0x9F38, 0xBF0C, 0x5F2D, 0xDF8101])


@given(st.lists(st.tuples(TAGS, st.binary(max_size=300))))
def test_data_objects_come_back(objects: list[tuple[int, bytes]]) -> None:
    data = b""
    for tag, value in objects:
        length = len(value)
        head = bytes((length,)) if length < 128 else b"\x82" + length.to_bytes(2, "big")
        data += tag.to_bytes((tag.bit_length() + 7) // 8, "big") + head + value
    assert [(one.tag, one.value) for one in tlv.parse(data)] == objects


@given(st.binary(max_size=300))
def test_no_answer_of_a_card_upsets_the_directory(data: bytes) -> None:
    assert applications.directory_file(data) in (None, *range(1, 11))
    for read in (applications.in_record, applications.in_ppse):
        assert all(10 <= len(aid) <= 16 for aid, _ in read(data))


def test_directories_of_real_cards() -> None:
    assert applications.in_ppse(bytes.fromhex(VISA_DEBIT)) == [("A0000000031010", "VISA DEBIT")]
    # what the issuer appended to the identifier is not shown
    assert applications.in_ppse(bytes.fromhex(MAESTRO)) == [("A0000000043060", "")]


def listed(aid: str, label: bytes) -> list[tuple[str, str]]:
    """What is taken of a directory's record with one entry."""
    raw = bytes.fromhex(aid)
    entry = bytes((0x4F, len(raw))) + raw + bytes((0x50, len(label))) + label
    return applications.in_record(b"\x70" + bytes((len(entry) + 2,)) + b"\x61" + bytes((len(entry),)) + entry)


@pytest.mark.parametrize(
    "label",
    [PAN.encode(), b"4111 1111 1111 1111", b"4111-1111-1111-1111", b"TESTER/VOLUNTEER", b"exp 12/30", b"\x01\xff"],
)
def test_a_label_that_could_be_somebody_s_is_dropped(label: bytes) -> None:
    assert listed("A0000000031010", label) == [("A0000000031010", "")]


@pytest.mark.parametrize(
    ("aid", "shown"),
    [
        ("A0000000034111111111", ["A000000003"]),  # the issuer's own part is not shown
        ("D27600002545500200", ["D276000025"]),
        ("5413330089010434", []),  # no registration: a number
        ("34313131313131313131", []),
        ("444F452F4A4F484E", []),
    ],
)
def test_identifiers_are_shown_as_far_as_they_are_registered(aid: str, shown: list[str]) -> None:
    assert [one for one, _ in listed(aid, b"")] == shown


def test_values_are_not_in_the_text_of_a_data_object() -> None:
    assert "41" not in repr(tlv.parse(bytes.fromhex("5A084111111111111111"))[0]).replace("tag=90", "")


@pytest.mark.parametrize(
    ("aids", "atr", "kind"),
    [
        (["A0000000031010"], "3B65000020 63CB6600", "payment"),
        (["A000000004306001"], "3B65000020 63CB6600", "payment"),
        (["A0000000871002FF"], "3B959640F00F100A096A", "sim"),
        (["315449432E494341"], "3B6F0000805A28114210122B037A89AA829000", "transport"),
        ([], "3B8F8001804F0CA000000306030001000000006A", "transport"),
        ([], "3B8180018080", "transport"),
        ([], "3BF81300008131FE15597562696B657934D4", "unknown"),
    ],
)
def test_kinds_of_cards(aids: list[str], atr: str, kind: str) -> None:
    found = [applications.Application(aid) for aid in aids]
    assert applications.kind(found, parse(bytes.fromhex(atr))) == kind


@pytest.mark.parametrize(
    ("name", "slot"),
    [
        ("ACS ACR1281 Dual Reader [ACR1281 Dual Reader ICC] 00 00", "contact"),
        ("ACS ACR1281 Dual Reader [ACR1281 Dual Reader PICC] 01 00", "contactless"),
        ("ACS ACR1252 1S CL Reader [ACR1252 Dual Reader SAM] 01 00", "sam"),
        ("Feitian R502 [R502 SAM1 Reader] 02 00", "sam"),
        ("Gemalto Prox-DU [Prox-DU Contactless_09A00795] 00 00", "contactless"),
        ("HID Global OMNIKEY 5422CL Smartcard Reader [OMNIKEY 5422CL Smartcard Reader] 00 00", "contactless"),
        ("Identiv CLOUD 4701 F Dual Interface Reader [CLOUD 4701 F Contact Reader] 00 00", "contact"),
        ("ACS ACR122U PICC Interface 00 00", "contactless"),
        ("Gemalto USB SmartCard Reader 433 [CCID Interface] (1-0000:00:06.7-2) 00 00", None),
        ("Alcor Link AK9563 00 00", None),
    ],
)
def test_slots_by_their_names(name: str, slot: str | None) -> None:
    assert slots.by_name(name) == slot


# Feitian SCR310, from the list of readers of libccid: interface of class 0B, CCID descriptor, three endpoints.
FEITIAN = (
    "0902560001010080320904000003 0B000000"
    "3621 0001 00 07 03000000 A00F0000 401F0000 00 002A0000 C0270900 00 F8000000 00000000 00000000"
    "30020100 0F010000 00 00 0000 00 00"
    "0705810240000007050202400000070583030800FF"
)


def test_a_ccid_descriptor() -> None:
    found = abilities.ccid_descriptor(
        bytes.fromhex("120100020000004 06E090505050201020301".replace(" ", "") + FEITIAN.replace(" ", ""))
    )
    assert found == abilities.CcidDescriptor(
        slots=1, classes="ABC", protocols=(0, 1), default_clock=4000, max_clock=8000,
        data_rate=10752, max_data_rate=600000, max_ifsd=248, exchange="tpdu",
    )  # fmt: skip


@given(st.binary(max_size=120))
def test_any_descriptors_are_read_or_not(data: bytes) -> None:
    abilities.ccid_descriptor(data)
    abilities.firmware(data)
    abilities.features(data)
    abilities.version(data)
    abilities.usb_place(data)
    abilities.text(data)


def test_attributes() -> None:
    assert abilities.version((0x02050000).to_bytes(4, "little")) == "2.05"
    assert abilities.version((0x01130007).to_bytes(4, "little")) == "1.13.7"
    assert abilities.version(bytes(4)) == ""
    assert abilities.usb_place((0x00200107).to_bytes(4, "little")) == (1, 7)
    assert abilities.usb_place((0x00010107).to_bytes(4, "little")) is None
    assert abilities.text(b"Gemalto\0\0") == "Gemalto"
    assert abilities.firmware(bytes.fromhex("0601040806") + b"V1.02\0") == "V1.02"


@pytest.mark.parametrize("card", ["payment", "payment-t1", "no-directory"])
def test_account_data_that_a_card_volunteers_leave_no_trace(
    posdiag: Command, simulator: Simulator, tmp_path: Path, card: str
) -> None:
    """The card puts 57, 5A, 5F20 and 5F24 into every answer; none is kept, and none is asked for."""
    served = simulator("card_reader", "--set", f"sim_card={card}")
    trace = tmp_path / "trace.jsonl"
    words = ["run", "generic/pcsc", "--set", f"card_reader.at={served.at}", "--trace", str(trace)]
    done = posdiag(*words, "--json", env=served.env)
    plain = posdiag("run", "generic/pcsc", "--set", f"card_reader.at={served.at}", env=served.env)
    assert done.status == 0
    assert done.check("card_reader", "card_kind")["measurements"][-1]["value"] == "payment"
    stored = everything(tmp_path)
    assert "A0000000031010" in stored
    said = "".join((done.out, done.err, plain.out, plain.err, stored, trace.read_text()))
    for secret in (PAN, NAME, NAME.encode().hex(), EXPIRY):
        assert secret.lower() not in said.lower()
    sent = [json.loads(line)["sent"] for line in trace.read_text().splitlines() if '"transmit"' in line]
    assert sent
    allowed = r"00a40400.*|00c00000..|00b2..0c..|a0a40000023f00"
    assert all(re.fullmatch(allowed, command) for command in sent), sent
