"""What technicians and merchants read of a record, and the list of stored runs: composed records, the real texts."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from diag.contract import reasons
from diag.contract.check import Finding, Limits, Measurement
from diag.contract.reasons import Reason
from diag.knowledge import catalogue, languages
from diag.records.events import CheckEnded, CheckReported, Event
from diag.records.outcome import Ending, Outcome
from diag.records.record import Record
from diag.reports.merchant import merchant
from diag.reports.technician import technician
from diag.reports.texts import Texts
from tests.conftest import Command
from tests.test_check import KNOWN, all_pass, concluded, read

#: what only whoever looks after a computer can do with
FOR_TECHNICIANS = (
    "apt",
    "systemctl",
    "sudo",
    "group",
    "用户组",
    "dmesg",
    "--set",
    "pcscd",
    "modprobe",
    "udev",
    "permission",
    "权",
)
HOST = {code: Reason(code.lower(), road_ends=True, undermines=True) for code in KNOWN.rooms[catalogue.HOST].faults}


def with_events(*events: Event) -> Record:
    """A demo terminal in which all passed, but for these."""
    examination = all_pass("demo/countertop")
    for event in events:
        examination.apply(event)
    return concluded(examination)


def found(part: str, check: str, fault: str, evidence: str = "e") -> tuple[Event, Event]:
    return CheckReported(part, check, Finding(fault, evidence)), CheckEnded(part, check, Ending(Outcome.FAILED), 0.1)


@pytest.mark.parametrize("lang", languages.LANGUAGES)
@pytest.mark.parametrize("fault", HOST)
def test_a_merchant_is_not_told_what_mends_a_computer(fault: str, lang: str) -> None:
    said = Finding(fault, "sudo apt-get install pcscd, permission denied, dmesg")
    ending = Ending(Outcome.NOT_ANSWERED, HOST[fault], "sudo systemctl start pcscd.socket")
    record = with_events(
        CheckReported("card_reader", "service", said), CheckEnded("card_reader", "service", ending, 0.1)
    )
    text = merchant(record, Texts(KNOWN, lang))
    assert fault in text
    assert not [word for word in FOR_TECHNICIANS if word in text]
    assert ("Restart the terminal" if lang == "en" else "重启POS机") in text
    assert not text.startswith(("READY", "可以营业", "已检查到"))


def test_causes_stand_in_the_order_to_mend() -> None:
    record = with_events(
        *found("printer", "paper", "PRN-PAPER-NEAR-END"),
        *found("printer", "cover", "PRN-COVER-OPEN"),
        *found("card_reader", "contact_quality", "ICC-SLOW"),
    )
    lines = read(record)
    places = [line for line in lines if line.endswith(":") and " of " in line]
    assert places == ["1 of 3, start here:", "2 of 3:", "3 of 3:"]
    marks = [lines[lines.index(place) + 1].split(":")[0] for place in places]
    assert marks == ["✗ Receipt printer", "! Card reader", "! Receipt printer"]
    assert "nearly" in lines[lines.index("3 of 3:") + 1]
    assert lines[-1].startswith("Demo countertop terminal [demo/countertop] · serial number SN7 · ")


def test_what_explains_others_is_mended_first() -> None:
    """The mute printer on a dead battery is no cause of its own, and stands behind the battery."""
    record = with_events(
        CheckReported("printer", "status", Finding("PRN-MUTE", "e")),
        CheckEnded("printer", "status", Ending(Outcome.FAILED, reasons.SILENT), 0.1),
        *found("power", "battery", "PWR-BATTERY-DEAD"),
    )
    lines = read(record)
    assert lines[0].startswith("NOT READY")
    assert lines[2].startswith("✗ Power")
    assert any("cannot be judged before this is mended" in line and "PWR-" not in line for line in lines)


def test_a_part_is_repaired_by_support() -> None:
    lines = read(with_events(*found("printer", "errors", "PRN-BOARD")))
    assert any(line.strip().startswith("Have it repaired") and "PRN-BOARD" in line for line in lines)


@pytest.mark.parametrize(
    ("limits", "value", "shown"),
    [
        (Limits(4.75, 5.25), 4.31, "rail 4.31 V (outside its limits; allowed 4.75–5.25)"),
        (Limits(4.75, 5.25), 5.0, "rail 5 V (allowed 4.75–5.25)"),
        (Limits(max=60), 61.5, "rail 61.5 V (outside its limits; allowed up to 60)"),
        (Limits(min=0), 1.0, "rail 1 V (allowed from 0)"),
        (None, 1.0, "rail 1 V]"),
    ],
)
def test_limits_stand_beside_values(limits: Limits | None, value: float, shown: str) -> None:
    record = with_events(CheckReported("power", "board", Measurement("rail", value, "V", limits)))
    assert shown in technician(record, Texts(KNOWN, "en"))


def test_degraded_is_not_called_failed() -> None:
    events = found("printer", "errors", "PRN-HEAD-HOT")
    text = technician(with_events(*events), Texts(KNOWN, "en"))
    assert "FAIL: Degraded: Receipt printer" in text
    both = technician(with_events(*events, *found("power", "battery", "PWR-BATTERY-HOT")), Texts(KNOWN, "en"))
    assert "FAIL: Failed: Power, Degraded: Receipt printer" in both


def test_a_technician_reads_what_was_not_tried() -> None:
    line = next(line for line in technician(with_events(), Texts(KNOWN, "en")).splitlines() if line.startswith("PASS"))
    assert "Not tried yet:" in line
    assert "swipe a card" in line


def test_a_record_without_a_serial_number_or_with_an_odd_one() -> None:
    record = with_events()
    plain = replace(record, terminal=replace(record.terminal, serial_number=None))
    assert "serial number" not in read(plain)[-1]
    odd = replace(record, terminal=replace(record.terminal, serial_number="\x1b[2J"))
    assert "\x1b" not in read(odd)[-1]


def test_history(posdiag: Command, tmp_path: Path) -> None:
    words = ("run", "generic/linux-power", "--set", f"power.at=sysfs:{tmp_path}")
    posdiag(*words, "--serial-number", "ONE")
    posdiag(*words, "--serial-number", "TWO")
    lines = posdiag("history").out.splitlines()
    assert lines[0].split() == ["RUN", "BEGAN", "VERDICT", "TERMINAL", "SERIAL", "NUMBER", "CAUSES", "DEVICES"]
    assert [line.split()[-2:] for line in lines[1:]] == [["ONE", "real"], ["TWO", "real"]]
    assert lines[1].index("generic/") == lines[0].index("TERMINAL")
    assert posdiag("history", "--lang", "zh").out.startswith("检查编号")
    one = json.loads(posdiag("history", "--json", "--serial-number", "ONE").out)
    assert [(run["serial_number"], run["profile"], run["verdict"]) for run in one] == [
        ("ONE", "generic/linux-power", "inconclusive")
    ]


def test_a_required_part_that_is_not_here_is_no_part_for_later() -> None:
    """Only a profile of whatever a computer has does not know what is fitted."""
    nothing = Ending(Outcome.NOT_ANSWERED, reasons.NONE_HERE)
    record = with_events(CheckEnded("power", "supplies", nothing, 0.1))
    assert read(record)[0].startswith("NOT SURE")


def test_a_card_is_not_repaired() -> None:
    lines = read(with_events(*found("card_reader", "contact_quality", "ICC-SLOW")))
    assert any(line.strip() == "Call support and give them the code 213 (ICC-SLOW)." for line in lines)


def test_what_has_no_cause_is_not_called_fine() -> None:
    """A value outside its limits is no fault of the catalogue; a mute part was not judged; both have a next step."""
    rail = Measurement("rail", 4.3, "V", Limits(4.75, 5.25))
    odd = read(
        with_events(CheckReported("power", "board", rail), CheckEnded("power", "board", Ending(Outcome.FAILED), 0.1))
    )
    assert odd[0].startswith("READY, BUT")
    assert "! Power: does not work as it should. Call support." in odd
    mute = read(with_events(CheckEnded("magstripe", "present", Ending(Outcome.NOT_ANSWERED, reasons.SILENT), 0.1)))
    assert mute[0].startswith("NOT SURE")
    assert (
        mute[mute.index("? Magnetic stripe reader: not examined (no answer in time)") + 1].strip().startswith("Restart")
    )
