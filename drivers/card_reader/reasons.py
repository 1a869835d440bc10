"""Reasons for which a card reader's question has no answer; their words stand in this room's texts."""

from __future__ import annotations

from diag.contract.reasons import Reason

#: something worked at a second try only, or was lost in between: neither a fault for certain nor good
UNSTEADY = Reason("unsteady", undermines=True)
#: the card speaks protocols that PC/SC does not: a card for another kind of reader
OTHER_PROTOCOL = Reason("other-protocol", undermines=True)
#: the card was in, and is not any more; nobody was asked to take the card out
CARD_LEFT = Reason("card-left", undermines=True)
#: the person says that something was done, and the device shows that it was not
NOT_SO = Reason("not-so", undermines=True)
#: more than one contactless card is in the field, and the reader takes now one and now another
SEVERAL_CARDS = Reason("several-cards", undermines=True)
