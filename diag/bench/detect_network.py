"""Printers on the network as things that are attached."""

from __future__ import annotations

from collections.abc import Iterator

from diag.bench import detect_mdns
from diag.bench.detect_part import Attached
from diag.bench.detect_usb import generic_of
from diag.contract.links.device_id import commands


def network_printers() -> Iterator[Attached]:
    """Yield the printers that answer on the local networks, each once, with its raw port where it has one."""
    services = detect_mdns.browse()
    raw = {service.address: service for service in services if service.kind == detect_mdns.RAW and service.port}
    for service in (*raw.values(), *(one for one in services if one.address not in raw)):
        said = detect_mdns.as_device_id(service.told)
        spoken = commands(said)
        is_raw = service.address in raw
        yield Attached(
            "printer" if is_raw else "ipp",
            service.told.get("ty") or service.name.partition("._")[0],
            addresses={"stream": f"socket://{service.address}:{service.port}"} if is_raw else {},
            said=said,
            generic=generic_of(spoken) if is_raw else (),
            certainty="likely" if {"STAR", "ESC/POS"} & set(spoken) else "possible",
        )
