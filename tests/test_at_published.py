"""Facts in published answers of many makers' modems: the answers were gathered first, and then read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from drivers.modem.pure import answers, calls, events, restrictions, shapes, supply
from drivers.modem.pure.answers import Sim
from drivers.modem.pure.at import Command, ReplyParser, is_boot
from drivers.modem.pure.families import FAMILIES, STANDARD_TRIES, Name, card_present, recognised

Lines = list[str]
_SOURCES = yaml.safe_load(Path(__file__).with_name("at_published.yaml").read_text(encoding="utf-8"))
_HEADS = ("+CREG", "+CGREG", "+CEREG", "+C5GREG")
_LINE_FAULTS = {"MDM-NO-DIALTONE": "no dial tone", "MDM-LINE-IN-USE": "line in use"}
_CALL_FAULTS = {"MDM-BUSY": "busy", "MDM-NO-ANSWER": "no answer", "MDM-NO-CARRIER": "no carrier"}


def registration(lines: Lines, _: Name) -> str:
    found = answers.registration(lines, lines[-1].partition(":")[0])
    return " ".join(filter(None, (found.state, found.access, str(found.cause or ""))))


def level(lines: Lines, family: Name) -> str:
    """The level by the maker's own command, or by the standard's."""
    own = FAMILIES[family].level
    for read in [own.read] if own else [answers.extended_quality, answers.quality]:
        try:
            found = read(lines)
        except ValueError:
            continue
        return f"{found.quantity} {found.dbm:g}" if found else "unknown"
    return "unread"


def sim(lines: Lines, _: Name) -> str:
    if lines[0].startswith("+CME"):
        return answers.sim_error(lines[0]).value
    try:
        return answers.sim_state(lines).value
    except ValueError:
        return Sim.UNKNOWN.value


def event(lines: Lines, _: Name) -> str:
    """What a line that comes unasked tells, once it is written down."""
    written = list(shapes.unasked(lines))
    shown_in, shown_out = ["+CPIN: READY", *written], [*written, "+CPIN: READY"]
    if any(map(is_boot, written)):
        return "restart"
    if events.card_comes_and_goes(shown_in) or events.card_comes_and_goes(shown_out):
        return "card out"
    if events.denial(written):
        return "denied"
    if events.network_losses(written, _HEADS):
        return "network lost"
    return "registered" if any(map(events.is_report, written)) else "nothing"


def networks(lines: Lines, _: Name) -> str:
    """The numbers of the networks, with a minus behind those that are forbidden."""
    return " ".join(one.number + "-" * one.forbidden for one in answers.networks(lines))


def ping(lines: Lines, family: Name) -> int | str:
    found = FAMILIES[family].pings[0].read(lines)
    if found is None:
        return "more to come"
    return f"error {found.error}" if found.error else found.received


def restriction(lines: Lines, family: Name) -> str:
    asked = [one for one in restrictions.questions(family) if lines[0].startswith(one.command.heads)]
    found = [answer for one in asked if (answer := tried(one.read, lines)) is not None]
    return "some" if any(found) else "none" if found else "unread"


def result(lines: Lines, _: Name) -> str:
    """What became of a call."""
    parser = ReplyParser(Command("ATDT1", call=True), echo=False)
    parser.feed(f"{lines[0]}\r".encode())
    if calls.connected(parser.result):
        return "connected"
    fault = calls.line_fault(parser.result) or calls.call_fault(parser.result) or ""
    return (_LINE_FAULTS | _CALL_FAULTS).get(fault, "other" if parser.result else "unread")


READERS: dict[str, Callable[[Lines, Name], Any]] = {
    "registration": registration, "level": level, "sim": sim, "event": event, "networks": networks, "ping": ping,
    "restriction": restriction, "result": result,
    "attached": lambda lines, _: answers.attached(lines),
    "functionality": lambda lines, _: answers.functionality(lines),
    "imei": lambda lines, _: answers.imei(lines),
    "addresses": lambda lines, _: answers.addresses(lines),
    "contexts": lambda lines, _: {one.number: one.apn for one in answers.contexts(lines)},
    "family": lambda lines, _: recognised(*(answers.words([line]) for line in lines)),
    "tries": lambda lines, family: (FAMILIES[family].tries or STANDARD_TRIES).read(lines),
    "card_number": lambda lines, _: answers.iccid(lines)[-4:],
    "card_present": lambda lines, _: card_present(lines),
    "operator": lambda lines, _: answers.operator(lines) or "none",
    "selection": lambda lines, _: answers.selection(lines),
    "volts": lambda lines, family: round(supply.question(family).read(lines), 3),
}  # fmt: skip


def tried(read: Callable[..., Any], *values: Any) -> Any:
    """What it reads; None for its documented error."""
    try:
        return read(*values)
    except ValueError:
        return None


def published() -> list[tuple[str, Lines, Any]]:
    """What is told by whose commands, the lines, the fact."""
    every = [answer for source in _SOURCES for answer in source["answers"]]
    return [(told, [lines] if isinstance(lines, str) else lines, fact) for told, lines, fact in every]


@pytest.mark.parametrize(("told", "lines", "fact"), published(), ids=str)
def test_a_published_answer(told: str, lines: Lines, fact: Any) -> None:
    kind, _, family = told.partition(" ")
    found = tried(READERS[kind], lines, family or "standard")
    assert ("unread" if found is None else found) == fact


def test_each_answer_names_its_source() -> None:
    assert len(published()) > 200
    assert all(source["source"] for source in _SOURCES)
