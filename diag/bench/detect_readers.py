"""Card readers: the slots that pcscd lists, and readers on USB that pcscd does not have."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict

from diag.bench.detect_part import Attached
from diag.contract.errors import PosdiagError
from diag.contract.links import Address, ccid
from diag.contract.links.ccid import UsbReader
from diag.contract.links.pcscd import daemon_answers, is_installed, socket_path

_ANSWER = 1.0  # s for one question to pcscd
_APPEAR = 1.2  # s for a pcscd that was started by the question itself to list its readers
_CONTACTLESS = re.compile(r"contactless|picc|nfc|\bcl\b", re.IGNORECASE)
_SAM = re.compile(r"\bsam\b", re.IGNORECASE)


def card_readers() -> Iterator[Attached]:
    """Yield each slot that pcscd lists, then each reader on USB that no slot belongs to."""
    on_usb = ccid.readers()
    runs = daemon_answers()
    listed = _listed([reader for reader in on_usb if reader.supported and not reader.kernel_driver]) if runs else []
    for name in listed:
        yield _slot(name, next((reader for reader in on_usb if reader.is_among([name])), None))
    for reader in on_usb:
        if not reader.is_among(listed):
            values = {key: str(value) for key, value in asdict(reader).items()} | {"socket": socket_path()}
            yield Attached(
                "card_reader", _label(reader), (_node(reader),), usb=reader.id, place=reader.where,
                drivers=(reader.kernel_driver,) if reader.kernel_driver else (),
                generic=("generic/pcsc",), trouble=(_why(reader, runs=runs), values),
            )  # fmt: skip


def _listed(expected: Sequence[UsbReader]) -> Sequence[str]:
    """Return the slots that pcscd lists, waiting a moment for the readers that are on USB; none where pcscd is mute."""
    end = time.monotonic() + _APPEAR
    try:
        link = Address("pcsc:*", "detect").open_pcsc(_ANSWER)
        with closing(link):
            while True:
                names = link.readers()
                left = end - time.monotonic()
                if left <= 0 or all(reader.is_among(names) for reader in expected):
                    return names
                link.wait_for_readers(min(left, 0.3))
    except PosdiagError:
        return []


def _slot(name: str, reader: UsbReader | None) -> Attached:
    slot = "contactless" if _CONTACTLESS.search(name) else "sam" if _SAM.search(name) else ""
    return Attached(
        "card_reader",
        name,
        (socket_path(),),
        usb=reader.id if reader else "",
        place=reader.where if reader else "",
        addresses={"pcsc": f"pcsc:{name}"},
        generic=("generic/pcsc",),
        settings=(f"slot={slot}",) if slot else (),
    )


def _why(reader: UsbReader, *, runs: bool) -> str:
    """Return the key of the text that says why pcscd does not list a reader."""
    if reader.kernel_driver:
        return "reader_held"
    if not runs:
        return "pcscd_stopped" if is_installed() else "no_pcscd"
    return "reader_unlisted" if reader.supported else "no_driver"


def _label(reader: UsbReader) -> str:
    return f"{reader.maker} {reader.product}".strip() or reader.id


def _node(reader: UsbReader) -> str:
    return f"/dev/bus/usb/{reader.bus:03}/{reader.address:03}"
