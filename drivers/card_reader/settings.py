"""Profile keys of a card reader."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from diag.contract.links import PCSC
from diag.contract.settings import Settings


class CardReaderSettings(Settings):
    """Profile keys of one slot of a card reader."""

    at: str = Field("pcsc:*", pattern=PCSC, description="pcsc:READER NAME PATTERN, with * and ?")
    slot: Literal["contact", "contactless", "sam"] = Field("contact", description="what goes in there")
    reader: Literal["expected", "optional"] = Field(
        "expected", description="whether the terminal has this reader for certain; an optional one may be absent"
    )
    card: Literal["expected", "optional"] | None = Field(
        None,
        description="whether a card has to be there while it is examined; by default optional for contactless only",
    )
    resets: int = Field(20, ge=0, le=1000, description="resets of the contact test at most; 19 good ones decide it")
    slow_s: float = Field(
        1.5, gt=0, le=60, description="seconds that a reset with a command after it may take; good cards need 0.3"
    )
    retries: float = Field(
        0.05, ge=0, le=1, description="share of the contact test's commands that may need a second try; more is a fault"
    )
    presentations: int = Field(3, ge=1, le=20, description="times a contactless card is held to the reader")
    person_s: float = Field(30.0, gt=0, le=600, description="seconds that the person has to move the card")
    return_s: float = Field(
        3.0, ge=0, le=60, description="seconds that a reader or service which vanished has to come back"
    )
    timeout_s: float = Field(
        5.0, gt=0, le=120, description="seconds that one PC/SC call may last; EMV cards answer in well under 2"
    )

    @property
    def card_expected(self) -> bool:
        """Whether an empty slot is a fault."""
        return (self.card or ("optional" if self.slot == "contactless" else "expected")) == "expected"
