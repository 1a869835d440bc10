"""Profile keys of a bench supply or meter."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from diag.contract.links import STREAM
from diag.contract.settings import Range, Settings


class DrawLimits(Settings):
    """What a healthy terminal draws."""

    idle_a: Range = Field(default=Range(), description="amperes when it stands still")
    boot_a: Range = Field(default=Range(), description="amperes at the highest while it starts; below min it does not")
    voltage_v: Range = Field(default=Range(), description="volts that the bench supply has to give")


class BenchSupplySettings(Settings):
    """Profile keys of a bench supply or meter that speaks SCPI."""

    at: str = Field("", pattern=STREAM, description="a serial port, or socket://HOST:5025")
    baud: int = Field(9600, gt=0, description="bit/s of a serial port")
    stopbits: Literal[1, 2] = Field(1, description="of a serial port; older instruments want 2")
    timeout_s: float = Field(2.0, gt=0, le=60, description="seconds for an answer; meters take one for a measurement")
    channel: str = Field(
        "", pattern=r"^[ -~]{0,12}$", description='what stands behind MEAS:VOLT?, such as "CH1", "(@1)" or "P6V"'
    )
    measures: Literal["both", "current"] = Field("both", description="current: a meter in the supply line")
    remote: bool = Field(
        False, description="SYST:REM first and SYST:LOC last, which older instruments want on a serial port"
    )
    boot_s: float = Field(15, gt=0, le=300, description="seconds that the start is watched")
    limits: DrawLimits = Field(DrawLimits(), description="what a healthy terminal draws")
