"""Power of a Linux terminal: batteries, adapters and the board, as the kernel shows them."""

from __future__ import annotations

from diag.contract.check import PlannedCheck
from diag.contract.driver import Driver
from diag.contract.links import Address
from drivers.power import ups
from drivers.power.adapter import AdapterOnline
from drivers.power.battery import BatteryState
from drivers.power.board import BoardSensors
from drivers.power.charger_steps import ChargerSteps
from drivers.power.charging import Charging
from drivers.power.learned import Learned
from drivers.power.look import LookAtBattery
from drivers.power.session import Session
from drivers.power.settings import PowerSettings
from drivers.power.supplies import Supplies
from drivers.power.under_load import UnderLoad
from drivers.power.wear import BatteryWear

_OF_A_BATTERY = (
    "PWR-BATTERY-ABSENT",
    "PWR-BATTERY-LOW",
    "PWR-BATTERY-WORN",
    "PWR-BATTERY-DEAD",
    "PWR-BATTERY-HOT",
    "PWR-BATTERY-COLD",
    "PWR-BATTERY-OVERVOLTAGE",
    "PWR-BATTERY-SWOLLEN",
    "PWR-BATTERY-CYCLES",
    "PWR-BATTERY-FAULT",
    "PWR-BATTERY-CONTACT",
    "PWR-GAUGE",
    "PWR-CHARGE-OFF",
    "PWR-NOT-CHARGING",
)
_OF_AN_ADAPTER = ("PWR-ADAPTER-ABSENT", "PWR-ADAPTER-WEAK", "PWR-CHARGER")


class Power(Driver):
    """All supplies of the terminal itself; the batteries of its peripherals are not looked at."""

    kind = "power"
    Settings = PowerSettings
    groups = (
        Supplies,
        AdapterOnline,
        BatteryState,
        Charging,
        BatteryWear,
        BoardSensors,
        UnderLoad,
        ChargerSteps,
        LookAtBattery,
    )
    settings: PowerSettings

    def __init__(self, settings: PowerSettings, address: Address) -> None:
        super().__init__(settings, address)
        self.session = Session(address)
        self.learned = Learned()

    @classmethod
    def impossible(cls, settings: PowerSettings) -> tuple[str, ...]:
        """Return the faults of parts that the model has not, and the absence of parts that may be absent."""
        battery = {"none": _OF_A_BATTERY, "optional": ("PWR-BATTERY-ABSENT",)}
        adapter = {"none": _OF_AN_ADAPTER, "optional": ("PWR-ADAPTER-ABSENT",)}
        of_a_ups = () if ups.may_be_ups(settings) else ups.FAULTS
        return (*battery.get(settings.battery, ()), *adapter.get(settings.adapter, ()), *of_a_ups)

    def deadline(self, check: PlannedCheck) -> float:
        """Return the seconds a check may take; `under_load` waits for the load besides."""
        return super().deadline(check) + (self.settings.load_s if check.name == "under_load" else 0.0)
