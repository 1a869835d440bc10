"""What the checks have found out about one slot and its card, for the checks that come after them."""

from __future__ import annotations

from dataclasses import dataclass

from diag.contract.said import Told
from drivers.card_reader.pure import apdu
from drivers.card_reader.pure.atr import Atr


@dataclass
class Learned:
    """What is known of the card. Each field says which check fills the field, and what None means."""

    #: `card`: the reader reports a card; None: not looked at yet
    card_present: bool | None = None
    #: `card`: another program is connected to the card; None: not looked at yet
    used_elsewhere: bool | None = None
    #: `answer_to_reset`; None: no ATR, or an ATR that breaks the rules
    atr: Atr | None = None
    #: `payment_environment`: the status word of the card's answer; None: the card has answered no command
    status_word: int | None = None
    #: the fault code of what is wrong with the card: whichever check has found the fault (by `CardReader.judge`), or
    #: `contact_quality`; `other_way_round` takes the code back. None: nothing is wrong as far as is known
    card_fault: str | None = None
    #: `removal`: the reader has seen the slot become empty; None: nobody has taken a card out
    emptied: bool | None = None
    #: `removal`: a person says that the card is out, which nothing contradicts, and the reader reports the card
    said_to_be_out: bool = False
    #: `second_card`: what is wrong with the second card; None: the card works, or there was none
    second_card_fault: Told | None = None

    @property
    def answers_commands(self) -> bool:
        """Whether the card has answered a command with a status word."""
        return self.status_word is not None

    @property
    def has_directory(self) -> bool:
        """Whether the card lists its applications in a payment environment."""
        return self.status_word == apdu.OK
