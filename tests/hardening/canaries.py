"""Devices that say what must not be written, on every port, in this process: what was written is searched."""

from __future__ import annotations

import json
import os
import random
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args
from unittest import mock

from diag.bench.bundle import contents
from diag.contract.check import Level
from diag.contract.interruption import Interruption
from diag.contract.links import Address
from diag.contract.links.tap import Recorder, TraceFile
from diag.knowledge import catalogue
from diag.knowledge.languages import LANGUAGES
from diag.knowledge.profile import Component
from diag.records.record import Record, to_json
from diag.reports import as_metrics, formats
from diag.reports.merchant import merchant
from diag.reports.texts import Texts
from diag.run.session import Options
from diag.store import runs
from tests.hardening.noise import HOST, PROFILES, Noise, NoisyAddress, NoisyRun, loaded

NUMBER = "4111111111111111"  # a published test card number
SUBSCRIBER = "460001234567890"  # an IMSI
CARD = "89860012345678901234"  # the number of a SIM card
TELEPHONE = "13800138000"
TRACKS = f"%B{NUMBER}^TEST/CARD^29121010000000000000?;{NUMBER}=29121010000000000000?\r".encode()
#: what a device says -> what may stand nowhere afterwards
SAYINGS: dict[str, tuple[bytes, tuple[str, ...]]] = {
    "tracks": (TRACKS, (NUMBER, "TEST/CARD")),
    "track 2": (f";{NUMBER}=29121010000000000000?\r".encode(), (NUMBER,)),
    "groups": (b"4111 1111 1111 1111\r\n", (NUMBER,)),
    "lines": (b"4111\r\n1111\r\n1111\r\n1111\r\n", (NUMBER,)),
    "parity": (bytes(byte | 0x80 for byte in TRACKS), (NUMBER, "TEST/CARD")),
    "packed": (bytes.fromhex(f"5A08{NUMBER}5713{NUMBER}D29121010000000000000F"), (NUMBER,)),
    "subscriber": (f"\r\n{SUBSCRIBER}\r\n\r\nOK\r\n".encode(), (SUBSCRIBER,)),
    "error": (f"\r\n+CME ERROR: {SUBSCRIBER} {TELEPHONE}\r\n".encode(), (SUBSCRIBER, TELEPHONE)),
    "message": (f'\r\n+CMT: "+86{TELEPHONE}",,"26/11/29"\r\nsecret words\r\n'.encode(), (TELEPHONE, "secret words")),
    "SIM card": (f"\r\n+CCID: {CARD}\r\n\r\nOK\r\n".encode(), (CARD,)),
    "call": (f"\r\nCONNECT {TELEPHONE}\r\n".encode(), (TELEPHONE,)),
}
_ALONE = threading.Lock()  # of those who put something else in the place of the store and of doctor
#: those of a card
CARDS = ("tracks", "track 2", "groups", "lines", "parity", "packed")


class Telling(Noise):
    """A device that says the same to every question, in pieces of one size."""

    def __init__(self, said: bytes, size: int) -> None:
        super().__init__(0)
        self._said, self._size, self._left = said, size, b""

    def take(self, data: bytes) -> None:
        """Begin to answer anew."""
        super().take(data)
        self._left = self._said

    def read(self, timeout: float) -> bytes:
        """Return the next piece of the answer."""
        piece, self._left = self._left[: self._size], self._left[self._size :]
        self.now += 0.01 if piece else timeout
        return piece

    def piece(self) -> bytes:
        """Return the whole answer, where a device answers at once."""
        return self._said


class Traced(Recorder):
    """The tap of this device, with a clock of its own, and a trace."""

    def __init__(self, file: TraceFile, component: str, interruption: Interruption, noise: Noise) -> None:
        super().__init__(file, component, interruption)
        self._noise = noise

    def call(self, op: str, sent: Any, do: Callable[[], Any], wait: float | None = None) -> Any:
        """Answer what is asked of the computer; the device answers the rest. Both is written into the trace."""
        return super().call(op, sent, (lambda: HOST[op]) if op in HOST else do, wait)

    def now(self) -> float:
        """Return the time of this device."""
        return self._noise.now

    def pause(self, seconds: float, interruption: Interruption) -> bool:
        """Let the time go by."""
        self._noise.now += seconds
        return interruption.is_set()


class TellingRun(NoisyRun):
    """A run of which the device says one thing, to a person who does what prompts say."""

    def _address(self, part: Component) -> Address:
        assert self._trace is not None
        tap = Traced(self._trace, part.name, self.interruption, self._noise)
        return NoisyAddress(part.at, part.name, tap, self.interruption)


def trouble(number: int, folder: Path) -> str | None:
    """Let a device of some room say something; return what of that stands in a file afterwards, or None."""
    chance = random.Random(number)  # noqa: S311 -- the same each time
    name, component, at = PROFILES[number % len(PROFILES)]
    saying = list(SAYINGS)[number // len(PROFILES) % len(SAYINGS)]
    if component == "magstripe" and saying not in CARDS:
        return None  # its own business: a stripe reader drops what is no track
    said, secrets = SAYINGS[saying]
    noise = Telling(said, chance.choice((1, 3, 7, 16, 400)))
    noise.person = chance.random() < 0.5
    trace = folder / f"{number}.jsonl"
    options = Options(chance.choice(list(Level)), (component,), trace=trace)
    result = TellingRun(noise, loaded(name, component, at), options, folder).execute()
    # a trace that somebody asks for holds what the port said, but for cards and for what a modem says of people
    traced = saying in CARDS or component == "modem"
    found = leaked(result.record, folder, trace, secrets, traced=traced)
    return found and f"{name} {component} {saying}, number {number}: {found} is written"


def leaked(record: Record, folder: Path, trace: Path, secrets: tuple[str, ...], *, traced: bool) -> str | None:
    """Return a secret that stands in a record or in a file of a folder, which is emptied; None where none does.

    `traced`: the trace is searched too, also its pieces together. Whatever it holds, a bundle's holds no number.
    """
    with _ALONE:
        told = [*reports(record), *stored(record, folder), *bundled(record, trace)]
    files = [path for path in folder.iterdir() if path.is_file() and (traced or path != trace)]
    written = [path.read_text(errors="replace") for path in files]
    lines = [json.loads(line) for line in trace.read_text().splitlines()]
    read = b"".join(bytes.fromhex(line["got"]) for line in lines if line["op"] == "read" and line.get("got"))
    plain = bytes(byte & 0x7F for byte in read).decode("latin-1")
    for path in folder.iterdir():
        path.unlink()
    said_again = (plain, read.hex()) if traced else ()
    for text in (*written, json.dumps(to_json(record)), *said_again, *told):
        for secret in secrets:
            if secret in text or re.sub(r"\W", "", secret) in re.sub(r"\W", "", text):
                return secret
    return None


def reports(record: Record) -> Iterator[str]:
    """Yield a record in every format and language, for the merchant, and as metrics."""
    for lang in LANGUAGES:
        texts = Texts(catalogue.load({part.kind for part in record.components}), lang)
        yield from (formats.written(record, form, texts) for form in get_args(formats.Format))
        yield merchant(record, texts)
        yield as_metrics.metrics(record, texts)


def stored(record: Record, folder: Path) -> Iterator[str]:
    """Yield all bytes of a store that has taken a record in."""
    file = folder / "store.sqlite"
    with mock.patch.dict(os.environ, POSDIAG_STORE=f"sqlite:///{file}"):
        runs.add([record])
    for path in folder.glob("store.sqlite*"):
        yield path.read_text(errors="replace")
        path.unlink()


def bundled(record: Record, trace: Path) -> Iterator[str]:
    """Yield what stands in a bundle; of its trace, the pieces that were read together.

    What doctor says of this computer does not depend on a device, and takes long.
    """
    with mock.patch.object(contents.doctor, "report", return_value=("", 0)):
        members = contents.make(record, trace, "en").bundle.members
    for name, data in members.items():
        if name != contents.TRACE:
            yield data.decode()
    lines = [json.loads(line) for line in members[contents.TRACE].decode().splitlines()]
    for component in {line["component"] for line in lines}:
        reads = [line["got"] for line in lines if line["component"] == component and line["op"] == "read"]
        data = b"".join(map(bytes.fromhex, filter(None, reads)))
        plain = bytes(byte & 0x7F for byte in data).decode("latin-1")
        yield plain.replace("secret words", "")  # a text that only the modem's driver can know for a message
        yield data.hex()
