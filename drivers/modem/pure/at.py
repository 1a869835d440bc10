"""AT command lines: which of the incoming characters are echo, answer, result, or came unasked.

ITU-T V.250 (clauses 5.2, 5.6, 5.7, 6.2.6: results as words or numbers), 3GPP TS 27.007 clause 9 (+CME ERROR), 27.005
clause 3.2.5 (+CMS ERROR). Real modules send lines unasked at any place, also before the echo and in the middle of an
answer. They forget the result, or have results of their own. They answer the question before the last question. Only
the echo proves which question an answer belongs to.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

#: final results of V.250 as numbers, and the two of Hayes that all chips share; beyond them each has its own
NUMERIC = {
    "0": "OK", "1": "CONNECT", "3": "NO CARRIER", "4": "ERROR", "6": "NO DIALTONE", "7": "BUSY", "8": "NO ANSWER",
    "5": "CONNECT 1200", "10": "CONNECT 2400",
}  # fmt: skip
_RING = "2"  # as a number; comes unasked
_ERROR = re.compile(
    r"ERROR|\+CM[ES] ERROR ?:.*|MODEM ERROR ?:.*|COMMAND NOT SUPPORT(ED)?|COMMAND NO RESPONSE!?|TOO MANY PARAMETERS|NA",
    re.IGNORECASE,
)
# What a call ends with, and a connection begins with; a result only of commands that dial, answer or hang up.
_CALL = re.compile(
    r"(CONNECT|NO CARRIER|BUSY|NO ANSWER|NO ?(DIAL|BONG) ?TONE|NOT DIALTONE|NO LINE|LINE[ -]IN[ -]USE|DELAYED"
    r"|BLACKLIST(ED| ?FULL)|DIAL LOCKED|REORDER|VOICE|FAX|DATA)\b.*",
    re.IGNORECASE,
)
# Spoken unasked: V.250 clause 6.3.4, and what modules say while they start or stop.
_BOOT = re.compile(
    r"RDY|APP RDY|\*ATREADY: ?\d?|\^SYSSTART( [A-Z ]{1,24})?|\+KSUP: ?\d{1,2}|MODEM:STARTUP|\+AT: READY"
    r"|(AUTO |NORMAL )?POWER(ED)? ?DOWN|(UNDER|OVER)[-_ ]VOLTAGE( WARN+ING| POWER DOWN)?|\^SHUTDOWN( ?: ?[A-Z ]{0,16})?"
    r"|\^SBC ?: ?UNDER ?-?VOLTAGE( SHUTDOWN)?|\+CPOF ?: ?MS OFF|\^EXIT( ?: ?(\d{0,2}|File: \w{1,32}\.c@\d{1,6}))?"
    r"|(\+CGEV|%MDMEV) ?: ?ME BATTERY LOW"
    # Thales (EHS, ALAS), China Mobile and MeiG, chips for NB-IoT of Neul and Unisoc, Sequans, Sony
    r"|\^SYSLOADING|\+MATREADY|REBOOTING|REBOOT_CAUSE_[A-Z_]{2,40}|\+(SYSSTART|SHUTDOWN)|%BOOTEV ?: ?\d",
    re.IGNORECASE,
)
# Behind these come lines of a message (27.005 clause 3.4.1), and behind +CUSD, while its quotation mark is open. +CMGL
# and +CMGR (Quectel, UG series AT commands, 9.6) are answers to another program at this port; ^H… are those of CDMA.
_MESSAGE = re.compile(
    r'(\+(CMT|CDS|CBM|CMG[LR])|\^HC(MT|DS|MG[LR])) ?:.*|\+CUSD ?:[^"]*"[^"]*',
    re.IGNORECASE,
)
_MESSAGE_BEGIN = re.compile(  # a head that is not whole yet
    r"\+(C?\Z|C(M?|D|B|U)\Z|C(MT|MG|DS|BM|US))|\^(H?\Z|HC\Z|HC[MD])",
    re.IGNORECASE,
)
_UNASKED = re.compile(
    r"RING|RINGING|(CALL|SMS) READY|SMS DONE|PB DONE|\+PBREADY|\+?NO SERVICE|\+?SIM (REMOVED|DROP|CRASH|READY)",
    re.IGNORECASE,
)
_HEAD = re.compile(r"([+^#%*$!&][A-Za-z][A-Za-z0-9_]*) ?[:=]")
# Of a caller (ITU-T V.253 clause 10.2: +VCID), without a head; of a command's answer none begins so.
_CALLER = re.compile(r"(DATE|TIME|NMBR|NAME|MESG|DDN_NMBR) ?= ?.*", re.IGNORECASE)


# What comes out of ports that are not for commands: PPP (RFC 1662: flag, address, control, which may be escaped), NMEA
# 0183 sentences, a getty.
_FRAME = re.compile(rb"\x7e\xff(\x03|\x7d\x23)")
_STRANGERS = {
    "NMEA sentences of a GNSS receiver": re.compile(r"^\$[A-Z]{5},"),
    "a login prompt": re.compile(r"\b(login|password): ?$", re.IGNORECASE),
}


@dataclass(frozen=True, slots=True)
class Command:
    """A command line without its terminator, and how its answer is recognised.

    `heads`: what its information lines begin with, `+CSQ` for `+CSQ: 20,99`. `bare`: lines without a head belong to the
    answer too. `call`: the command may end with a result of a call. `patient`: information lines may come at long
    intervals, behind the result too.
    """

    text: str
    heads: tuple[str, ...] = ()
    bare: bool = False
    call: bool = False
    patient: bool = False

    @property
    def silent(self) -> bool:
        """Whether the command has no information lines."""
        return not (self.heads or self.bare)

    def is_answer(self, line: str) -> bool:
        """Return whether a line that is no result is an information line of this command."""
        if any(re.match(rf"{re.escape(head)}\b", line, re.IGNORECASE) for head in self.heads):
            return True
        return self.bare and not head_of(line) and not is_unasked(line)


@dataclass
class ReplyParser:
    """Sorts what comes after a command. `echo`: None while nobody knows whether the modem repeats commands.

    `owed`: an older command has had no result yet. Lines of messages, which somebody sends, are never an answer; a
    message may begin in one reply and go on in the next (`inside`).
    """

    command: Command
    echo: bool | None = None
    owed: bool = False
    #: a message has begun, of which lines may still come
    inside: bool = False
    answer: list[str] = field(default_factory=list)
    result: str = ""
    unasked: list[str] = field(default_factory=list)
    echoed: bool = False
    numeric: bool = False
    noise: int = 0
    stranger: str = ""
    late: bool = False
    #: of that message a line has come
    _begun: bool = False
    _pending: str = ""
    _tail: bytes = b""

    @property
    def complete(self) -> bool:
        """Whether the result is there, and is this command's.

        Without echoes the result may be an older command's, where a result is owed. +CME ERROR may have come unasked:
        modules say so while their SIM is busy.
        """
        sure = self.echoed or (self.echo is False and (not self.owed or bool(self.answer)))
        return bool(self.result) and sure and not self.doubtful

    @property
    def message_open(self) -> bool:
        """Whether the text of a message has still to come, for its head is there, or the beginning of its head."""
        return (self.inside and not self._begun) or _MESSAGE_BEGIN.match(self._pending.lstrip()) is not None

    @property
    def doubtful(self) -> bool:
        """Whether the result is an error that may have come unasked."""
        return self.result.startswith("+")

    def feed(self, data: bytes) -> None:
        """Take more characters. NULs and flow control are dropped (a UART that starts, XON and XOFF)."""
        if _FRAME.search(self._tail + data):
            self.stranger = "PPP, a data connection"
        self._tail = data[-3:]
        text = self._pending + data.decode("latin-1").translate({0: None, 0x11: None, 0x13: None})
        *whole, self._pending = re.split(r"(?<=[\r\n])", text)
        self._pending = self._pending[-2048:]
        for line in whole:
            self._line(line.strip(" \r\n"), numeric=line.endswith("\r") and not line.startswith("\n"))

    def end(self) -> None:
        """Take the rest: a line without an end may be a result or an echo; an answer counts only when whole."""
        rest, self._pending = self._pending, ""
        self._line(rest.strip(" \r\n"), numeric=True, whole=False)

    def _line(self, line: str, *, numeric: bool, whole: bool = True) -> None:
        line, noise = _printable(line)
        self.noise += noise
        if not line:
            return
        if self._is_echo(line):
            self.inside = self.inside and not self._begun
            return
        if self.inside and not (_HEAD.match(line) or self._is_result(line, numeric)):
            self._begun = True
            self.unasked.append(line)
            return
        self._follow_message(line)
        self.stranger = self.stranger or next((name for name, shape in _STRANGERS.items() if shape.search(line)), "")
        if self._is_result(line, numeric):
            if self.doubtful:
                self._set_aside()
            self.result = self.result or self._in_words(line)
        elif whole and self.command.is_answer(line):
            if self.result and (self.doubtful or not (self.echoed or self.answer or self.command.patient)):
                self._set_aside()  # the result before the answer was not this command's
            self.answer.append(line)
        else:
            self.unasked.append(line)

    def _follow_message(self, line: str) -> None:
        """Note whether a message begins, or is over; the first line of a message may come a moment after its head."""
        if _MESSAGE.fullmatch(line):
            self.inside, self._begun = True, False
        elif self._begun:
            self.inside = self._begun = False

    def _is_echo(self, line: str) -> bool:
        """Return whether the command comes back, perhaps behind the rest of a line that had no end.

        What came before an echo belongs to an older command.
        """
        sent, got = self.command.text.upper(), line.upper()
        if not sent:
            return False
        glued = got.endswith(sent) and len(sent) > 2 and got != sent
        damaged = got.startswith("AT") and not self.echoed and self.echo is not False and _alike(sent, got)
        if got != sent and not glued and not damaged:
            return False
        if before := line[: -len(sent)].strip() if glued else "":
            self.unasked.append(before)
        self._set_aside()
        self.echoed = True
        return True

    def _set_aside(self) -> None:
        """Count what came up to now to an older command."""
        self.late = self.late or (bool(self.result) and not self.doubtful)
        self.unasked += self.answer + ([self.result] if self.result else [])
        self.answer, self.result = [], ""

    def _is_result(self, line: str, numeric: bool) -> bool:
        if line.upper() == "OK" or _ERROR.fullmatch(line):
            return True
        if self.command.call and _CALL.fullmatch(line):
            return True
        return numeric and self.command.silent and line != _RING and re.fullmatch(r"\d{1,2}", line) is not None

    def _in_words(self, line: str) -> str:
        if re.fullmatch(r"\d{1,2}", line):
            self.numeric = True
            return NUMERIC.get(str(int(line)), line)
        return line


def _alike(sent: str, got: str) -> bool:
    """Return whether both are the same but for a character that was lost, added or damaged on the line."""
    if len(sent) < 5 or abs(len(sent) - len(got)) > 1:
        return False
    same = next((at for at, (left, right) in enumerate(zip(sent, got, strict=False)) if left != right), len(got))
    return any(sent[same + skip :] == got[same + more :] for skip, more in ((1, 1), (1, 0), (0, 1)))


def _printable(line: str) -> tuple[str, int]:
    """Return the line's characters of text, and the number of its other characters."""
    if line.isascii() and line.isprintable():
        return line.strip(), 0
    kept = "".join(character for character in line if " " <= character <= "~")
    return kept.strip(), len(line) - len(kept)


def is_boot(line: str) -> bool:
    """Return whether a line says that the module has just started, or is about to stop."""
    return _BOOT.fullmatch(line) is not None


def is_unasked(line: str) -> bool:
    """Return whether a line without a head is of those that modules send by themselves."""
    return is_boot(line) or _UNASKED.fullmatch(line) is not None or line.upper() == "NO CARRIER"


def head_of(line: str) -> str:
    """Return what a line begins with, `+CMT` for instance; empty where a line has no head."""
    found = _HEAD.match(line)
    return found[1] if found else line.partition("=")[0].strip() if _CALLER.fullmatch(line) else ""


def fields(line: str, head: str) -> list[str]:
    """Return the values behind a head, blanks removed and quotes kept but for figures of up to three digits.

    Raises: ValueError for another head.
    """
    found = re.fullmatch(re.escape(head) + r" ?[:=]? ?(.*)", line, re.IGNORECASE)
    if not found:
        raise ValueError(f"no answer to {head}")
    values = [value.strip() for value in re.findall(r'(?:^|,)((?:[^",]|"[^"]*"?)*)', found[1])]
    return [unquoted(value) if re.fullmatch(r'"\d{1,3}"', value) else value for value in values]


def unquoted(value: str) -> str:
    """Return a value without its quotation marks."""
    return value.strip().strip('"')


def number(value: str) -> int:
    """Return a decimal number without sign, of up to four digits. Raises: ValueError for anything else."""
    if not re.fullmatch(r"\d{1,4}", value):
        raise ValueError("no number")
    return int(value)
