"""Commands and answers on an opened port: echo and late answers sorted out, what is private left in the link."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from diag.contract.errors import ConfigError, DeviceGarbled, DeviceSilent
from diag.contract.links.stream import Stream
from drivers.modem.pure.at import Command, Lines, harmless, is_boot

Keep = Callable[[Sequence[str]], Any]

_ECHO_WAIT = 0.3  # s that the echo may come behind a result, which is an older command's then
_ERROR_WAIT = 0.05  # s that an answer may come behind an error, which came unasked then
_NO_RESULT = 1.0  # s without a further line after which an answer that some modules end without a result is over
_PATIENT = 1.0  # s of quiet that show that a modem has nothing more to say about an older command


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of one command. `kept`: what `keep` made of its lines. `result`: as it came; empty where none did.

    `lines`: how many there were. `unasked`: what came besides, as it may be written down (`at.harmless`).
    `stranger`: what else than a modem talks like that. `late`: an older command's result came first.
    """

    kept: Any = None
    result: str = ""
    lines: int = 0
    unasked: tuple[str, ...] = ()
    echoed: bool = False
    numeric: bool = False
    noise: int = 0
    stranger: str = ""
    late: bool = False

    @property
    def good(self) -> bool:
        """It has done what it was told to."""
        return self.result == "OK" or (not self.result and self.lines > 0)


def as_they_are(lines: Sequence[str]) -> list[str]:
    """Keeps lines that hold nothing private."""
    return list(lines)


def nothing(lines: Sequence[str]) -> None:
    """Keeps none of them."""


class _Collector:
    """The characters after one command, up to its result or its deadline."""

    def __init__(self, lines: Lines, keep: Keep, timeout: float, *, secret: bool) -> None:
        self.lines = lines
        self._keep = keep
        self._secret = secret
        self._deadline = time.monotonic() + timeout
        self._seen = (0, "")  # answers and result so far, and since when
        self._since = time.monotonic()

    @property
    def pause(self) -> float:
        """A result without its echo is waited for no longer than an echo takes; an answer no longer than a result."""
        left = self._deadline - time.monotonic()
        since = self._since - time.monotonic()
        if self.lines.result:
            known = self.lines.echoed or self.lines.echo is False
            left = min(left, since + (_ERROR_WAIT if known and self.lines.doubtful else _ECHO_WAIT))
        elif self.lines.answer and not self.lines.command.patient:
            left = min(left, since + _NO_RESULT)
        return max(0.0, left)

    def feed(self, piece: bytes) -> dict[str, Any] | None:
        """Done with the command's own result; unasked lines put nothing off."""
        self.lines.feed(piece)
        seen = len(self.lines.answer), self.lines.result
        if seen != self._seen:
            self._seen, self._since = seen, time.monotonic()
        if self.lines.complete:
            return self._made()
        return self.end() if self.pause == 0 else None

    def end(self) -> dict[str, Any]:
        """What there is."""
        self.lines.end()
        return self._made()

    def _made(self) -> dict[str, Any]:
        found = self.lines
        kept, said = None, len(found.answer)
        if found.answer:
            try:
                kept = self._keep(found.answer)
            except ValueError:
                kept = None
        return {
            "kept": kept,
            "result": _without_secret(found.result) if self._secret else found.result,
            "lines": said,
            "unasked": list(harmless(found.unasked)),
            "echoed": found.echoed,
            "numeric": found.numeric,
            "noise": found.noise,
            "stranger": found.stranger,
            "late": found.late,
        }


@dataclass
class Dialogue:
    """One port. `echo`: whether it repeats commands, None while that is not known. `gap`: s to leave before a command.

    `boots`: lines that say that the module has started again while it was examined. `behind`: answers that came when
    the next command had been sent. `echo_changed`: how often the echo was switched by somebody else. `heard`: it has
    repeated a command or answered one in lines. `leaving`: what follows gives the modem back, and is done after an
    interruption too.
    """

    stream: Stream
    timeout: float
    gap: float = 0.0
    echo: bool | None = None
    boots: list[str] = field(default_factory=list)
    behind: int = 0
    echo_changed: int = 0
    leaving: bool = False
    stranger: str = ""
    heard: bool = False
    answer_time: float = 0.0
    _owed: int = 0
    _last: float = 0.0

    def ask(
        self,
        command: Command,
        keep: Keep = as_they_are,
        timeout: float | None = None,
        *,
        secret: bool = False,
        anyhow: bool = False,
    ) -> Reply:
        """Send it and wait for its result. Raises DeviceSilent where nothing came of it, DeviceGarbled where noise did.

        Of its lines only what `keep` makes of them leaves the link; ValueError from it means no such answer (None). The
        result of an older command is waited for first, for some echo at once while that still runs; not with `anyhow`.
        """
        limit = self.timeout if timeout is None else timeout
        owed = self._owed > 0
        if owed and not anyhow:
            self._await_owed(limit)
        if self.gap:
            time.sleep(max(0.0, self._last + self.gap - time.monotonic()))
        begin = self.stream.now()
        self.stream.write(f"{command.text}\r".encode("ascii"), self.timeout, secret=secret)
        reply = self._receive(command, keep, limit, secret=secret, owed=owed)
        if owed and not reply.echoed and not reply.lines and reply.result:
            again = self._receive(command, keep, min(limit, _PATIENT), secret=secret)  # it may have been an older one's
            if again.result or again.lines:
                reply, self._owed = replace(again, late=True), 0
        self._last = time.monotonic()
        self.answer_time = self.stream.now() - begin
        self._learn(reply)
        self.behind += reply.late
        if reply.result or reply.lines:
            if reply.echoed or reply.late:
                self._owed = 0
            return reply
        self._owed += 1
        if reply.noise or reply.unasked or reply.echoed:
            raise DeviceGarbled(f"no answer to {_shown(command, secret)}, but {_rubbish(reply)}")
        raise DeviceSilent(f"no answer to {_shown(command, secret)} in {limit:g} s")

    def listen(self, command: Command, keep: Keep, timeout: float) -> Reply:
        """Lines with the command's heads that come without anything being sent."""
        return self._receive(command, keep, timeout)

    def _receive(
        self, command: Command, keep: Keep, timeout: float, *, secret: bool = False, owed: bool = False
    ) -> Reply:
        lines = Lines(command, self.echo if command.text else False, owed)
        collector = _Collector(lines, keep, timeout, secret=secret)
        got = self.stream.receive(collector, timeout, despite_interruption=self.leaving)
        reply = _reply(got) if got is not None else Reply()
        self.stranger = reply.stranger or self.stranger
        self.heard = self.heard or reply.echoed or reply.lines > 0
        self.boots += [line for line in reply.unasked if is_boot(line)]
        return reply

    def _await_owed(self, timeout: float) -> None:
        """Whether it comes or not, it is not waited for again."""
        self.behind += bool(self._receive(Command("", call=True), nothing, timeout).result)
        self._owed = 0

    def _learn(self, reply: Reply) -> None:
        """Whether the modem echoes; somebody else on the same port may switch it at any time."""
        if not (reply.result or reply.lines):
            return
        if self.echo is not None and self.echo != reply.echoed:
            self.echo_changed += 1
        self.echo = reply.echoed


def _without_secret(result: str) -> str:
    """Some errors repeat the command."""
    found = re.match(r"OK|ERROR|\+CM[ES] ERROR: *\d{1,4}(?=$|\D)", result, re.IGNORECASE)
    return found[0] if found else "ERROR" if result else ""


def _shown(command: Command, secret: bool) -> str:
    return command.text.partition("=")[0] if secret else command.text


def _rubbish(reply: Reply) -> str:
    if reply.stranger:
        return reply.stranger
    if reply.unasked:
        return "; ".join(reply.unasked[:3])
    return f"{reply.noise} characters that are no text" if reply.noise else "its echo"


def _reply(got: dict[str, Any]) -> Reply:
    try:
        return Reply(**{**got, "unasked": tuple(got["unasked"])})
    except (KeyError, TypeError) as error:  # a replay gives what somebody has edited
        raise ConfigError("the trace holds an answer that no modem gives") from error
