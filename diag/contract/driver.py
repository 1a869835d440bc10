"""The base class of drivers.

A driver is composed of three things: a session (talking to the device), one dataclass of what has been learned about
the device, and groups of checks over both. The driver itself declares what the engine has to know.

    class ReceiptPrinter(Driver):
        kind = "printer"
        Settings = PrinterSettings
        groups = (Presence, Status, Printing)

        def __init__(self, settings, address):
            super().__init__(settings, address)
            self.session = Session(settings, address)
            self.learned = Learned()

A group is a class that is made with the driver, and whose methods marked with `@check` are its checks.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

from diag.contract.check import CheckSpec, Finding, NotAnswered, PlannedCheck, Yields
from diag.contract.errors import DeviceError
from diag.contract.links import Address
from diag.contract.loads import Loads
from diag.contract.settings import Settings

D = TypeVar("D", bound="Driver")


class Driver:
    """Base of all drivers. Making a driver opens nothing: "not there" and "not allowed" are answers of a check."""

    #: the component kind, also the name of the room (`printer`, `card_reader`, `power`, …)
    kind: ClassVar[str]
    #: the profile keys of this driver
    Settings: ClassVar[type[Settings]]
    #: classes with checks, in the order their checks run in; each is made with the driver as its only argument, and
    #: may say by a static method `fits(settings)` for which settings its checks are there at all
    groups: ClassVar[tuple[type[Any], ...]] = ()
    #: device error -> fault code, for errors that escape a check
    evidence: ClassVar[Mapping[type[DeviceError], str]] = {}
    #: seconds that giving the device back may take
    close_deadline: ClassVar[float] = 10.0
    #: udev match expressions of devices that every profile of this kind may use
    udev_matches: ClassVar[tuple[str, ...]] = ()

    def __init__(self, settings: Any, address: Address) -> None:
        self.settings = settings
        self.address = address
        #: what else of the terminal draws current; the engine's while a run lasts
        self.loads = Loads()
        self._groups_made: dict[type[Any], Any] = {}

    @classmethod
    def impossible(cls, settings: Any) -> tuple[str, ...]:
        """Return the fault codes that a device with these settings cannot have: no cutter, no cutter fault."""
        return ()

    @classmethod
    def checks(cls) -> tuple[CheckSpec, ...]:
        """Return all checks of the driver, group by group, in the order of their definition."""
        return tuple(spec for spec, _ in cls._declared().values())

    @classmethod
    def plan(cls, settings: Any) -> tuple[PlannedCheck, ...]:
        """Return the checks that apply to a device with these settings, and whose needs apply too."""
        impossible = frozenset(cls.impossible(settings))
        planned: dict[str, PlannedCheck] = {}
        for spec, group in cls._declared().values():
            fits = getattr(group, "fits", spec.applies)(settings) and spec.applies(settings)
            if fits and all(need in planned for need in spec.check.needs):
                planned[spec.check.name] = spec.planned(settings, impossible)
        return tuple(planned.values())

    def start(self, name: str) -> Yields:
        """Return the generator of one check."""
        _, group = self._declared()[name]
        if group not in self._groups_made:
            self._groups_made[group] = self if isinstance(self, group) else group(self)
        generator: Yields = getattr(self._groups_made[group], name)()
        return generator

    def judge(self, error: DeviceError) -> Finding | NotAnswered:
        """Turn a device error that escaped a check into evidence; a driver overrides this where silence is normal."""
        for kind in type(error).__mro__:
            if kind in self.evidence:
                return Finding(self.evidence[kind], error.told)
        return NotAnswered(error.reason, error.told)

    def deadline(self, check: PlannedCheck) -> float:
        """Return the seconds that a check may take: its own deadline, and ten times the settings' `timeout_s`."""
        return check.deadline + 10 * float(getattr(self.settings, "timeout_s", 0.0))

    def close(self) -> None:
        """Give the device back. The engine calls this once, after the last check; a second call does nothing."""

    @classmethod
    @functools.cache
    def _declared(cls) -> dict[str, tuple[CheckSpec, type[Any]]]:
        """Return each check with its group; the driver itself is the group of the checks it defines."""
        found: dict[str, tuple[CheckSpec, type[Any]]] = {}
        for group in (*cls.groups, cls):
            for klass in reversed(group.__mro__):
                for name, member in vars(klass).items():
                    spec = getattr(member, "check_spec", None)
                    if isinstance(spec, CheckSpec):
                        found[name] = (spec, group)
        return found
