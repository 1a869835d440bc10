"""Reading what the kernel shows of one terminal's power: power_supply, and the classes beside power_supply."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from diag.contract.links import Address
from diag.contract.links.sysfs import Moment, SysfsTree
from drivers.power.pure import power_supply, sensors, type_c, ups
from drivers.power.pure.sensors import Sensor
from drivers.power.pure.type_c import Port

Supplies = dict[str, Mapping[str, str]]


class Session:
    """One terminal's class directories. Every reading opens them anew, so that there is nothing to close."""

    def __init__(self, address: Address) -> None:
        self._address = address

    def supplies(self) -> Supplies:
        """Read all supplies. Raises: HostService, HostDenied, DeviceSilent."""
        return ups.in_usual_terms(self._tree.snapshot(power_supply.ATTRIBUTES))

    def sensors(self, supplies: Iterable[str], rails: Iterable[str]) -> list[Sensor]:
        """Read the sensors of the board, without the copies that the kernel makes of these supplies.

        `rails`: the names of regulators that are asked for; of the others only faults are returned.
        """
        names, regulators = tuple(supplies), self._tree.beside("regulator")
        hwmon, thermal = self._tree.beside("hwmon"), self._tree.beside("thermal")
        return [
            *(sensors.of_hwmon(hwmon.snapshot(sensors.HWMON), names) if hwmon else []),
            *(sensors.of_thermal(thermal.snapshot(sensors.THERMAL), names) if thermal else []),
            *(sensors.of_regulators(regulators.snapshot(sensors.REGULATOR), rails) if regulators else []),
        ]

    def ports(self) -> list[Port]:
        """Read the USB-C ports that something is plugged into."""
        typec = self._tree.beside("typec")
        return type_c.ports(typec.snapshot(type_c.ATTRIBUTES)) if typec else []

    def watch(self, every: float, more: Callable[[float, Supplies], bool]) -> list[Supplies]:
        """Read all supplies every so many seconds, as long as `more(seconds, supplies)`, and return the readings.

        A replay does not ask `more`. Raises: as `supplies`.
        """
        moments = self._tree.watch(
            power_supply.ATTRIBUTES, every, lambda seconds, tree: more(seconds, ups.in_usual_terms(tree))
        )
        return [ups.in_usual_terms(moment.tree) for moment in moments]

    def watch_load(self, every: float, more: Callable[[float], bool], loaded: Callable[[], bool]) -> list[Moment]:
        """Read what changes under load every so many seconds, as long as `more(seconds)`.

        Returns: the readings; each is marked with whether `loaded` held when it began.
        Raises: as `supplies`.
        """
        return self._tree.watch(power_supply.UNDER_LOAD, every, lambda seconds, _: more(seconds), loaded)

    @property
    def _tree(self) -> SysfsTree:
        return self._address.open_sysfs()
