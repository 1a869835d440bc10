"""Profile keys of a modem."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, SecretStr, field_validator, model_validator

from diag.contract.links import STREAM
from diag.contract.said import Said
from diag.contract.settings import Settings
from drivers.modem.pure.families import FAMILIES, Name
from drivers.modem.pure.pings import usable

Domain = Literal["any", "cs", "ps", "eps", "5gs"]


class WeakLevels(Settings):
    """Levels in dBm below which a signal is weak, by what the module measures."""

    rssi: float = Field(-95.0, description="GSM and +CSQ: below 10 of 31")
    rscp: float = Field(-100.0, description="UMTS")
    rsrp: float = Field(-110.0, description="LTE and NR")

    def limit(self, quantity: str) -> float:
        """Return the limit of one quantity (`Signal.quantity`)."""
        return {"RSSI": self.rssi, "RSCP": self.rscp}.get(quantity, self.rsrp)


class ModemSettings(Settings):
    """One modem: its port and model, the network that the terminal needs, what is tried with it."""

    at: str = Field(
        "",
        pattern=rf"{STREAM}|^mm:\d{{1,16}}$",
        description="the port for commands: /dev/tty…, hwgrep://VID:PID.*:1\\.2$ (2: the interface), socket://… or "
        "rfc2217://…; mm:INDEX or mm:IMEI: what ModemManager knows of the modem",
    )
    technology: Literal["cellular", "dialup"] = "cellular"
    family: Name | None = Field(
        None, description="whose commands the modem knows; by default what the modem says of itself"
    )
    model: str = Field("", description="the model that has to be fitted, in the modem's own words; empty: any")
    timeout_s: float = Field(
        5.0, gt=0, le=60, description="seconds the answer to a simple command may take; makers name up to 5"
    )
    boot_s: float = Field(
        20.0, ge=0, le=120, description="seconds from power on until the modem answers; a silent modem is waited for"
    )
    end_calls: bool = Field(
        True, description="a silent modem may be in a call, a message or a connection that another program left: end it"
    )
    baud: int = Field(115200, ge=110, le=4_000_000)
    flow: Literal["none", "rts-cts"] = "none"
    other_ports: list[str] = Field([], description="ports of the same module; by default the others of its USB device")
    modem_manager: Literal["inhibit", "leave", "ask"] = Field(
        "inhibit",
        description="inhibit: ModemManager is asked to let go of the modem, which takes the data connection down; "
        "ask: only ModemManager is asked, as at mm:…; for a trace of such a run",
    )

    sim: Literal["required", "none"] = Field("required", description="none: this terminal works without a SIM")
    pin: SecretStr | None = Field(
        None,
        description="the SIM's PIN, best in a file that inherits this profile; entered where 2 tries or more are left",
    )
    sim_s: float = Field(10.0, ge=0, le=120, description="seconds that a SIM may be busy, or start")
    domain: Domain = Field(
        "any", description="the registration that the terminal needs; any: a registration that carries data"
    )
    search_s: float = Field(20.0, ge=0, le=300, description="seconds that a search for a network may take")
    samples: int = Field(3, ge=1, le=50, description="times that the level is asked for")
    weak_dbm: WeakLevels = WeakLevels.model_validate({})
    apn: str = Field(
        "", pattern=r"^[A-Za-z0-9.@_-]{0,100}$", description="access point name that has to be set; empty: any"
    )
    host: str = Field(
        "",
        pattern=r"^[A-Za-z0-9.:-]{0,253}$",
        description="host that answers a ping through the SIM's plan; empty: not tried",
    )

    port: int | None = Field(
        None, ge=1, le=65535, description="port of the host, for modules that cannot ping and connect to it instead"
    )

    watch_minutes: float = Field(
        0, ge=0, le=1440, description="minutes that the module is watched once it is examined; --watch says them"
    )
    supply_volts: float = Field(
        3.0,
        ge=0,
        le=6,
        description="the module's supply, where it tells: less is too little; cards of 3.3 V work from 3.0 V, modules "
        "for a battery from 3.3 or 3.4 V",
    )

    test_number: str = Field(
        "", pattern=r"^[0-9*#,W@ABCD-]{0,40}$", description="dial-up: number that is dialled; empty: not tried"
    )
    prefix: str = Field(
        "",
        pattern=r"^[0-9*#,W]{0,8}$",
        description='dial-up: what is dialled first for an outside line, with a pause: "9,"',
    )
    dialling: Literal["tone", "pulse"] = Field("tone", description="dial-up: how the exchange is dialled")
    answer_s: float = Field(90.0, gt=0, le=300, description="dial-up: seconds until a call is answered and connected")
    line_volts: float = Field(
        20.0, ge=0, le=100, description="dial-up: a free line has more, where the chip measures it; some PBXs have 24 V"
    )

    @model_validator(mode="after")
    def _managed_are_cellular(self) -> ModemSettings:
        if is_managed(self) and is_dialup(self):
            raise ValueError(Said("not_together", one="at: mm:…", other="technology: dialup"))
        return self

    @property
    def number(self) -> str:
        """What is dialled for the test call."""
        return f"{self.prefix}{self.test_number}"

    @property
    def dial(self) -> str:
        """The command that dials, without its number (V.250 clause 6.3.1.2)."""
        return "ATDP" if self.dialling == "pulse" else "ATDT"

    @field_validator("pin")
    @classmethod
    def _has_digits_only(cls, pin: SecretStr | None) -> SecretStr | None:
        if pin is not None and not re.fullmatch(r"[0-9]{4,8}", pin.get_secret_value()):
            raise ValueError("4 to 8 digits are expected")
        return pin


def is_managed(settings: ModemSettings) -> bool:
    """Return whether ModemManager is asked, and not the modem."""
    return settings.at.startswith("mm:") or settings.modem_manager == "ask"


def has_port(settings: ModemSettings) -> bool:
    """Return whether the modem itself is asked, at its port."""
    return not is_managed(settings)


def is_cellular(settings: ModemSettings) -> bool:
    """Return whether the modem reaches a mobile network by its radio."""
    return settings.technology == "cellular"


def is_dialup(settings: ModemSettings) -> bool:
    """Return whether the modem has a telephone line."""
    return settings.technology == "dialup"


def is_watched(settings: ModemSettings) -> bool:
    """Return whether the module is watched for a while."""
    return is_cellular(settings) and settings.watch_minutes > 0


def has_sim(settings: ModemSettings) -> bool:
    """Return whether the terminal needs a SIM card."""
    return is_cellular(settings) and settings.sim != "none"


def needs_data(settings: ModemSettings) -> bool:
    """Return whether the terminal needs packet data; a terminal for calls only does not."""
    return is_cellular(settings) and settings.domain != "cs"


def can_ping(settings: ModemSettings) -> bool:
    """Return whether a host is named, and the module may have a command that reaches the host."""
    known = settings.family is None or usable(FAMILIES[settings.family].pings, settings.host, settings.port)
    return needs_data(settings) and bool(settings.host) and bool(known)


def can_call(settings: ModemSettings) -> bool:
    """Return whether a number is named that can be called."""
    return is_dialup(settings) and bool(settings.test_number)


def may_measure_line(settings: ModemSettings) -> bool:
    """Return whether the chip may have a command that measures the telephone line's voltage."""
    return is_dialup(settings) and (settings.family is None or FAMILIES[settings.family].line is not None)
