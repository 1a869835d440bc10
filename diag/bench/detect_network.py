"""Printers on the network as things that are attached."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from diag.bench import detect_mdns, detect_snmp, detect_star
from diag.bench.detect_part import Attached
from diag.bench.detect_usb import generic_of
from diag.contract.links.device_id import commands

_RAW_PORT = 9100  # where receipt printers take their data; an SNMP agent does not tell the port


def network_printers() -> Iterator[Attached]:
    """Yield the printers that answer on the local networks, each once, with its raw port where it has one.

    They are asked by multicast DNS, SNMP and Star's own discovery at the same time.
    """
    with ThreadPoolExecutor(2) as beside:
        agents = beside.submit(detect_snmp.browse, detect_snmp.broadcasts())
        stars = beside.submit(detect_star.browse, detect_snmp.broadcasts())
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
    others = {agent.address: (agent.name, agent.told) for agent in agents.result()}
    by_star = {address: (told or "Star", told) for address, told in stars.result().items()}
    for address, (name, told) in {**by_star, **others}.items():
        if address not in known:
            yield Attached(
                "printer",
                name,
                addresses={"stream": f"socket://{address}:{_RAW_PORT}"},
                said=told,
                generic=generic_of(("STAR",) if address in by_star else ()),
                certainty="likely" if address in by_star else "possible",
            )
