"""Which power supplies the kernel lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from diag.contract import reasons
from diag.contract.check import Identity, Level, Measurement, NotAnswered, Yields, check
from diag.contract.errors import HostDenied
from diag.contract.said import Said
from drivers.power.pure import power_supply
from drivers.power.pure.attributes import Attributes

if TYPE_CHECKING:
    from drivers.power.driver import Power


class Supplies:
    """The list of supplies, from which all other checks of this room take what they judge."""

    def __init__(self, driver: Power) -> None:
        self.session = driver.session
        self.learned = driver.learned
        self.settings = driver.settings

    @check(Level.INTERNAL)
    def supplies(self) -> Yields:
        """Read all supplies, and see that the terminal has some.

        Raises: HostDenied where an attribute may not be read: what is not seen is not absent.
        """
        listed = self.session.supplies()
        own = power_supply.own(listed)
        if denied := tuple(_denied(own)):
            raise HostDenied(Said("may_not_be_read", files=denied))
        self.learned.names = tuple(listed)
        self.learned.unknown = tuple(name for name, found in own.items() if not power_supply.has_type(found))
        self.learned.take(listed)
        yield Measurement("supplies", len(own))
        yield Measurement("peripheral_batteries", len(listed) - len(own))
        for battery in self.learned.batteries:
            if battery.maker or battery.model:
                yield Identity(battery.name, f"{battery.maker} {battery.model}".strip())
        if not self._shows_any():
            yield NotAnswered(reasons.NONE_HERE, Said("no_supplies"))

    def _shows_any(self) -> bool:
        """Tell whether there is something to judge, or the model has neither battery nor adapter."""
        if self.settings.battery == "none" and self.settings.adapter == "none":
            return True
        holder_of_a_needed_battery = self.settings.battery == "required" and self.learned.batteries
        return bool(self.learned.adapters or self.learned.unknown or self.learned.fitted or holder_of_a_needed_battery)


def _denied(supplies: Mapping[str, Attributes]) -> Iterator[str]:
    """Yield the attributes that this user may not read, of those that decide."""
    for name, attributes in supplies.items():
        for attribute in power_supply.JUDGED:
            if attributes.get(attribute) in ("!EACCES", "!EPERM"):
                yield f"{name}/{attribute}"
