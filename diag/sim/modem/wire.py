"""ITU-T V.250: characters into command lines, results in words or numbers, echo in the ways of real modems."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from diag.sim.modem.world import World

_NUMBERS = {"OK": 0, "CONNECT": 1, "RING": 2, "NO CARRIER": 3, "ERROR": 4, "NO DIALTONE": 6, "BUSY": 7, "NO ANSWER": 8}


class Refused(Exception):
    """A command ends with +CME ERROR: a number and its words."""

    def __init__(self, number: int, words: str) -> None:
        super().__init__(words)
        self.number, self.words = number, words


class Unknown(Exception):
    """This modem does not have the command: ERROR."""


class Wire:
    """The modem's end of the line. `run` carries out a command line and returns its result, "" for none yet."""

    def __init__(self, world: World, write: Callable[[bytes], object], run: Callable[[str], str]) -> None:
        self.world = world
        self._write = write
        self._run = run
        self._line = ""
        self._held: list[bytes] = []
        self._lock = threading.RLock()
        self._commands = 0
        self._began = time.monotonic()
        self.online = self.handshaking = False
        self.escapes = True  # +++ leads from the data state to commands
        self.interrupted = threading.Event()  # a character came while a call was set up
        self.unplug: Callable[[], object] = lambda: None
        self.hears: Callable[[], bool] = lambda: True  # at the rate that the line has now
        self.echo = world.get("echo", "on") != "off"
        self.words = world.get("results", "words") != "numbers"
        self.quiet = world.has("SETTING")
        self.errors = int(world.get("errors", "0"))
        self._asleep = 0.0  # until when the modem that was restarted says nothing
        self.dropped = False  # the node vanishes, because the modem was restarted

    def restart(self) -> None:
        """Start anew: nothing is said for a moment, then RDY, and every setting is as it was at first."""
        world, seconds = self.world, self.world.number("restart_s", 0.3)
        world.restarted = True
        self.dropped = world.get("node", "") != ""
        self._asleep = time.monotonic() + seconds
        self._line = ""
        self.echo, self.errors = world.get("echo", "on") != "off", int(world.get("errors", "0"))
        self.words = world.get("results", "words") != "numbers"
        if not self.dropped:
            timer = threading.Timer(seconds, self.unasked, ("RDY",))
            timer.daemon = True
            timer.start()

    def take(self, data: bytes) -> None:
        """Take characters from the terminal."""
        if self.world.has("MUTE") or time.monotonic() - self._began < self.world.number("silent_s") or not self.hears():
            return
        if time.monotonic() < self._asleep:
            return
        self.interrupted.set()
        if self.handshaking:
            return
        if self.online:
            if data == b"+++" and self.escapes:
                self.online = False
                self._commands += 1
                self.say("OK")
            return
        for character in data.decode("latin-1"):
            if character == "\r":
                line, self._line = self._line, ""
                self._release()
                self._echo(line)
                if line.strip():
                    self._command(line.strip())
            elif character >= " ":
                self._line += character

    def info(self, text: str) -> None:
        """Send a line of information."""
        self._send(f"\r\n{text}\r\n" if self.words else f"{text}\r\n")

    def say(self, result: str) -> None:
        """Send a result."""
        if self.quiet:
            return
        if self.words or result.startswith("+"):
            self._send(f"\r\n{result}\r\n")
        else:
            self._send(f"{_NUMBERS.get(result.split(' 9')[0], 1)}\r")

    def unasked(self, text: str) -> None:
        """Send a line that nobody asked for, at once."""
        with self._lock:
            if not (self.online or self.world.has("MUTE")):
                self._out(f"\r\n{text}\r\n".encode())

    def _echo(self, line: str) -> None:
        if not self.echo:
            return
        style = self.world.get("echo", "on")
        self._out({"doubled": f"{line}\r{line}\r", "loose": f"{line}\r\r\n"}.get(style, f"{line}\r").encode("latin-1"))

    def _command(self, line: str) -> None:
        if line[:2].upper() != "AT":
            return
        self._commands += 1
        if self._commands == int(self.world.number("unplug_after")):
            self._out(b"\r\n+C")
            self.unplug()
            return
        if self._commands == int(self.world.number("restart_at")) and not self.world.restarted:
            self.restart()
            return
        time.sleep(self.world.number("answer_ms", 1) / 1000)
        if told := self.world.untimely(self._commands):
            self.unasked(told)
        try:
            result = self._as_ordered(line) or self._run(line[2:])
        except Refused as error:
            result = {0: "ERROR", 1: f"+CME ERROR: {error.number}"}.get(self.errors, f"+CME ERROR: {error.words}")
        except Unknown:
            result = "ERROR"
        if result:
            self.say(result)

    def _as_ordered(self, line: str) -> str:
        """Answer a command as the order says, and return the result; "" where the order says nothing."""
        lines = self.world.answer(line)
        if lines is None:
            return ""
        result = lines.pop() if "ERROR" in lines[-1] or lines[-1] in _NUMBERS else "OK"
        for text in lines:
            self.info(text)
        return result

    def _send(self, text: str) -> None:
        """Send at once; with `late` the first answers stay here until the next command."""
        with self._lock:
            self._held.append(text.encode("latin-1"))
        if self._commands > int(self.world.number("late")):
            self._release()

    def _release(self) -> None:
        with self._lock:
            held, self._held = b"".join(self._held), []
            if held:
                self._out(held)

    def _out(self, data: bytes) -> None:
        if self.world.has("GARBLED"):
            data = bytes((byte * 7 + 13) & 0xFF for byte in data)
        self._write(data)


def parts(line: str) -> list[str]:
    """Return the commands of one line: basic commands without a separator, extended commands up to a semicolon."""
    found, at = [], 0
    while at < len(line):
        begin = at
        if line[at] in "+#^%*$!:":
            while at < len(line) and line[at] != ";":
                at = line.find('"', at + 1) + 1 if line[at] == '"' and line.find('"', at + 1) > 0 else at + 1
            found.append(line[begin:at])
            at += 1
        elif line[at].upper() == "D":
            return [*found, line[at:]]
        else:
            at += 2 if line[at] == "&" or line[at] == "-" else 1
            while at < len(line) and (line[at].isdigit() or line[at] in "=?" or line[begin] == "-"):
                at += 1
            found.append(line[begin:at])
    return [command for command in found if command.strip()]
