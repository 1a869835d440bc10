"""What people send over a modem's port, and what identifies a subscriber, is written down nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.modem.pure import answers, shapes
from drivers.modem.pure.at import Command, ReplyParser
from tests.conftest import Command as Posdiag
from tests.conftest import Done, Simulator
from tests.test_modem import CELLULAR, DIALUP, run, simulated

CANARY, TELEPHONE = "KANARIENVOGEL", "13800001234"
IMSI, IMEI = "460001234567890", "490154203237518"
HEAD = f'+CMT: "+86{TELEPHONE}",,"26/11/21,10:00:00+32"'


def secrets_in(done: Done, folder: Path) -> list[str]:
    """What of the secrets stands on the screen, in the record, or in any file that a run has left."""
    files = [path.read_text("utf-8", errors="replace") for path in folder.rglob("*") if path.is_file()]
    everything = "\n".join([done.out, done.err, *files])
    return [secret for secret in (CANARY, TELEPHONE, IMSI) if secret in everything]


@pytest.mark.parametrize("first", [3, 4, 5, 8])
@pytest.mark.parametrize(
    "body", [f"|{CANARY}", f"|{CANARY} one|{CANARY} two", f"|OK|{CANARY}"], ids=("line", "two", "ok")
)
def test_a_message_whose_text_comes_a_moment_later(
    posdiag: Posdiag, simulator: Simulator, tmp_path: Path, first: int, body: str
) -> None:
    settings = simulated(simulator, f"tells={HEAD}{body}", f"tells_from={first}")
    done = run(posdiag, settings, words=("--trace", str(tmp_path / "trace")))
    assert secrets_in(done, tmp_path) == []
    assert (done.status, done.causes) == (0, [])
    assert done.record["components"][0]["identity"]["maker"] == "Quectel"


@pytest.mark.parametrize(
    "head",
    [
        f'+CMGR: "REC READ","+86{TELEPHONE}",,"26/11/29,12:00:00+32"',
        f'+CMGL: 1,"REC UNREAD","+86{TELEPHONE}",,"26/11/29,12:00:00+32"',
        f"^HCMT:{TELEPHONE},2026,11,29,12,0,0,0,1,3,0,0,0,0",
        f"^HCMGR: {TELEPHONE},2026,11,29,12,0,0,0,1,3,0,0,0,0",
    ],
)
@pytest.mark.parametrize("first", [3, 4])
@pytest.mark.parametrize("body", [f"|{CANARY}", f"|{CANARY}|OK|{CANARY} two"], ids=("line", "ok"))
def test_messages_of_other_kinds_and_of_another_program(
    posdiag: Posdiag, simulator: Simulator, tmp_path: Path, head: str, first: int, body: str
) -> None:
    settings = simulated(simulator, f"tells={head}{body}", f"tells_from={first}")
    done = run(posdiag, settings, words=("--trace", str(tmp_path / "trace")))
    assert secrets_in(done, tmp_path) == []
    assert (done.status, done.causes) == (0, [])


ORDERED = {
    "an error with the subscriber's number": f"AT+CIMI>+CME ERROR: {IMSI} 42",
    "an error with a text": f"AT+CSQ>+CME ERROR: {CANARY}",
    "the subscriber's number in place of the module's": f"AT+CGSN>{IMSI}",
    "a sentence for a maker": f"AT+CGMI>Dear customer your new code is {CANARY}",
    "a number for a firmware": f"AT+CGMR>+86{TELEPHONE}",
    "an operator": f'AT+COPS?>+COPS: 0,0,"{TELEPHONE}",7',
    "a context": f'AT+CGDCONT?>+CGDCONT: 1,"IP","{TELEPHONE}@x","0.0.0.0",0,0',
    "a registration": f'AT+CREG?>+CREG: 0,1,"{TELEPHONE}"',
    "a card's state": f"AT+CPIN?>+CPIN: {TELEPHONE}|+CPIN: READY",
}


@pytest.mark.parametrize("case", ORDERED)
def test_numbers_and_texts_in_any_answer(posdiag: Posdiag, simulator: Simulator, tmp_path: Path, case: str) -> None:
    settings = simulated(simulator, f"says={ORDERED[case]}")
    done = run(posdiag, settings, words=("--trace", str(tmp_path / "trace")))
    assert secrets_in(done, tmp_path) == []


@pytest.mark.parametrize(
    "line",
    [f'+CLIP: "{TELEPHONE}",129', f"NMBR = {TELEPHONE}", f'+CUSD: 0,"{CANARY}', f"NAME={CANARY}", f"RING {TELEPHONE}"],
)
@pytest.mark.parametrize("technology", ["cellular", "dialup"])
def test_callers(posdiag: Posdiag, simulator: Simulator, tmp_path: Path, technology: str, line: str) -> None:
    for first in (3, 4, 6):
        settings = simulated(simulator, f"technology={technology}", f"tells={line}", f"tells_from={first}")
        base = DIALUP if technology == "dialup" else CELLULAR
        done = run(posdiag, settings, base=base, words=("--trace", str(tmp_path / f"trace{first}")))
        assert secrets_in(done, tmp_path) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("OK", "OK"),
        ("+CME ERROR: 13", "+CME ERROR: 13"),
        ("+CME ERROR: SIM PIN required", "+CME ERROR: SIM PIN required"),
        ("+CMS ERROR: network out of order", "+CMS ERROR: network out of order"),
        (f"+CME ERROR: {IMSI} 42", "+CME ERROR: …"),
        ('+CME ERROR: 16 AT+CPIN="2718"', "+CME ERROR: 16"),
        ('+CME ERROR: AT+CPIN="2718"', "+CME ERROR: …"),
        (f"CONNECT {TELEPHONE}", "CONNECT"),
        ("CONNECT 9600/ARQ/V32/LAPM", "CONNECT 9600 ARQ V32 LAPM"),
        ("CONNECT 115,200", "CONNECT 115,200"),
        (f"BUSY {TELEPHONE}", "BUSY"),
        ("NO CARRIER", "NO CARRIER"),
        ("NO DIAL TONE", "NO DIAL TONE"),
        ("Line in use", "Line in use"),
    ],
)
def test_results(text: str, shown: str) -> None:
    assert shapes.result(text) == shown


@pytest.mark.parametrize(
    "line",
    [
        '+CREG: 2,1,"1A2B","01D2F3A4",7', "+CEREG: 5", '+CEREG: 3,"1A2B","01D2F3A4",7,0,15', "+CPIN: SIM REMOVED",
        "+QIND: SMS DONE", "^SIMST: 255,1", "#QSS: 0", "RDY", "^SYSSTART AIRPLANE MODE", "UNDER-VOLTAGE WARNNING",
        "+KSUP: 0", "*ATREADY: 1", "^SHUTDOWN",
    ],
)  # fmt: skip
def test_facts_are_written_down(line: str) -> None:
    assert list(shapes.unasked([line])) == [line]


@pytest.mark.parametrize(
    "line", [f'+CREG: 1,"{TELEPHONE}"', f"+CPIN: {TELEPHONE}", f"^EXIT: {TELEPHONE}", f"+KSUP: {CANARY}", CANARY]
)
def test_facts_of_another_shape_are_not(line: str) -> None:
    assert not [secret for secret in (CANARY, TELEPHONE) if secret in "".join(shapes.unasked([line]))]


def test_a_module_s_number_has_a_check_digit() -> None:
    assert answers.imei([IMEI]) == IMEI
    with pytest.raises(ValueError, match="module"):
        answers.imei([IMSI.replace("0", "1")])


@pytest.mark.parametrize("cut", range(1, 8))
def test_a_message_s_head_that_is_not_whole_counts(cut: int) -> None:
    parser = ReplyParser(Command("AT"))
    parser.feed(b"AT\r\r\nOK\r\n" + HEAD[:cut].encode())
    assert parser.complete
    assert parser.message_open
