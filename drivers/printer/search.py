"""The search for a printer that did not answer as its profile says: another language, other line settings, or late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from diag.contract.links.line import QUIET, Line
from diag.contract.links.search import search
from diag.contract.links.serial_line import Framing, SerialLine, other_lines
from diag.contract.said import Said
from drivers.printer.dialects import conversation
from drivers.printer.dialects.dialect import Dialect
from drivers.printer.pure import escpos, star
from drivers.printer.pure.escpos import Status
from drivers.printer.pure.languages import NAMES, Language, recognised, understood
from drivers.printer.settings import PrinterSettings

_RATES = (9600, 19200, 38400, 115200, 57600, 4800, 2400)  # most usual first
_FRAMINGS: tuple[Framing, ...] = ((8, "N", 1), (8, "E", 1), (8, "O", 1), (7, "E", 1), (7, "O", 1))
_USUAL = _FRAMINGS[:3]  # of a printer that was set up for the other language
_GLANCE = 0.1  # s; at 2400 baud a Star frame of nine bytes takes 38 ms, the question 13, a USB adapter adds 16
_GLANCE_REMOTE = 0.3  # s; a serial server adds the network's time
_SEARCH = 12.0  # s for all line settings of one language
_ASKING = 0.5  # s for an answer in another way
_LATE = 3.5  # times of an answer; what comes later than that is no answer any more
_OWED, _OWED_BYTES = 6, 64  # questions so far, and bytes of their answers, at most; more is a device that babbles
_DEAF = 2  # times of an answer; a printer that answers at once only after that long was starting
_PAUSE = 1.3  # times the delay of the first answer; without an answer that long none is owed
_MARGIN = 2.5  # a late printer is given so many times its delay
#: the real-time question of each language, which is no command in the other one
_QUESTIONS: Mapping[Language, bytes] = {
    "escpos": escpos.ask_status(escpos.Status.PRINTER),
    "star": star.ASK_STATUS,
}


@dataclass(frozen=True)
class Found:
    """How a printer answers: the dialect that goes on with it, and its settings.

    `heard`: the bytes by which the language was recognised. `started_after`: seconds from the first question, for a
    printer that was deaf to several questions and then answered the same one: it was starting.
    """

    settings: PrinterSettings
    dialect: Dialect
    heard: bytes
    started_after: float | None = None


class Search:
    """One search, begun when the profile's own question has had no answer for `line.timeout` seconds."""

    def __init__(self, line: Line, settings: PrinterSettings, *, remote: bool, has_rate: bool) -> None:
        self._line = line
        self._profile = settings
        self._begin = line.now() - line.timeout
        self._wait = min(_GLANCE_REMOTE if remote else _GLANCE, line.timeout)
        self._has_rate = has_rate
        self._answered_at = self._begin  # the last question that was answered
        other: Language = "star" if settings.dialect == "escpos" else "escpos"
        self._languages: tuple[Language, Language] = (settings.dialect, other)
        #: the last bytes that came
        self.heard = b""

    def find(self) -> Found | None:
        """Return how the printer answers; None where it answers in no way.

        Raises: DeviceSilent where the questions are not taken, DeviceGone.
        """
        found = self._here() or self._on_other_lines() or self._started()
        after = self._answered_at - self._begin
        if found and after > _DEAF * self._profile.timeout_s and self._as_profiled(found.settings):
            return replace(found, started_after=after)
        return found

    def _as_profiled(self, found: PrinterSettings) -> bool:
        """Return whether a printer answers as its profile says, and in time."""
        keys = ("dialect", "baud", "bytesize", "parity", "stopbits", "timeout_s")
        told = found.answers == self._profile.answers or found.answers == "status"
        return told and all(getattr(found, key) == getattr(self._profile, key) for key in keys)

    def _here(self) -> Found | None:
        """Ask in every way at the profile's line settings."""
        wait = min(self._line.timeout, _ASKING)
        for language in self._languages:
            if heard := self._glance(language, wait):
                return self._at_its_pace(heard)
        if late := self._late():
            return self._at_its_pace(late)
        if not self.heard and (some := self._some_questions(wait)):
            return some
        if self.heard:  # it says something, and in no language: a single byte of that proves nothing
            return None
        for answers in ("auto", "paper"):
            found = self._answering({"dialect": "escpos", "answers": answers}, wait)
            if found:
                return self._started() or found
        return None

    def _some_questions(self, wait: float) -> Found | None:
        """Ask the real-time questions behind the first: some families know a single one (Hwasung HMK-830: n = 2).

        All at once, for a silent printer costs one wait so; what answers is asked for each.
        """
        own = self._profile
        if own.dialect != "escpos" or own.fixed_bits == "any":
            return None
        others = [kind for kind in Status if int(kind) not in own.real_time[:1]]
        if self._reply(b"".join(map(escpos.ask_status, others)), wait) != "escpos":
            return None
        self._line.quiet(QUIET)
        known = [kind for kind in Status if self._reply(escpos.ask_status(kind), wait) == "escpos"]
        if own.real_time[0] in known:  # it was starting
            return self._started()
        settings = self._as({"dialect": "escpos", "answers": "status", "real_time": [int(kind) for kind in known]})
        return Found(settings, conversation(self._line, settings), self.heard) if known else None

    def _started(self) -> Found | None:
        """Ask the profile's own question again: a printer that is starting is deaf for some seconds."""
        own = self._profile
        if own.answers in ("auto", "paper"):
            return None
        heard = self._glance(own.dialect, min(self._line.timeout, _ASKING))
        return self._at_its_pace(heard) if heard else None

    def _on_other_lines(self) -> Found | None:
        """Ask at other rates, data bits and parities; a link without a rate refuses them."""
        if not self._has_rate:
            return None
        ways = list(other_lines(self._line.line, _RATES, _FRAMINGS))
        other_ways = list(other_lines(self._line.line, _RATES, _USUAL))
        own, other = self._languages
        usual = len(_RATES) - (self._line.line.baud in _RATES)  # the other rates with the profile's framing come first
        left = dict.fromkeys(self._languages, _SEARCH)
        turns = ((own, ways[:usual]), (other, other_ways[:usual]), (other, other_ways[usual:]), (own, ways[usual:]))
        for language, some in turns:
            begin = self._line.now()
            if found := self._at_any_of(language, some, left[language]):
                return found
            left[language] -= self._line.now() - begin
        return None

    def _at_any_of(self, language: Language, ways: Sequence[SerialLine], seconds: float) -> Found | None:
        """Ask in one language at these line settings."""
        line = self._line
        keep = self._profile.answers if language == self._profile.dialect else "status"
        talk = self._as({"dialect": language, "answers": keep})

        def is_answered() -> bool:
            if keep not in ("auto", "paper") and self._glance(language, self._wait) is None:
                return False
            return conversation(line, talk).probe(self._wait)

        found = search(line, ways, is_answered, seconds=seconds)
        return self._found(language) if found else None

    def _late(self) -> Language | None:
        """Wait for answers that are owed, and return the language of the first."""
        heard = b""
        while (left := self._begin + _LATE * self._line.timeout - self._line.now()) > 0:
            for data in self._line.pieces(left):
                heard = self.heard = heard + data
                if language := recognised(heard):
                    return language
                if len(heard) > _OWED_BYTES:
                    return None
        return None

    def _at_its_pace(self, language: Language) -> Found | None:
        """Measure how late the answers come, and give the line that time; None where the device never stops.

        An answer that comes much sooner than the first may be one that was still owed: only a second one counts.
        """
        line = self._line
        delay = min(line.now() - self._begin, _LATE * line.timeout)
        if not self._all_owed_came(delay):
            return None
        seconds = self._answer_time(language)
        if seconds is not None and seconds < delay / 2:
            seconds = self._answer_time(language)
        if seconds is None:
            return None
        line.timeout = max(line.timeout, _MARGIN * seconds)
        return self._found(language)

    def _answer_time(self, language: Language) -> float | None:
        """Return how many seconds a language's question waits for its answer; None where none comes."""
        begin = self._line.now()
        answered = self._glance(language, _LATE * self._line.timeout) is not None
        return self._line.now() - begin if answered else None

    def _all_owed_came(self, delay: float) -> bool:
        """Take the answers to the questions so far; False where more comes than was asked for.

        `delay`: how late the first answer was. A printer may begin the next answer only when the last one is out.
        """
        count, end = 0, self._line.now() + _OWED * delay
        while data := next(self._line.pieces(_PAUSE * delay), b""):
            count += len(data)
            if count > _OWED_BYTES or self._line.now() > end:
                return False
        return True

    def _glance(self, asked: Language, wait: float) -> Language | None:
        """Put a language's real-time question, and return the language of what comes in time."""
        return self._reply(_QUESTIONS[asked], wait)

    def _reply(self, question: bytes, wait: float) -> Language | None:
        """Put a question, and return the language of what comes in time."""
        line = self._line
        line.old()
        line.unasked.take()
        line.send(question)
        heard = b""
        end = line.now() + wait
        while len(heard) <= _OWED_BYTES and (left := end - line.now()) > 0:
            heard += next(line.pieces(left), b"")
            self.heard = heard or self.heard
            if found := recognised(heard) or self._any_byte(heard):
                self._answered_at = line.now()
                return found
        return None

    def _any_byte(self, heard: bytes) -> Language | None:
        """Return ESC/POS for whatever a printer of a family without fixed bits says."""
        loose = self._profile.dialect == "escpos" and self._profile.fixed_bits == "any"
        return "escpos" if loose and heard else None

    def _answering(self, change: dict[str, object], wait: float) -> Found | None:
        settings = self._as(change)
        dialect = conversation(self._line, settings)
        try:
            return Found(settings, dialect, dialect.heard) if dialect.probe(wait) else None
        finally:
            self.heard = dialect.heard or self.heard

    def _found(self, language: Language) -> Found:
        line = self._line.line
        own = self._profile.answers
        keep = own if language == self._profile.dialect and own in ("auto", "paper") else "status"
        change: dict[str, object] = {"dialect": language, "answers": keep, "baud": line.baud, "bytesize": line.bytesize}
        change |= {"parity": line.parity, "stopbits": line.stopbits, "timeout_s": self._line.timeout}
        settings = self._as(change)
        return Found(settings, conversation(self._line, settings), self.heard)

    def _as(self, change: dict[str, object]) -> PrinterSettings:
        """Return the profile's settings with a change, without what only the other language has."""
        if change["dialect"] == self._profile.dialect:
            return self._profile.model_copy(update=change)
        image = "raster" if self._profile.image == "graphic" else self._profile.image
        only: dict[str, object] = {"image": image, "counters": [], "process_response": False, "offline_response": False}
        only["full_status"] = False
        return self._profile.model_copy(update={**only, "other_meaning": [], **change})


def difference(component: str, profile: PrinterSettings, found: Found) -> Said | None:
    """Return how a printer answers otherwise than its profile says, and what to set; None where it does not."""
    language, line = _other_language(profile, found), _other_line(profile, found.settings)
    if not (told := Said("and_then", first=language, second=line) if language and line else language or line):
        return None
    keys = ("dialect", "baud", "bytesize", "parity", "stopbits")
    changed = [key for key in keys if getattr(found.settings, key) != getattr(profile, key)]
    words = " ".join(f"--set {component}.{key}={getattr(found.settings, key)}" for key in changed)
    return Said("and_then", first=told, second=words)


def _other_language(profile: PrinterSettings, found: Found) -> Said | None:
    if found.settings.dialect == profile.dialect:
        return None
    question = "ESC ACK SOH" if found.settings.dialect == "star" else "DLE EOT"
    there, here = NAMES[found.settings.dialect], NAMES[profile.dialect]
    return Said("answers_in", language=there, question=question, heard=understood(found.heard), expected=here)


def _other_line(profile: PrinterSettings, found: PrinterSettings) -> Said | None:
    framing, expected = (f"{each.bytesize}{each.parity}{each.stopbits}" for each in (found, profile))
    if framing != expected:
        return Said("answers_with", baud=found.baud, framing=framing, own_baud=profile.baud, own_framing=expected)
    return Said("answers_at", baud=found.baud, expected=profile.baud) if found.baud != profile.baud else None


def came_by_itself(heard: bytes, profile: PrinterSettings) -> Said | None:
    """Return which other language something unasked was in; None where nothing was."""
    language = recognised(heard)
    if language is None or language == profile.dialect:
        return None
    shown = understood(heard)
    return Said("came_by_itself", language=NAMES[language], heard=shown, expected=NAMES[profile.dialect])


def as_line(settings: PrinterSettings) -> SerialLine:
    """Return the settings of the serial line."""
    return SerialLine(settings.baud, settings.bytesize, settings.parity, settings.stopbits, settings.flow)
