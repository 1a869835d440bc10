"""Profile keys of a modem."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, SecretStr, field_validator

from diag.contract.links import STREAM
from diag.contract.settings import Settings
from drivers.modem.pure.families import Name

Domain = Literal["any", "cs", "ps", "eps", "5gs"]


class WeakLevels(Settings):
    """Levels in dBm below which a signal is weak, by what the module measures."""

    rssi: float = Field(-95.0, description="GSM and +CSQ: below 10 of 31")
    rscp: float = Field(-100.0, description="UMTS")
    rsrp: float = Field(-110.0, description="LTE and NR")

    def of(self, quantity: str) -> float:
        """The limit of one quantity."""
        return {"RSSI": self.rssi, "RSCP": self.rscp}.get(quantity, self.rsrp)


class ModemSettings(Settings):
    """One modem: how it is reached, what it is, which network it needs, what is tried with it."""

    at: str = Field(
        "",
        pattern=STREAM,
        description="the port for commands: /dev/tty…, hwgrep://VID:PID.*:1\\.2$ (2: the interface), socket://… or "
        "rfc2217://…",
    )
    technology: Literal["cellular", "dialup"] = "cellular"
    family: Name | None = Field(None, description="whose commands it knows; by default what it says of itself")
    model: str = Field("", description="what its model has to be, as it says it itself; empty: any")
    timeout_s: float = Field(
        5.0, gt=0, le=60, description="seconds the answer to a simple command may take; makers name up to 5"
    )
    boot_s: float = Field(0.0, ge=0, le=120, description="seconds from power on until it answers")
    baud: int = Field(115200, ge=110, le=4_000_000)
    flow: Literal["none", "rts-cts"] = "none"
    other_ports: list[str] = Field([], description="ports of the same module; by default the others of its USB device")
    modem_manager: Literal["inhibit", "leave"] = Field(
        "inhibit", description="inhibit: ModemManager is asked to let go of it, which takes its data connection down"
    )

    sim: Literal["required", "none"] = Field("required", description="none: this terminal works without one")
    pin: SecretStr | None = Field(
        None,
        description="the SIM's PIN, best in a file that inherits this profile; entered where 2 tries or more are left",
    )
    sim_s: float = Field(10.0, ge=0, le=120, description="seconds that a SIM may be busy, or start")
    domain: Domain = Field("any", description="the registration that the terminal needs; any: one that carries data")
    search_s: float = Field(20.0, ge=0, le=300, description="seconds that a search for a network may take")
    samples: int = Field(3, ge=1, le=50, description="times that the level is asked for")
    weak_dbm: WeakLevels = WeakLevels.model_validate({})
    apn: str = Field("", description="access point name that has to be set; empty: any")
    host: str = Field(
        "",
        pattern=r"^[A-Za-z0-9.:-]{0,253}$",
        description="who answers a ping through the SIM's plan; empty: not tried",
    )

    test_number: str = Field("", pattern=r"^[0-9*#,W@ABCD-]{0,40}$", description="dial-up: number that is dialled")
    answer_s: float = Field(90.0, gt=0, le=300, description="dial-up: seconds until a call is answered and connected")
    line_volts: float = Field(
        20.0, ge=0, le=100, description="dial-up: a free line has more, where the chip measures it; some PBXs have 24 V"
    )

    @field_validator("pin")
    @classmethod
    def _is_one(cls, pin: SecretStr | None) -> SecretStr | None:
        if pin is not None and not re.fullmatch(r"[0-9]{4,8}", pin.get_secret_value()):
            raise ValueError("4 to 8 digits are expected")
        return pin


def is_cellular(settings: ModemSettings) -> bool:
    """Whether the modem has a SIM's network."""
    return settings.technology == "cellular"


def is_dialup(settings: ModemSettings) -> bool:
    """Whether the modem has a telephone line."""
    return settings.technology == "dialup"


def has_sim(settings: ModemSettings) -> bool:
    """Whether a SIM is looked at."""
    return is_cellular(settings) and settings.sim != "none"
