"""What a network printer tells of itself beside its print port: by SNMP, else by IPP.

Both answer while the print port is silent, taken by another client, or refuses. They are asked within one deadline.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from diag.contract.errors import DeviceError, HostError
from diag.contract.links import Address
from diag.contract.links.snmp import SnmpAgent
from diag.contract.said import Said
from drivers.printer.pure import ipp
from drivers.printer.pure import printer_mib as mib
from drivers.printer.pure.conditions import Condition
from drivers.printer.settings import PrinterSettings

_SECONDS = 1.5  # for all questions; agents of printers answer within 50 ms
_SILENCE = 0.8  # s; the question is repeated four times, in both versions
_RIBBON_EMPTY = ("noToner", *ipp.EMPTY)
#: what stops a printer, so that its port may be silent or taken
_STOPPING = {Condition.PAPER_END, Condition.COVER_OPEN, Condition.PAPER_JAM, Condition.OFFLINE}


@dataclass(frozen=True)
class SecondSource:
    """What one source told. `names`: the standard's words for what is the matter; `on`: condition -> its evidence."""

    source: str
    state: str = ""
    down: bool = False
    names: tuple[str, ...] = ()
    on: Mapping[Condition, Said] = field(default_factory=dict)
    ribbon: Said | None = None
    identity: Mapping[str, str] = field(default_factory=dict)
    left: float | None = None
    alerts: tuple[str, ...] = ()

    @property
    def stopped_by(self) -> Said | None:
        """Return what has stopped the printer, as it tells; None where it does not tell that it has stopped."""
        causes = [said for condition, said in self.on.items() if condition in _STOPPING]
        if causes:
            return causes[0]
        return Said("down_beside", source=self.source, names=self.names or ("-",)) if self.down else None


def ask(address: Address, settings: PrinterSettings) -> tuple[SecondSource | None, str]:
    """Ask by SNMP, then by IPP; return what a printer told, and the name of a device there that is no printer."""
    begin = address.now()
    agent = address.open_snmp(settings.snmp_port, seconds=_SECONDS, silence=_SILENCE)
    other = ""
    try:
        if settings.snmp_port:
            with suppress(DeviceError, HostError):  # a trace from before has no such question
                found, other = _by_snmp(agent)
                if found is not None:
                    return found, ""
    finally:
        agent.close()
    left = _SECONDS - (address.now() - begin)
    return (_by_ipp(address, settings.ipp_port, left) if settings.ipp_port and left > 0 else None), other


def _by_snmp(agent: SnmpAgent) -> tuple[SecondSource | None, str]:
    """Return what the agent tells of a printer, and the name of the device. Raises: DeviceSilent."""
    first = agent.first_rows(mib.FIRST)
    values = {column: value for column, (_, value) in first.items()}
    name = mib.text(values.get(mib.SYSTEM))
    if not mib.is_printer(first):
        return None, name
    index = first[mib.STATUS if mib.STATUS in first else mib.ERRORS][0]
    device: Mapping[str, object] = {}
    rows: list[dict[str, mib.Value]] = []
    with suppress(DeviceError):  # what came before stands
        device = agent.get([f"{mib.NAME}.{index}", f"{mib.DEVICE_STATUS}.{index}"])
        rows = agent.table(mib.ALERT)
    told = mib.told(values.get(mib.STATUS), values.get(mib.ERRORS), device.get(f"{mib.DEVICE_STATUS}.{index}"))
    alerts = mib.alerts(rows)
    identity = {
        "model": mib.text(device.get(f"{mib.NAME}.{index}")),
        "system": name,
        "serial_number": mib.text(values.get(mib.SERIAL_NUMBER)),
    }
    said = {bit: Said("snmp_bit", name=bit, raw=told.raw.hex(" ")) for bit in told.errors}
    for alert in alerts:
        if alert.critical and alert.name:
            said.setdefault(alert.name, Said("snmp_alert", name=alert.name, text=alert.text))
    return SecondSource(
        source="SNMP",
        state=told.status,
        down=told.device_status == "down",
        names=tuple(said),
        on=_conditions(said, mib.CONDITIONS),
        ribbon=next((said[name] for name in _RIBBON_EMPTY if name in said), None),
        identity={key: text for key, text in identity.items() if text},
        left=mib.percent_left(values.get(mib.LEVEL), values.get(mib.MAX_CAPACITY)),
        alerts=tuple(alert.text for alert in alerts if alert.text),
    ), name


def _by_ipp(address: Address, port: int, seconds: float) -> SecondSource | None:
    """Return what the printer's IPP service tells; None where none answers, or it is not that of a printer."""
    try:
        request = ipp.ask(f"ipp://localhost:{port}{ipp.PATH}")
        found = ipp.attributes(address.post(port, ipp.PATH, ipp.CONTENT_TYPE, request, seconds))
    except (DeviceError, HostError, ValueError):
        return None
    state = (found.get("printer-state") or [0])[0]
    if state not in ipp.STATES:
        return None
    reasons = [ipp.reason(str(keyword)) for keyword in found.get("printer-state-reasons", [])]
    said = {reason: Said("ipp_reason", name=reason) for reason in reasons if reason != "none"}
    model = " ".join(str(name) for name in found.get("printer-make-and-model", [])[:1])
    return SecondSource(
        source="IPP",
        state=ipp.STATES[int(state)],
        down=ipp.STATES[int(state)] == "stopped",
        names=tuple(said),
        on=_conditions(said, ipp.CONDITIONS),
        ribbon=next((said[name] for name in _RIBBON_EMPTY if name in said), None),
        identity={"model": model} if model else {},
    )


def _conditions(said: Mapping[str, Said], table: Mapping[str, Condition]) -> dict[Condition, Said]:
    found: dict[Condition, Said] = {}
    for name, evidence in said.items():
        if name in table:
            found.setdefault(table[name], evidence)
    return found
