"""Printers on the network as things that are attached."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from diag.bench import detect_epson, detect_mdns, detect_snmp, detect_star
from diag.bench.detect_part import Attached
from diag.bench.detect_usb import generic_of
from diag.contract.links.device_id import commands

_RAW_PORT = 9100  # where receipt printers take their data; an SNMP agent does not tell the port


def network_printers() -> Iterator[Attached]:
    """Yield the printers that answer on the local networks, each once, with its raw port where it has one.

    They are asked by multicast DNS, SNMP, and Star's and Epson's own discovery at the same time.
    """
    with ThreadPoolExecutor(3) as beside:
        agents = beside.submit(detect_snmp.browse, detect_snmp.broadcasts())
        stars = beside.submit(detect_star.browse, detect_snmp.broadcasts())
        epsons = beside.submit(detect_epson.browse, detect_snmp.broadcasts())
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
    known = {service.address for service in services}
    agent = {one.address: (one.name, one.told) for one in agents.result()}
    by_star = {address: (told or "Star", told) for address, told in stars.result().items()}
    by_epson = {address: (f"EPSON {model}".strip(), _epson(model)) for address, model in epsons.result().items()}
    for address, (name, told) in {**by_epson, **by_star, **agent}.items():
        if address not in known:
            spoken = ("STAR",) if address in by_star else ("ESC/POS",) if address in by_epson else ()
            yield Attached(
                "printer",
                name,
                addresses={"stream": f"socket://{address}:{_RAW_PORT}"},
                said=told,
                generic=generic_of(spoken),
                certainty="likely" if spoken else "possible",
            )


def _epson(model: str) -> str:
    """Return what an Epson printer says of itself, in the form of an IEEE 1284 device id."""
    return detect_mdns.as_device_id({"usb_mfg": "EPSON", "usb_mdl": model, "usb_cmd": "ESC/POS"})
