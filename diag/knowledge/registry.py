"""Drivers by name: the rooms of the package `drivers`, and entry points of the group `posdiag.drivers`.

A driver is imported when it is used. An entry point names a package that has a `DRIVER`, `faults.yaml` and
`texts/`.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import pkgutil
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING

from diag.contract.errors import ConfigError
from diag.contract.said import Said
from diag.knowledge import hints

if TYPE_CHECKING:
    from diag.contract.driver import Driver

_GROUP = "posdiag.drivers"
TERMINAL = "terminal"  # the room for what no driver reaches: screen, keys, protection, and what is no hardware
_TERMINAL_FOLDER = Path(__file__).with_name(TERMINAL)


@functools.cache
def _own_packages() -> dict[str, str]:
    ours = importlib.import_module("drivers")
    return {module.name: f"drivers.{module.name}" for module in pkgutil.iter_modules(ours.__path__) if module.ispkg}


@functools.cache
def _packages() -> dict[str, str]:
    """Return all drivers' packages by name. Looking for entry points takes longer than most drivers' import."""
    found = {point.name: point.value.partition(":")[0] for point in entry_points(group=_GROUP)}
    return found | _own_packages()


def driver_names() -> list[str]:
    """Return the names of all installed drivers; an entry point of the same name does not replace ours."""
    return sorted(_packages())


def kinds() -> list[str]:
    """Return the kinds of components: those that drivers examine, and the one that only a person can examine."""
    return [*driver_names(), TERMINAL]


def driver(name: str) -> type[Driver]:
    """Import a driver, and return its class. Raises ConfigError where no driver has the name, or the import fails."""
    if name == TERMINAL:
        from diag.knowledge import asked

        return asked.driver(name)
    try:
        module = importlib.import_module(package(name))
        found: type[Driver] = module.DRIVER
    except (ImportError, AttributeError) as error:
        raise ConfigError(Said("driver_does_not_load", name=name, why=str(error))) from error
    return found


def room_file(name: str, file: str) -> Path:
    """Return the path of a file in a room, without importing a driver."""
    if name == TERMINAL:
        return _TERMINAL_FOLDER / file
    spec = importlib.util.find_spec(package(name))
    if spec is None or not spec.submodule_search_locations:
        raise ConfigError(Said("driver_no_package", name=name))
    return Path(spec.submodule_search_locations[0]) / file


def package(name: str) -> str:
    """Return the package that is a driver's room. Raises ConfigError where there is no driver of that name."""
    try:
        return _own_packages().get(name) or _packages()[name]
    except KeyError:
        raise ConfigError(hints.of_name(Said("no_driver_named", name=name), name, kinds())) from None
