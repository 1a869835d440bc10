"""`posdiag confirm`: what a run's trouble really was."""

from __future__ import annotations

from diag.contract.errors import ConfigError
from diag.knowledge import catalogue
from diag.knowledge.catalogue import HOST
from diag.records import repairs
from diag.records.record import Record


def confirm(record: Record, code: str, component: str | None) -> None:
    """Store it, and say what it changes. Raises ConfigError for what the run cannot have had."""
    run = record.run.id
    chosen = _component(record, code.upper(), component)
    repairs.confirm(run, record.terminal.profile, chosen, code.upper())
    count = repairs.counts([code.upper()])[code.upper()]
    print(f"{run}: {code.upper()} ({chosen}) confirmed; confirmed {count}× so far")


def take_back(record: Record) -> None:
    """Forget what was confirmed of a run. Raises ConfigError where nothing was."""
    run = record.run.id
    if not repairs.take_back(run):
        raise ConfigError(f"{run}: nothing was confirmed of this run")
    print(f"{run}: taken back")


def show() -> None:
    """All of them."""
    for one in repairs.repairs():
        print(f"{one.run}  {one.confirmed}  {one.fault}  {one.component}  {one.profile}")


def _component(record: Record, code: str, wanted: str | None) -> str:
    """The component that had the fault."""
    parts: dict[str, str] = {part.name: part.kind for part in record.components}
    if wanted is not None and wanted not in parts:
        raise ConfigError(f"--component {wanted}: this run had no such component; it had: {', '.join(parts)}")
    known = catalogue.load_all()
    if known.fault(code).fault_class == HOST:
        raise ConfigError(f"--fault {code}: trouble of the bench is no repair")
    able = [name for name, kind in parts.items() if code in known.rooms[kind].faults and wanted in (None, name)]
    if not able:
        raise ConfigError(f"--fault {code}: {wanted or 'no component of this run'} can have it")
    if len(able) > 1:
        raise ConfigError(f"--fault {code}: which one? Add --component, one of: {', '.join(able)}")
    return able[0]
