"""Profile keys of a terminal's power."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from diag.contract.links import SYSFS
from diag.contract.settings import Range, Settings


class PowerLimits(Settings):
    """What a healthy supply of this model reads."""

    voltage_v: Range = Field(default=Range(), description="volts; above is over-voltage, below is low")
    temperature_c: Range = Field(
        default=Range(max=60), description="°C; above is hot (60: charging stops there in the VX 680), below is cold"
    )
    adapter_voltage_v: Range = Field(default=Range(), description="volts of the adapter, where the kernel tells them")
    adapter_current_a: Range = Field(
        default=Range(), description="amperes that the adapter offers; below min it is too weak for this model"
    )
    sag_pct: float = Field(
        default=10, gt=0, le=100, description="of the voltage at rest that it may give way under load"
    )
    resistance_ohm: Range = Field(
        default=Range(), description="internal resistance with contacts and wiring, where it can be told"
    )


class PowerSettings(Settings):
    """Profile keys of a terminal's power."""

    at: str = Field(
        "sysfs:/sys/class/power_supply",
        pattern=SYSFS,
        description="sysfs:ROOT of a power_supply class directory, with hwmon, thermal, regulator and typec beside it, "
        "or nut:UPS@HOST of a NUT server",
    )
    battery: Literal["required", "optional", "none"] = Field("optional", description="whether the model has a battery")
    adapter: Literal["required", "optional", "none"] = Field(
        "optional", description="required: the model works on external power only"
    )
    low_pct: float = Field(10, ge=0, le=100, description="battery charge in % at or below which it is low")
    charge_below_pct: float = Field(
        50, ge=0, le=100, description="charge in % below which it has to charge when plugged in"
    )
    worn_pct: float = Field(40, gt=0, le=100, description="capacity lost against design, in %, that means worn")
    worn_cycles: int = Field(1000, gt=0, description="charge cycles from which wear is to be expected")
    follow_s: float = Field(
        5, gt=0, le=120, description="seconds in which the status follows when the charger is plugged in or out"
    )
    load_s: float = Field(30, gt=0, le=300, description="seconds that the supply is watched under load at most")
    rails: dict[str, Range] = Field(
        default={}, description="hwmon sensors by name (chip.in1 or chip.label): what a healthy terminal reads"
    )
    limits: PowerLimits = Field(PowerLimits(), description="what a healthy supply of this model reads")


def has_battery(settings: PowerSettings) -> bool:
    """Tell whether the model may have a battery."""
    return settings.battery != "none"


def has_adapter(settings: PowerSettings) -> bool:
    """Tell whether the model may run on external power."""
    return settings.adapter != "none"
