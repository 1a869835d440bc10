"""Start from the command line."""

from __future__ import annotations

from pathlib import Path

from diag.sim.printer import ipp, machine, snmp, wire
from diag.sim.process import end_with_parent, order


def main() -> None:
    """Serve until standard input ends."""
    want = order(wire.__doc__ or "", Path(__file__).with_name("faults.json"))
    printer = machine.Machine(want.faults, want.settings, want.name)
    end_with_parent(person=lambda _, prompt, choices: printer.person(prompt, choices))
    line = wire.Wire(want, printer)
    for name, service in (("snmp", snmp), ("ipp", ipp)):
        if name in want.settings:
            line.beside[f"{name}_port"] = service.serve(printer, want.settings)
    if want.settings.get("link") == "tcp":
        wire.on_tcp(line)
    else:
        wire.on_pty(line)


if __name__ == "__main__":
    main()
