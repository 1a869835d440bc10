"""What the printer's checks can find follows from the settings and from the status bits of the dialect."""

from __future__ import annotations

import pytest

from diag.contract.check import Level
from diag.contract.peers import TIMEOUT
from diag.knowledge import texts
from diag.knowledge.languages import LANGUAGES
from diag.suite import live_peers
from diag.suite.examine import Events, examine
from drivers.printer.driver import ReceiptPrinter
from drivers.printer.pure import strangers
from drivers.printer.pure.conditions import Condition
from drivers.printer.settings import PrinterSettings
from tests.printers import HEALTHY


def finds(**settings: object) -> dict[str, set[str]]:
    return {check.name: set(check.finds) for check in ReceiptPrinter.plan(PrinterSettings(**settings))}


@pytest.mark.parametrize(
    ("settings", "errors"),
    [
        ({}, {"PRN-MECHANISM", "PRN-CUTTER", "PRN-BOARD", "PRN-HEAD-HOT"}),
        ({"cutter": False}, {"PRN-MECHANISM", "PRN-BOARD", "PRN-HEAD-HOT"}),
        ({"other_meaning": ["recoverable", "self-recovering"]}, {"PRN-CUTTER", "PRN-BOARD"}),
        ({"answers": "auto"}, {"PRN-CUTTER", "PRN-BOARD", "PRN-HEAD-HOT"}),
        ({"answers": "paper"}, set()),
        ({"answers": "none"}, set()),
        (
            {"dialect": "star"},
            {"PRN-MECHANISM", "PRN-CUTTER", "PRN-BOARD", "PRN-HEAD-HOT", "PRN-PAPER-JAM", "PRN-OVERFLOW"},
        ),
    ],
)
def test_errors_are_those_of_the_dialect(settings: dict[str, object], errors: set[str]) -> None:
    found = finds(**settings)
    assert found["errors"] == errors
    assert errors <= found["test_print"]
    assert ("PRN-OVERFLOW" in found["test_print"]) == (settings.get("dialect") == "star")


def test_a_one_way_printer_tells_only_that_it_is_absent() -> None:
    found = finds(answers="none", drawer="2")
    told = {check for check, codes in found.items() if codes}
    looks = {"printout", "second_look", "third_look", "head_printout", "head_second_look", "head_third_look"}
    assert told == {"connection", *looks, "another_roll", "first_roll", "slow_print", "self_test"}
    assert "another_cable" not in found


def test_supply_faults_need_offline_responses() -> None:
    supply = {"PRN-SUPPLY-LOW", "PRN-SUPPLY-HIGH"}
    assert not supply & finds()["test_print"]
    assert "offline_causes" not in finds()
    found = finds(offline_response=True)
    assert supply <= found["test_print"]
    assert supply <= found["offline_causes"]


def test_wear_needs_counter_and_rated_life() -> None:
    assert finds(counters=["head", "cuts"], rated_life={"head": 1_000_000})["wear"] == {"PRN-HEAD-WORN"}


def test_heads_differ() -> None:
    assert finds()["head_printout"] == {"PRN-DOTS-MISSING", "PRN-IMAGE"}
    assert finds(technology="impact", image="column")["head_printout"] == {
        "PRN-PIN-MISSING",
        "PRN-MECHANISM",
        "PRN-IMAGE",
    }
    assert "head_page" not in finds(image="none")
    assert "head_page" in finds(technology="impact", image="none")


def not_looked_for(events: Events, check: str) -> set[str]:
    return {
        fault
        for event in events
        if event["event"] == "not-examined" and event["check"] == check
        for fault in event["faults"]
    }


def test_what_turns_out_not_to_be_told_is_no_evidence() -> None:
    """The profile says DLE EOT; the printer knows GS r only, so only the paper's faults are looked for."""
    with live_peers.on_tcp(lambda data: b"\x00" * data.count(b"\x1dr\x01")) as at:
        events, _ = examine("printer", at, level=Level.EXTERNAL, timeout_s=TIMEOUT, image="none")
    assert not_looked_for(events, "status") == {"PRN-OFFLINE"}
    assert not_looked_for(events, "test_print") == finds()["errors"] | {"PRN-COVER-OPEN"}


def test_what_is_told_is_looked_for() -> None:
    with live_peers.on_tcp(lambda data: b"".join(HEALTHY.get(number, b"") for number in data[2::3])) as at:
        events, _ = examine("printer", at, timeout_s=TIMEOUT)
    assert not [event for event in events if event["event"] == "not-examined"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_bits_and_persons_tell_has_words(lang: str) -> None:
    """Keys that no call names: conditions, names of strangers, proofs, and what a person sees."""
    room = texts.of_room("printer", lang)
    seen = {choice for name in ("printout", "head_printout", "pin_printout") for choice in room.prompts[name].choices}
    pages = set(room.prompts["self_test"].choices) - {"cannot"}
    assert (seen | pages | {"mark", "status", "counter"}) - room.values.keys() == set()
    speakers = {strangers.strange(begin + b"1234").who for begin in (b"HTTP/", b"SSH-", b"$GPGGA")}
    assert ({condition.value for condition in Condition} | speakers) - room.evidence.keys() == set()
