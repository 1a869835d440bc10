"""What the checks of one examination have learned about their modem."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.modem import card
from drivers.modem.levels import Levels
from drivers.modem.pure.answers import Sim
from drivers.modem.pure.families import FAMILIES, Family, Name


@dataclass
class Learned:
    """What is known of one modem. None: the check that fills the field has not run, or has not found out."""

    #: whose commands the modem knows: the profile's family, until `identity` has recognised one
    family_name: Name
    #: by `identity`: the model as the module tells it; empty: not told
    model: str = ""
    #: by `radio`: whether the module sends and receives
    radio_on: bool | None = None
    #: by `sim`: the card's state, once unlocked and read; None also for a terminal that needs no card
    sim: Sim | None = None
    #: by `sim`: +CPIN? itself has called the card ready
    card_told_ready: bool = False
    #: by `sim`: country and network of the card (MCC and MNC, five or six digits); empty: not read
    home_network: str = ""
    #: by `signal`: the levels at the usual place; None also where the module has no signal
    levels: Levels | None = None
    #: by `signal` or `registration`: a search for a network has been waited for
    searched: bool = False
    #: by `registration`: the heads of the commands that told a registration
    registered: tuple[str, ...] = ()
    #: by `registration`: a network was chosen by hand, or the module told to leave the network
    chosen_by_hand: bool = False
    #: by `registration`: the network carries short messages only
    messages_only: bool = False
    #: by `registration`, `attach`, `context`, `reachability`: the fault found last; None: no fault so far
    network_fault: str | None = None
    #: by `line`, `dial_tone`, `call`: the fault of the telephone line; None: no fault so far
    line_fault: str | None = None
    #: by `call`: why the test call came to nothing; None: the call came about, or was not made
    call_fault: str | None = None

    @property
    def trouble(self) -> str | None:
        """The fault that another SIM may explain: the card's, or else the network's."""
        return (card.FAULTS.get(self.sim) if self.sim else None) or self.network_fault

    @property
    def family(self) -> Family:
        """The commands of the module's family."""
        return FAMILIES[self.family_name]
