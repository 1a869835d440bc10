"""What the checks have learned of one printer."""

from __future__ import annotations

from dataclasses import dataclass

from diag.contract import reasons
from diag.contract.check import NotAnswered
from diag.contract.said import Said
from drivers.printer.pure.conditions import Answer, Condition
from drivers.printer.reasons import OFFLINE


@dataclass
class Learned:
    """One printer, as far as the checks know; None where no check has looked, or the printer does not tell."""

    #: by `connection`: the command sets that the IEEE 1284 device id names (CMD)
    commands: tuple[str, ...] = ()
    #: by `connection`: the IEEE 1284 device id itself
    device_id: str = ""
    #: by `status` and `paper`: the conditions that the printer itself has told, on or off
    told: frozenset[Condition] = frozenset()
    #: by `status`: the first answer, which is some answer even where it tells nothing
    first_answer: Answer | None = None
    #: by `status`: how often the printer had said that it was switched on, before it answered
    notices_at_first: int = 0
    #: by `status`, then by each printed page
    offline: bool | None = None
    #: by `cover`, then by each printed page
    cover_open: bool | None = None
    #: by `cover`: how the printer says that the paper's end has stopped it
    stopped_by_paper_end: Said | None = None
    #: by `cover`: the printer says that there is an error, without its kind
    error_flag: bool = False
    #: by `cover`: why the answers are believed to be no printer's
    parrot: Said | None = None
    #: by `cover` and `errors`: conditions whose bits say nothing on this printer
    not_believed: frozenset[Condition] = frozenset()
    #: by `identity` and `wear`: a question was answered that waits its turn among the commands
    in_turn: bool = False
    #: by `status`: nothing was answered in any way, so that the printer may be one-way
    mute: bool = False
    #: by any check: the device was looked for, and was silent, garbled or gone
    device_failed: bool = False
    #: by any check: nothing at the printer's address or node shows that it is there
    gone: bool = False
    #: by `test_print` and `head_page`: the page was sent whole, and is there to be looked at
    receipt_printed: bool = False
    head_page_printed: bool = False
    #: by pages: one was proven to be printed
    page_proven: bool = False
    #: by pages: how often the printer has started anew in one, and the last of these pages
    restarts: int = 0
    restarting_page: bytes = b""
    #: by `printout`: the person's choice for the first test receipt
    seen_first: str | None = None
    #: by `second_look`: the same page, asked about again
    seen_second: str | None = None
    #: by `printout`, then by each swap: the person's choice for the last test receipt
    seen: str | None = None
    #: by `head_printout`: the person's choice for the head test page
    seen_on_head_page: str | None = None
    #: by `head_second_look`: the same page, asked about again
    second_on_head_page: str | None = None
    #: by `another_roll`: the first roll printed badly, and another one well
    first_roll_is_bad: bool = False
    #: by `another_roll`: another roll came out as badly as the first
    another_roll_no_better: bool = False
    #: by `drawer`: a pulse was given, and the sensor did not change
    drawer_unseen: bool = False
    #: by `drawer`: the sensor moves by itself, so that it proves nothing
    drawer_restless: bool = False
    #: by `drawer_seen`: what the drawer did, as the person saw
    drawer_did: str | None = None
    #: by `drawer_other_pulse`: the pulse that opened the drawer, by its prompt
    drawer_opens: str | None = None
    #: by `drawer_pulse_again`: whether the same pulse opened the drawer again; None: nobody has told
    drawer_opens_again: bool | None = None

    @property
    def answered(self) -> bool:
        """Return whether the printer has answered."""
        return self.first_answer is not None


def hindrance(learned: Learned, *, one_way: bool, may_be_one_way: bool = False) -> NotAnswered | None:
    """Return why nothing that moves is sent to the printer now; None: nothing is in the way."""
    if learned.offline:
        return NotAnswered(OFFLINE, Said("done_later"))
    may_print = learned.answered or one_way or (may_be_one_way and learned.mute)
    return None if may_print else NotAnswered(reasons.SILENT, Said("did_not_answer"))
