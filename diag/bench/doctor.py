"""Whether this computer is fit to examine terminals; what is not fit is told with the command that mends it."""

from __future__ import annotations

import grp
import importlib.util
import os
import pwd
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from diag.bench import udev
from diag.conclusions import stored
from diag.contract.errors import ConfigError, PosdiagError
from diag.contract.links import Address, ccid, nodes, usb_bus
from diag.contract.links.ccid import UsbReader
from diag.contract.links.holders import holders
from diag.contract.links.pcscd import daemon_answers, is_installed, last_trouble, socket_path
from diag.contract.said import Said
from diag.knowledge import fonts, places
from diag.knowledge.languages import Lang
from diag.knowledge.wording import wording
from diag.knowledge.words import from_environment, word
from diag.store import database, runs

_PORTS = ("ttyUSB*", "ttyACM*", "ttyS[0-9]", "usb/lp*", "lp[0-9]", "hidraw*")
_PCSCD_ANSWERS = 5.0  # s


@dataclass(frozen=True)
class Condition:
    """One condition of this computer. `fine` is None where the condition is neither good nor bad."""

    fine: bool | None
    key: str
    values: Mapping[str, Any]


def examine() -> Iterator[Condition]:
    """Yield every condition that examining terminals depends on."""
    yield from _packages()
    yield from _pdf()
    yield from _pcsc()
    yield from _ports()
    yield from _usb()
    yield from _rules()
    yield from _store()
    yield from _kept()


def report(lang: Lang | None) -> tuple[str, int]:
    """Return all conditions in words (`posdiag doctor`), and how many of them are troubles."""
    language = lang or from_environment()
    conditions = list(examine())
    lines = []
    for condition in conditions:
        mark = {True: "✓", False: "✗", None: "·"}[condition.fine]
        values = {
            name: wording(value, language) if isinstance(value, Said) else value
            for name, value in condition.values.items()
        }
        lines.append(f"{mark} {word(f'doctor.{condition.key}', language, **values)}")
    bad = sum(condition.fine is False for condition in conditions)
    lines += ["", word("doctor.fit" if not bad else "doctor.unfit", language, count=bad)]
    return "\n".join(lines), bad


def _packages() -> Iterator[Condition]:
    homes = {name: _home(name) for name in ("diag", "drivers")}
    same = homes["diag"] == homes["drivers"]
    yield Condition(same, "together" if same else "foreign", {key: str(value) for key, value in homes.items()})
    for package, purpose in (
        ("serial", "pyserial"),
        ("smartcard", "pyscard"),
        ("escpos", "python-escpos"),
        ("usb", "pyusb"),
    ):
        if importlib.util.find_spec(package) is None:
            yield Condition(False, "no_package", {"package": purpose})


def _pdf() -> Iterator[Condition]:
    """Say whether a PDF can hold Chinese; nothing where PDF was not asked for by its extra."""
    if importlib.util.find_spec("weasyprint") is not None:
        fine = fonts.have_chinese()
        yield Condition(fine or None, "pdf" if fine else "no_chinese_font", {})


def _home(package: str) -> Path | None:
    spec = importlib.util.find_spec(package)
    return Path(spec.origin).parent.parent if spec and spec.origin else None


def _pcsc() -> Iterator[Condition]:
    if not is_installed():
        yield Condition(False, "no_pcscd", {})
    elif not daemon_answers():
        yield Condition(False, "pcscd_stopped", {"socket": socket_path()})
    else:
        yield Condition(True, "pcscd", {"socket": socket_path()})
    yield from _readers()


def _readers() -> Iterator[Condition]:
    """Look at the card readers on USB: who has them, and what pcscd makes of them."""
    on_usb = ccid.readers()
    free = []
    for reader in on_usb:
        if reader.kernel_driver:
            yield Condition(False, "reader_held", asdict(reader))
        elif not reader.supported:
            yield Condition(False, "no_driver", asdict(reader))
        elif users := ccid.programs_using(reader):  # of pcscd's own claim nothing is said
            yield Condition(False, "reader_used", {**asdict(reader), "users": ", ".join(users)})
        else:
            free.append(reader)
    listed = _listed(free) if daemon_answers() else None
    for reader in free:
        absent = listed is not None and not reader.is_among(listed)
        if absent and reader.asleep:
            yield Condition(False, "reader_asleep", asdict(reader))
        yield Condition(False if absent else None, "reader_unlisted" if absent else "ccid", asdict(reader))
        if absent and (words := last_trouble()):
            yield Condition(None, "pcscd_says", {"words": words})
    for names in ccid.listed_twice(listed or [], on_usb):
        yield Condition(False, "reader_twice", {"names": ", ".join(names)})


def _listed(expected: Sequence[UsbReader]) -> list[str] | None:
    """Return the readers that pcscd lists, which takes pcscd a while after its start; None where pcscd does not say."""
    try:
        link = Address("pcsc:*", "doctor").open_pcsc(_PCSCD_ANSWERS)
    except PosdiagError:  # no right, no library: the package and the service are looked at apart
        return None
    with closing(link):
        try:
            return link.readers_with(lambda names: all(reader.is_among(names) for reader in expected))
        except PosdiagError:
            return None


def _ports() -> Iterator[Condition]:
    found = nodes.existing(*_PORTS)
    for port in found:
        if not os.access(port, os.R_OK | os.W_OK):
            whose = owner(port)
            # no user should join the group root: only a rule opens such a port
            yield Condition(False, "no_access" if whose["group"] != "root" else "no_group", {"port": port, **whose})
        elif users := holders(port):
            yield Condition(False, "held", {"port": port, "users": ", ".join(users)})
        else:
            yield Condition(True, "port", {"port": port})
    if not found:
        yield Condition(None, "no_ports", {})


def _usb() -> Iterator[Condition]:
    """Look at printers and serial adapters on USB: what they are at, or which module would make a port of them."""
    for device in usb_bus.devices():
        values = {"device": str(device), "place": device.place, "ports": ", ".join(device.nodes)}
        if device.is_printer or device.looks_like_printer:
            # without a node it is no trouble: libusb needs none
            yield Condition(None, "printer" if device.nodes else "printer_without_node", values)
        elif not device.module:
            continue
        elif not device.nodes:
            yield Condition(False, "adapter_without_port", {**values, "module": device.module})
        if device.may_sleep:
            yield Condition(None, "sleepy", values)


def owner(port: str) -> dict[str, str]:
    """Return the group that a node belongs to, and this user, as the texts name them. Raises OSError."""
    gid = os.stat(port).st_gid
    try:
        group = grp.getgrgid(gid).gr_name
    except KeyError:
        group = str(gid)
    try:
        user = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        user = str(os.geteuid())
    return {"group": group, "user": user}


def _rules() -> Iterator[Condition]:
    if not Path("/run/udev").exists():
        yield Condition(None, "no_udev", {})
        return
    absent = udev.missing()
    if absent:
        yield Condition(False, "rules_missing", {"files": ", ".join(absent), "posdiag": udev.posdiag()})
    else:
        yield Condition(True, "rules", {})


def _store() -> Iterator[Condition]:
    """Say where the store of all runs is, how big, and whether it can be used."""
    try:
        size = database.size() / 1e6
        yield Condition(True, "store", {"where": database.shown(), "count": runs.count(), "size": size})
        if names := stored.waiting(places.runs_folder()):
            yield Condition(None, "waiting", {"count": len(names), "folder": places.runs_folder()})
    except ConfigError as error:
        yield Condition(False, "store_away", {"why": error.told})


def _kept() -> Iterator[Condition]:
    """Name the folders that posdiag or its user filled, for no package manager knows them."""
    if folders := [str(folder) for folder in places.kept() if folder.exists()]:
        yield Condition(None, "kept", {"folders": ", ".join(folders)})
