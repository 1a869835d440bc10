"""What modules say unasked of their SIM card and their registration.

Sources: TS 27.007 clauses 7.2, 10.1; AT manuals of SIMCom (+CPIN, +CSMINS), Quectel (+QSIMSTAT, +QUSIM), Telit (#QSS),
Huawei (^SIMST: 255 is no card; ^MODE, ^SRVST), Thales (^SCKS), u-blox (+UUSIMSTAT: 0 is no card), Fibocom (+SIM DROP).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from drivers.modem.pure.answers import cause
from drivers.modem.pure.seen import Seen

_REMOVED = re.compile(  # said of a card that was there, or by the switch of its holder
    r"\+CPIN ?: ?SIM (REMOVED( \d)?|CRASH)|\+?SIM( ?: ?| )(REMOVED|DROP|CRASH)"
    r"|\+(QSIMSTAT|CSMINS) ?: ?\d,0|#QSS ?: ?0|\^SIMST ?: ?255.*|\^SCKS ?: ?0|\+UUSIMSTAT ?: ?0",
    re.IGNORECASE,
)
_OUT = re.compile(  # +CEREG: 90 is Nordic's, for a failure of the card
    r"\+CPIN ?: ?NOT (READY|INSERTED)|\+SIMCARD ?: ?NOT AVAILABLE|\+CEREG ?: ?90(,.*)?", re.IGNORECASE
)
_IN = re.compile(
    r"\+CPIN ?: ?READY|\+(QSIMSTAT|CSMINS) ?: ?\d,1|#QSS ?: ?[123]|\^SIMST ?: ?1\b.*|\^SCKS ?: ?1|\+?SIM( ?: ?| )READY"
    r"|\+UUSIMSTAT ?: ?[156]",
    re.IGNORECASE,
)
_REPORT = re.compile(  # some modules put blanks beside the commas
    r"\+C(5G|E|G)?REG ?: *0?0?(\d{1,2})(?: *, *(\"[^\"]*\"|[0-9A-Fa-f]{4,})?(?: *,.*)?)?", re.IGNORECASE
)

_DETACHED = re.compile(  # TS 27.007 clause 10.1.19; Huawei's mode and service, 0 is none
    r"\+?NO SERVICE|\+CGEV ?: ?(NW|ME) DETACH|\^MODE ?: ?0(,0)?|\^SRVST ?: ?0", re.IGNORECASE
)
_LOW_SUPPLY = re.compile(  # SIMCom, Thales, Nordic
    r"UNDER[-_ ]VOLTAGE( WARN+ING| POWER DOWN)?|\^SBC ?: ?UNDER ?-?VOLTAGE( SHUTDOWN)?"
    r"|(\+CGEV|%MDMEV) ?: ?ME BATTERY LOW",
    re.IGNORECASE,
)
_WARNING = re.compile(r"UNDER[-_ ]VOLTAGE( WARN+ING)?|(\+CGEV|%MDMEV) ?: ?ME BATTERY LOW", re.IGNORECASE)
_NOT_REGISTERED = (0, 2, 3, 4, 8, 11)  # TS 27.007 clause 7.2; 8 and 11: for emergency calls only


def card_comes_and_goes(lines: Iterable[str]) -> list[str]:
    """Return the lines that show a card with a loose contact, in their order; empty where none does.

    A card that is not ready at first and then ready has only started, and a card that is never in is absent.
    """
    told = [line for line in lines if any(shape.fullmatch(line) for shape in (_REMOVED, _OUT, _IN))]
    been_in = loose = False
    for line in told:
        loose = loose or _REMOVED.fullmatch(line) is not None or (been_in and _OUT.fullmatch(line) is not None)
        been_in = been_in or _IN.fullmatch(line) is not None
    return told if loose and been_in else []


def is_report(line: str) -> bool:
    """Return whether a line reports a registration unasked: the state first, with no digit for reports before it."""
    return _REPORT.fullmatch(line) is not None


def is_of_network(line: str) -> bool:
    """Return whether a line that came unasked tells of the network: a registration's report, or a detach."""
    return is_report(line) or _DETACHED.fullmatch(line) is not None


def denial(lines: Iterable[str]) -> Seen | None:
    """Return the last report of a denial (state 3), with the network's reason; None where there is none."""
    for line in reversed(list(lines)):
        found = _REPORT.fullmatch(line)
        if found and found[2] == "3":
            reason = re.search(r",0,(\d{1,3})$", line)
            told = {"line": line}
            return Seen("unasked_why", {**told, "why": cause(int(reason[1]))}) if reason else Seen("unasked", told)
    return None


def low_supply(lines: Iterable[str]) -> list[str]:
    """Return the lines in which the module says itself that its supply is too low."""
    return [line for line in lines if _LOW_SUPPLY.fullmatch(line)]


def only_warns(line: str) -> bool:
    """Return whether a module that says this goes on working, with a supply that is too low."""
    return _WARNING.fullmatch(line) is not None


def network_losses(lines: Iterable[str], heads: Collection[str]) -> list[str]:
    """Return the reports, for the commands with these heads, of a registration that has ended, and of a detach."""
    found = []
    for line in lines:
        report = _REPORT.fullmatch(line)
        head = line.partition(":")[0].strip().upper()
        if _DETACHED.fullmatch(line) or (report and head in heads and int(report[2]) in _NOT_REGISTERED):
            found.append(line)
    return found
