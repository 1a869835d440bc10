"""Profile keys of a card reader."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from diag.contract.links import PCSC
from diag.contract.settings import Settings
from drivers.card_reader.pure import slots


class CardReaderSettings(Settings):
    """Profile keys of one slot of a card reader."""

    at: str = Field("pcsc:*", pattern=PCSC, description="pcsc:READER NAME PATTERN, with * and ?")
    slot: Literal["contact", "contactless", "sam"] = Field(
        "contact", description="what goes in there; by default what the reader's name in `at` tells, or else contact"
    )
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

    @model_validator(mode="before")
    @classmethod
    def _slot_by_name(cls, data: Any) -> Any:
        """Take the kind of slot from the reader's name where the profile names a reader and no slot."""
        if isinstance(data, dict) and "slot" not in data and isinstance(at := data.get("at"), str):
            named = slots.by_name(at)
            return {**data, "slot": named} if named else data
        return data

    @property
    def card_expected(self) -> bool:
        """Whether an empty slot is a fault."""
        return (self.card or ("optional" if self.slot == "contactless" else "expected")) == "expected"
