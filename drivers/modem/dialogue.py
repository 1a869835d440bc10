"""Commands and answers on an opened port: echo and late answers sorted out, what is private left in the link."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from diag.contract.errors import ConfigError, DeviceGarbled, DeviceSilent
from diag.contract.links.stream import Stream
from diag.contract.said import Said, Told
from drivers.modem.pure import shapes
from drivers.modem.pure.at import Command, ReplyParser, is_boot

#: makes of an answer's lines what may leave the link; ValueError where the lines are no such answer
Keep = Callable[[Sequence[str]], Any]

#: stands for a result that did not come
WITHOUT_RESULT = "no result"
_ECHO_WAIT = 0.3  # s that the echo may come behind a result, which is an older command's then
_ERROR_WAIT = 0.05  # s that an answer may come behind an error, which came unasked then
_NO_RESULT = 1.0  # s without a further line after which an answer that some modems end without a result is over
_EVENTS = 200  # lines told unasked that are remembered
_PATIENT = 1.0  # s of quiet that show that a modem has nothing more to say about an older command


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of one command. `kept`: what `keep` made of its lines. `result`: as it came; empty where none did.

    `lines`: how many lines there were. `unasked`: what came besides, as far as that may be written down
    (`shapes.unasked`). `stranger`: what else than a modem talks like that. `late`: an older command's result
    came first. `message_open`: lines of a message may still come.
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
    message_open: bool = False

    @property
    def good(self) -> bool:
        """Whether the modem has done what the command says."""
        return self.result == "OK" or (not self.result and self.lines > 0)

    @property
    def shown(self) -> str:
        """The result as a measurement's value; `WITHOUT_RESULT` where none came."""
        return self.result or WITHOUT_RESULT

    @property
    def told(self) -> Told:
        """The result as it is said."""
        return self.result or Said(WITHOUT_RESULT)


def keep_all(lines: Sequence[str]) -> list[str]:
    """Keep the lines of an answer that holds nothing private."""
    return list(lines)


def keep_facts(lines: Sequence[str]) -> list[str]:
    """Keep the lines that tell facts of card and network in their known shape, and of other lines the head."""
    return list(shapes.unasked(lines))


def keep_none(lines: Sequence[str]) -> None:
    """Keep no line: the result alone counts."""


class _ReplyCollector:
    """Collects the characters after one command inside the link, up to the command's result or its deadline."""

    def __init__(
        self, parser: ReplyParser, keep: Keep, timeout: float, now: Callable[[], float], *, secret: bool
    ) -> None:
        self.parser = parser
        self._keep = keep
        self._secret = secret
        self._now = now
        self._deadline = now() + timeout
        self._seen = (0, "")  # answers and result so far, and since when
        self._since = now()

    @property
    def pause(self) -> float:
        """Return how long more is waited for.

        After a result without its echo that is as long as an echo takes, after an answer as long as a result takes.
        """
        left = self._deadline - self._now()
        since = self._since - self._now()
        if self.parser.result:
            known = self.parser.echoed or self.parser.echo is False
            left = min(left, since + (_ERROR_WAIT if known and self.parser.doubtful else _ECHO_WAIT))
        elif self.parser.answer and not self.parser.command.patient:
            left = min(left, since + _NO_RESULT)
        return max(0.0, left)

    def feed(self, piece: bytes) -> dict[str, Any] | None:
        """Take a piece, and return the reply with the command's own result; unasked lines put nothing off."""
        self.parser.feed(piece)
        seen = len(self.parser.answer), self.parser.result
        if seen != self._seen:
            self._seen, self._since = seen, self._now()
        if self.parser.complete:
            return self._made()
        return self.end() if self.pause == 0 else None

    def end(self) -> dict[str, Any]:
        """Return the reply as far as it came."""
        self.parser.end()
        return self._made()

    def _made(self) -> dict[str, Any]:
        found = self.parser
        kept, count = None, len(found.answer)
        if found.answer:
            try:
                kept = self._keep(found.answer)
            except ValueError:
                kept = None
        return {
            "kept": kept,
            "result": _without_secret(found.result) if self._secret else shapes.result(found.result),
            "lines": count,
            "unasked": list(shapes.unasked(found.unasked)),
            "echoed": found.echoed,
            "numeric": found.numeric,
            "noise": found.noise,
            "stranger": found.stranger,
            "late": found.late,
            "message_open": found.message_open,
        }


@dataclass
class Dialogue:
    """Questions and answers on one port."""

    stream: Stream
    timeout: float
    #: seconds to leave before a command
    gap: float = 0.0
    #: whether the modem repeats commands; None while that is not known
    echo: bool | None = None
    #: lines which say that the module has started again while it was examined
    boots: list[str] = field(default_factory=list)
    #: facts about card and network that were told unasked, as far as they may be written down, in their order
    events: list[str] = field(default_factory=list)
    #: answers that came when the next command had been sent
    late_answers: int = 0
    #: how often another program on the same port switched the echo
    echo_changes: int = 0
    #: the modem is given back: that is done after an interruption too
    leaving: bool = False
    #: when nothing more is waited for: what talks on shall not hold a check for the sum of all its waits
    until: float = math.inf
    #: what else than a modem talks on this port
    stranger: str = ""
    #: the modem has repeated a command, or answered a command in lines
    heard: bool = False
    #: how long the last answer took
    answer_time: float = 0.0
    #: somebody's message has begun, of which lines may still come, also behind the next command
    message_open: bool = False
    #: a message has been heard in this run
    messages: bool = False
    _owed: int = 0
    _last: float = 0.0

    def ask(
        self,
        command: Command,
        keep: Keep = keep_none,
        timeout: float | None = None,
        *,
        secret: bool = False,
        at_once: bool = False,
    ) -> Reply:
        """Send a command and return its reply. Of the reply's lines only what `keep` makes of them leaves the link.

        Where `keep` raises ValueError, nothing is kept. The result of an older command is waited for first, because
        some modems echo at once while the older command still runs; not with `at_once`.
        Raises: DeviceSilent where nothing came, DeviceGarbled where only noise did, DeviceGone.
        """
        limit = self.timeout if timeout is None else timeout
        owed = self._owed > 0
        if owed and not at_once:
            self._await_owed(limit)
        if self.gap:
            self.stream.pause(max(0.0, self._last + self.gap - self.stream.now()))
        begin = self.stream.now()
        self.stream.write(f"{command.text}\r".encode("ascii"), self.timeout, secret=secret)
        reply = self._receive(command, keep, limit, secret=secret, owed=owed)
        if owed and not reply.echoed and not reply.lines and reply.result:
            again = self._receive(
                command, keep, min(limit, _PATIENT), secret=secret
            )  # the first was an older command's
            if again.result or again.lines:
                reply, self._owed = replace(again, late=True), 0
        self._last = self.stream.now()
        self.answer_time = self.stream.now() - begin
        self._learn(reply)
        self.late_answers += reply.late
        if reply.result or reply.lines:
            if reply.echoed or reply.late:
                self._owed = 0
            return reply
        self._owed += 1
        if reply.noise or reply.unasked or reply.echoed:
            raise DeviceGarbled(Said("but_came", question=_shown(command, secret), came=_rubbish(reply)))
        raise DeviceSilent(Said("no_answer", question=_shown(command, secret), seconds=limit))

    def forget(self) -> None:
        """Expect nothing of a modem that starts anew: no echo, no older command's answer, no rest of a message."""
        self.echo, self._owed, self.message_open = None, 0, False

    def listen(self, command: Command, keep: Keep, timeout: float) -> Reply:
        """Return the lines with the command's heads that come without anything being sent."""
        return self._receive(command, keep, timeout)

    def _receive(
        self, command: Command, keep: Keep, timeout: float, *, secret: bool = False, owed: bool = False
    ) -> Reply:
        timeout = min(timeout, max(0.0, self.until - self.stream.now()))
        parser = ReplyParser(command, self.echo if command.text else False, owed, self.message_open)
        collector = _ReplyCollector(parser, keep, timeout, self.stream.now, secret=secret)
        got = self.stream.receive(collector, timeout, despite_interruption=self.leaving)
        reply = _reply(got) if got is not None else Reply()
        self.stranger = reply.stranger or self.stranger
        self.message_open = reply.message_open
        self.messages = self.messages or reply.message_open or any(map(shapes.is_message_head, reply.unasked))
        self.heard = self.heard or reply.echoed or reply.lines > 0
        self.boots += [line for line in reply.unasked if is_boot(line)]
        self.events += reply.unasked
        del self.events[:-_EVENTS]
        return reply

    def _await_owed(self, timeout: float) -> None:
        """Wait for the result of an older command, once: whether it comes or not, nothing is owed any more."""
        self.late_answers += bool(self._receive(Command("", call=True), keep_none, timeout).result)
        self._owed = 0

    def _learn(self, reply: Reply) -> None:
        """Note whether the modem echoes; another program on the same port may switch the echo at any time."""
        if not (reply.result or reply.lines):
            return
        if self.echo is not None and self.echo != reply.echoed:
            self.echo_changes += 1
        self.echo = reply.echoed


def _without_secret(result: str) -> str:
    """Return a result without what follows its number: some errors repeat the command."""
    found = re.match(r"OK|ERROR|\+CM[ES] ERROR: *\d{1,4}(?=$|\D)", result, re.IGNORECASE)
    return found[0] if found else "ERROR" if result else ""


def _shown(command: Command, secret: bool) -> str:
    return command.text.partition("=")[0] if secret else command.text


def _rubbish(reply: Reply) -> Told:
    if reply.stranger:
        return Said(reply.stranger)
    if reply.unasked:
        return Said("lines", lines=[_line(line) for line in reply.unasked[:3]])
    return Said("characters", count=reply.noise) if reply.noise else Said("its_echo")


def _line(line: str) -> Told:
    """Return an unasked line as it is said; of what is not written down, the length."""
    count = shapes.hidden(line)
    return line if count is None else Said("hidden", count=count)


def _reply(got: dict[str, Any]) -> Reply:
    try:
        return Reply(**{**got, "unasked": tuple(got["unasked"])})
    except (KeyError, TypeError) as error:  # a replay gives what somebody has edited
        raise ConfigError(Said("trace_cannot_be")) from error
