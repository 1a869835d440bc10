"""A word that does not fit is answered with the word that was meant, through the real command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from diag.contract.links import HIDRAW, PCSC, STREAM, SYSFS, nodes
from diag.contract.said import Said
from diag.knowledge import hints
from tests.conftest import Command

RUN = ("run", "demo/countertop")
UNFIT = Said("unknown_key")
STRIPES = f"{STREAM}|^input:.+|{HIDRAW}"


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (("faults", "PRN-CUTER"), "PRN-CUTTER"),
        (("demo", "--fault", "prn-cuter"), "PRN-CUTTER"),
        (("demo", "--fault", "PRN-CUTTER@priner"), "printer"),
        (("demo", "--component", "priner"), "printer"),
        (("run", "generic/pscs"), "generic/pcsc"),
        (("profile", "show", "demo/handhel"), "demo/handheld"),
        ((*RUN, "--component", "Moden"), "modem"),
        ((*RUN, "--set", "priner.at=/dev/ttyS0"), "printer"),
        ((*RUN, "--set", "printer.buad=9600"), "baud"),
        ((*RUN, "--set", "printer.rated_life.hed=3"), "head"),
        ((*RUN, "--set", "power.limits.voltage_v.mim=3"), "min"),
        ((*RUN, "--set", "power.voltage_v.min=3"), "limits.voltage_v"),
        ((*RUN, "--set", "printer.at=192.168.1.5:9100"), "socket://192.168.1.5:9100"),
        ((*RUN, "--symptom", "noprint"), "no-print"),
    ],
    ids=" ".join,
)
def test_the_word_that_was_meant(posdiag: Command, words: tuple[str, ...], meant: str) -> None:
    done = posdiag(*words)
    assert done.status == 78
    assert f"did you mean {meant}" in done.err


def test_without_a_likely_word_all_are_listed(posdiag: Command) -> None:
    assert "there are: printer, card_reader, " in posdiag(*RUN, "--component", "toaster").err
    assert "did you mean" not in posdiag(*RUN, "--set", "power.min=3").err  # there are several below other keys
    assert "there are: lines, head, cuts" in posdiag(*RUN, "--set", "printer.rated_life.xyz=3").err


@pytest.mark.parametrize(
    ("at", "pattern", "meant"),
    [
        ("tcp://10.0.0.7:9100", STREAM, "socket://10.0.0.7:9100"),
        ("http://printer.local:9100/", STREAM, "socket://printer.local:9100"),
        ("10.0.0.7", STREAM, "socket://10.0.0.7:9100"),
        ("socket://10.0.0.7", STREAM, "socket://10.0.0.7:9100"),
        ("[fe80::1]:9100", STREAM, "socket://[fe80::1]:9100"),
        ("04b8:0202", STREAM, "usb:04b8:0202"),
        ("USB://04b8:0202", STREAM, "usb:04b8:0202"),
        ("0801:0001", STRIPES, "usb:0801:0001 or input:0801:0001 or hidraw:0801:0001"),
        ("hidraw://0801:0001", STRIPES, "hidraw:0801:0001"),
        ("ttyUSB0", STREAM, "/dev/ttyUSB0"),
        ("hidraw3", HIDRAW, "/dev/hidraw3"),
        ("ACS ACR38", PCSC, "pcsc:ACS ACR38"),
        ("/sys/class/power_supply", SYSFS, "sysfs:/sys/class/power_supply"),
        ("run.jsonl", STREAM, "trace:run.jsonl"),
    ],
)
def test_addresses(at: str, pattern: str, meant: str) -> None:
    assert str(hints.of_address(UNFIT, at, pattern)) == f"unknown key; did you mean {meant}?"


def test_an_address_like_nothing() -> None:
    assert hints.of_address(UNFIT, "gibberish", STREAM) is None


def test_a_port_of_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nodes, "existing", lambda *patterns: ["/dev/ttyUSB0", "/dev/ttyUSB1"])
    said = hints.of_address(UNFIT, "COM3", STREAM)
    assert str(said) == "unknown key; did you mean /dev/ttyUSB0 or /dev/ttyUSB1?"
    monkeypatch.setattr(nodes, "existing", lambda *patterns: [])
    assert "none is there" in str(hints.of_address(UNFIT, "com3", STREAM))


def test_a_missing_node_names_those_of_its_kind(posdiag: Command) -> None:
    done = posdiag("run", "generic/escpos-thermal", "--set", "printer.at=/dev/ttyUSB77", "--json")
    (finding,) = done.check("printer", "connection")["findings"]
    there = nodes.existing(*nodes.SERIAL)
    expected = f"there are: {', '.join(there)}" if there else "there is none of its kind"
    assert finding["evidence"] == f"/dev/ttyUSB77: No such file or directory; {expected}"


def test_only_ports_with_hardware_count() -> None:
    """The kernel makes /dev/ttyS0 to ttyS3 in any case; type 0 is PORT_UNKNOWN."""
    empty = [file.parent.name for file in Path("/sys/class/tty").glob("ttyS*/type") if file.read_text().strip() == "0"]
    assert not {f"/dev/{name}" for name in empty} & set(nodes.existing(*nodes.SERIAL))


RUNS = ("20261128T235959001-aa11bb", "20261129T005200153-6ba7fd", "20261129T005205569-976705")


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("6ba7fd", f"; did you mean {RUNS[1]}?"),  # the end, which is what differs
        ("20261129T0053", f"; did you mean {RUNS[2]}?"),  # the last that begins nearly so
        ("20261182T235959001-aa11bb", f"; did you mean {RUNS[0]}?"),
        ("20250101T0000", "; `posdiag history` lists them"),
    ],
)
def test_runs(typed: str, told: str) -> None:
    assert str(hints.of_run(UNFIT, typed, RUNS)) == f"unknown key{told}"
    assert hints.of_run(UNFIT, typed, ()) == UNFIT


@pytest.mark.parametrize("words", [("report",), ("confirm", "--undo")])
def test_a_run_that_there_is_not(posdiag: Command, words: tuple[str, ...]) -> None:
    posdiag("run", "generic/linux-power")
    [run] = json.loads(posdiag("history", "--json").out)
    done = posdiag(words[0], run["id"][:-1] + "-", *words[1:])
    assert done.status == 78
    assert f"did you mean {run['id']}?" in done.err
