"""Prints a receipt that is no test: the port is opened, the printer asked, the page sent and its proof waited for."""

from __future__ import annotations

from diag.contract.errors import DeviceSilent, NotTaken
from diag.contract.receipt import Printed, Receipt
from diag.contract.said import Said
from drivers.printer import reported
from drivers.printer.pages import pages, prints_qr_codes
from drivers.printer.pure.conditions import COVER, ERRORS, PAPER, Answer, Condition
from drivers.printer.session import Session

_RECOVERY = 3.0  # s that a printer may be offline after a page, as after a cut
_POLL = 0.1  # s


def print_receipt(session: Session, receipt: Receipt) -> Printed:
    """Print a receipt.

    Raises: as `Session.reopen`; DeviceSilent, DeviceGarbled; NotTaken where the printer is offline.
    """
    session.reopen()
    if not session.one_way:
        _ask_first(session)
    if not session.one_way:
        _refuse_offline(session, 0)
    settings = session.settings
    page = pages(settings).receipt(settings, receipt)
    session.send_page(page)
    proof = session.wait_for_print(page)
    if not session.one_way:
        _refuse_offline(session, _RECOVERY)  # the paper may have ended in the page
    return Printed(proof is not None, prints_qr_codes(settings))


def _ask_first(session: Session) -> None:
    """Ask who is there. Raises HostBusy where the printer is silent for another program; DeviceSilent."""
    try:
        session.dialect.first_status()
    except DeviceSilent as error:
        session.refuse_other_clients(error.told)
        if session.settings.answers != "unknown":
            raise
        session.take_as_one_way()


def _refuse_offline(session: Session, patience: float) -> None:
    """Raise NotTaken, with what the printer tells, where it is offline for longer than so many seconds."""
    end = session.now() + patience
    answer = _status(session)
    while Condition.OFFLINE in answer.on and session.now() < end and not session.pause(_POLL):
        answer = _status(session)
    if Condition.OFFLINE in answer.on:
        why = sorted(answer.on & {*COVER, *PAPER, *ERRORS}) or [Condition.OFFLINE]
        raise NotTaken(Said("says_not_ready", conditions=[Said(condition.value) for condition in why]))


def _status(session: Session) -> Answer:
    return reported.as_meant(session.dialect.everything(), session.settings)
