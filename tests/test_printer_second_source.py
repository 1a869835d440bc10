"""Network printers whose print port is silent, taken or refused, and what they tell by SNMP and IPP."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Command, Done, Served, Simulator

PRINTER = "epson/tm-m30iii"  # its manual documents the status questions
SILENT = ("PRN-MUTE", "PRN-PORT")
PARTS = ("part", "connection")


def served(simulator: Simulator, *items: str) -> Served:
    """Start a network printer: faults, and settings KEY=VALUE."""
    words = [word for item in items for word in ("--fault" if item.startswith("PRN-") else "--set", item)]
    return simulator("printer", "--set", "link=tcp", *words)


def run(posdiag: Command, printer: Served, *options: str, profile: str = PRINTER) -> Done:
    ports = {"snmp_port": 0, "ipp_port": 0} | {key: printer.facts[key] for key in printer.facts if key[-5:] == "_port"}
    sets = [f"at={printer.at}", "timeout_s=0.3", *(f"{key}={value}" for key, value in ports.items())]
    words = [word for item in sets for word in ("--set", f"printer.{item}")]
    return posdiag("run", profile, *words, "--json", *options)


@pytest.mark.parametrize("port", SILENT)
@pytest.mark.parametrize("source", ["snmp=v2c", "snmp=v1", "ipp=printer"])
@pytest.mark.parametrize("fault", ["PRN-PAPER-END", "PRN-COVER-OPEN", "PRN-PAPER-JAM"])
def test_a_silent_port_and_a_printer_that_tells_why(
    posdiag: Command, simulator: Simulator, port: str, source: str, fault: str
) -> None:
    if fault == "PRN-PAPER-JAM":  # the simulator's ESC/POS printer jams in a page only
        printer = served(simulator, port, source, "snmp_bits=0400", "snmp_down=1", "ipp_reasons=media-jam-error")
    else:
        printer = served(simulator, port, source, fault)
    done = run(posdiag, printer)
    assert done.causes == [fault]
    (finding, *_) = done.check("printer", "network_status")["findings"]
    assert finding["evidence"].startswith("IPP says" if source.startswith("ipp") else "SNMP says")


@pytest.mark.parametrize("source", ["snmp=v2c", "ipp=printer"])
def test_offline_without_a_cause_keeps_the_causes_open(posdiag: Command, simulator: Simulator, source: str) -> None:
    """Paper end and cover come first: that the source does not name them proves nothing."""
    done = run(posdiag, served(simulator, "PRN-MUTE", source, "PRN-OFFLINE"))
    possible = [cause["fault"] for cause in done.record["diagnosis"]["open"]]
    assert (done.status, done.causes) == (1, [])
    assert set(possible[:2]) == {"PRN-PAPER-END", "PRN-COVER-OPEN"}
    assert "PRN-OFFLINE" in possible
    assert "PRN-MUTE" not in possible


@pytest.mark.parametrize("port", SILENT)
def test_a_printer_that_is_well_beside_its_port(posdiag: Command, simulator: Simulator, port: str) -> None:
    """The port is the trouble, and neither its cable nor its board nor its power."""
    done = run(posdiag, served(simulator, port, "snmp=v2c"))
    assert done.causes == [port]
    assert done.check("printer", "network_status")["findings"] == []
    facts = [fact["name"] for fact in done.check("printer", "network_status")["facts"]]
    assert facts == ["answers-beside"]
    causes = [*done.record["diagnosis"]["causes"], *done.record["diagnosis"]["open"]]
    assert not [one for one in causes if one["fault"] in ("PRN-CABLE", "PRN-BOARD") and one["certainty"] > 0.1]


def test_a_port_that_another_client_has(posdiag: Command, simulator: Simulator) -> None:
    """Connections are taken and never served while the printer prints for somebody else."""
    done = run(posdiag, served(simulator, "PRN-MUTE", "snmp=busy"))
    assert done.causes == ["PRN-PORT"]
    assert "another program or till" in done.check("printer", "status")["findings"][0]["evidence"]


@pytest.mark.parametrize(
    "agent", ["snmp=private", "snmp=garbage", "snmp=other", "ipp=missing", "ipp=garbage", "ipp=mute", ""]
)
def test_what_is_no_printer_s_answer_proves_nothing(posdiag: Command, simulator: Simulator, agent: str) -> None:
    done = run(posdiag, served(simulator, "PRN-MUTE", "PRN-PAPER-END", *filter(None, [agent])))
    assert done.causes == ["PRN-MUTE"]
    check = done.check("printer", "network_status")
    assert (check["findings"], check["outcome"]) == ([], "skipped")
    seconds = done.check("printer", "status")["seconds"]
    assert seconds < 15 * 0.3 + 1.2 + 1.5 + 0.5
    if agent == "snmp=other":
        (named,) = check["measurements"]
        assert named["value"] == "Embedded web server 1.2"


@pytest.mark.parametrize("answers", ["unknown", "none"])
def test_a_one_way_printer_tells_beside(posdiag: Command, simulator: Simulator, answers: str) -> None:
    printer = served(simulator, "answers=none", "snmp=v2c", "snmp_bits=4000", "snmp_down=1")
    done = run(posdiag, printer, "--set", f"printer.answers={answers}", profile="generic/escpos-thermal")
    assert done.causes == ["PRN-PAPER-END"]
    well = run(
        posdiag, served(simulator, "answers=none", "snmp=v2c"), "--set", f"printer.answers={answers}",
        profile="generic/escpos-thermal",
    )  # fmt: skip
    assert (well.status, well.causes) == (3, [])


def test_a_printer_that_answers_is_not_asked(posdiag: Command, simulator: Simulator) -> None:
    done = run(posdiag, served(simulator, "snmp=v2c", "snmp_bits=4000"))
    assert (done.status, done.causes) == (0, [])
    assert done.check("printer", "network_status")["outcome"] == "skipped"


@pytest.mark.parametrize(
    ("told", "causes"),
    [
        (["snmp_bits=8000"], ["PRN-MUTE", "PRN-PAPER-NEAR-END"]),
        (["snmp_bits=80"], ["PRN-MUTE", "PRN-PAPER-NEAR-END"]),
        (["snmp_bits=0100"], ["PRN-MUTE"]),
        (["snmp_bits=0001"], ["PRN-MUTE"]),
        (["snmp_bits="], ["PRN-MUTE"]),
        (["snmp_bits=3000"], ["PRN-MUTE"]),
        (["snmp_bits=", "snmp_alert=808:8:Paper out"], ["PRN-PAPER-END"]),
        (["snmp_bits=", "snmp_alert=3:6:Cover open"], ["PRN-COVER-OPEN"]),
        (["snmp_bits=", "snmp_alert=7:5:Configuration changed"], ["PRN-MUTE"]),
        (["snmp_bits=0600", "snmp_down=1"], ["PRN-PAPER-JAM"]),
    ],
)
def test_bits_and_alerts(posdiag: Command, simulator: Simulator, told: list[str], causes: list[str]) -> None:
    done = run(posdiag, served(simulator, "PRN-MUTE", "snmp=v2c", *told))
    assert sorted(done.causes) == sorted(causes)


def test_service_requested_condemns_no_part(posdiag: Command, simulator: Simulator) -> None:
    done = run(posdiag, served(simulator, "PRN-MUTE", "snmp=v2c", "snmp_bits=0100", "snmp_down=1"))
    causes = [*done.record["diagnosis"]["causes"], *done.record["diagnosis"]["open"]]
    assert [one["fault"] for one in causes]
    assert not [one for one in causes if one["class"] == "part" and one["certainty"] > 0.8]
    assert "serviceRequested" in json.dumps(done.record)


def test_a_ribbon_is_an_impact_printer_s(posdiag: Command, simulator: Simulator) -> None:
    printer = served(simulator, "PRN-MUTE", "technology=impact", "snmp=v2c", "snmp_bits=1000", "snmp_down=1")
    done = run(posdiag, printer, profile="epson/tm-u220")
    assert done.causes == ["PRN-RIBBON"]


@pytest.mark.parametrize("port", SILENT)
@pytest.mark.parametrize("source", ["snmp=v1", "ipp=printer", "snmp=private"])
def test_a_trace_replays(posdiag: Command, simulator: Simulator, tmp_path: Path, port: str, source: str) -> None:
    trace = tmp_path / "trace"
    first = run(posdiag, served(simulator, port, source, "PRN-COVER-OPEN"), "--trace", str(trace))
    again = posdiag("run", PRINTER, "--set", f"printer.at=trace:{trace}", "--set", "printer.timeout_s=0.3", "--json")
    assert again.causes == first.causes
    assert "public" not in trace.read_text()
