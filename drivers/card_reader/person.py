"""What checks with a person do alike: have the card moved, and try the card that is in then."""

from __future__ import annotations

from collections.abc import Generator

from diag.contract.check import Prompt, Yielded
from diag.contract.errors import CardAbsent, CardMute, CardProtocol, DeviceSilent
from diag.contract.said import Said, Told
from drivers.card_reader.errors import parse_atr
from drivers.card_reader.learned import Learned
from drivers.card_reader.resets import ContactTest
from drivers.card_reader.session import Session


def have_moved(session: Session, prompt: str, *, present: bool) -> Generator[Yielded, str | None, bool | None]:
    """Have the person move the card; return whether the reader notices, None where nobody is there."""
    if (yield Prompt(prompt, ())) is None:
        return None
    return session.wait_for_move(present=present)


def wrong_with_card(session: Session, learned: Learned) -> Told:
    """Try the card that is in now: power, ATR, a command. Return what went wrong, or an empty text.

    Contacts that failed now and then with the first card are tested with this card too.
    Raises DeviceGone, HostBusy, HostService.
    """
    session.reopen_if_hung()
    try:
        state = session.state()
        if state.mute or not state.present:
            return Said("no_answer_to_reset" if state.present else "not_seen")
        parse_atr(state.atr)
        session.connect()
        word = session.select_environment()
    except (CardMute, CardProtocol, CardAbsent, DeviceSilent) as error:
        return error.told
    if learned.card_fault != "ICC-INTERMITTENT":
        return ""
    contacts = ContactTest(session, word)
    contacts.run()
    return contacts.failure if contacts.test.fails else ""
