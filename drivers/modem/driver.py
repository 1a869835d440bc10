"""A modem: cellular with its SIM, or dial-up with its line."""

from __future__ import annotations

from drivers.modem.dialup import WithLine
from drivers.modem.settings import ModemSettings

_DIALUP = ("MDM-NO-DIALTONE", "MDM-LINE-IN-USE", "MDM-BUSY", "MDM-NO-ANSWER", "MDM-NO-CARRIER")
_SIM = ("MDM-SIM-ABSENT", "MDM-SIM-PIN", "MDM-SIM-PUK", "MDM-SIM-LOCK", "MDM-SIM-FAILURE")
_CELLULAR = (
    "MDM-RADIO-OFF", "MDM-SIGNAL-NONE", "MDM-SIGNAL-WEAK", "MDM-ANTENNA", "MDM-NOT-REGISTERED", "MDM-DENIED",
    "MDM-DETACHED", "MDM-APN", "MDM-NO-DATA",
)  # fmt: skip


class Modem(WithLine):
    """One modem."""

    @classmethod
    def impossible(cls, settings: ModemSettings) -> tuple[str, ...]:
        """What a modem of the other kind has, and what the profile does not look at."""
        if settings.technology == "dialup":
            return (*_SIM, *_CELLULAR, *([] if settings.model else ["MDM-OTHER-MODEL"]))
        missing = [*_DIALUP, *(_SIM if settings.sim == "none" else ())]
        missing += [] if settings.model else ["MDM-OTHER-MODEL"]
        missing += [] if settings.apn or settings.host else ["MDM-APN"]
        missing += [] if settings.host else ["MDM-NO-DATA"]
        return tuple(missing)
