"""What of a modem's words may leave the link: only what has the shape that its place in an answer is known to have.

A port also carries what other people send: texts of messages, callers' numbers, names. A modem may put a subscriber's
number or the command itself into any line. So a line is written down as far as its shape is known, and no further.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from drivers.modem.pure.at import head_of, is_boot, is_unasked

# The words of the errors in TS 27.007 clause 9.2 and 27.005 clause 3.2.5, and of the makers' own errors.
_ERROR_TEXTS = (
    "a abort access active address allowed already and apn area attached authentication available bad barred be "
    "blocked bound busy call calls capability card cause characters check class command conditional conflict "
    "congestion connection context control corporate corrupted could data deactivation deny destination detached "
    "dial directory does ds disk downlink emergency error errors exceeded existing expired facility failed "
    "failure feature file fixed for forbidden format found full general gprs group hidden ho hsdpa icc identity "
    "illegal implemented in incompatible incorrect index information inserted insufficient internal interworking "
    "invalid invocation ip key lac large length limit limited line link lock locked long long-term lost lte "
    "mandatory me mem1 memory message missing mobile modem ms my necessary network no not number of on only "
    "operation operator option order out outstanding parameter parameters parms password pdn pdp ph-fsim ph-net "
    "ph-sim ph-simlock phone phonebook pin pin2 plmn point powered procedure process progress protocol provider "
    "puk puk2 purchase query radio range ready reached received recognised rejected removed required requested "
    "reset resource resources roaming sc select semantic semantically service sim size smsc sms specified state "
    "status storage stored string subscribed subscription subset support supported syntax tags temporarily "
    "temporary terminated text the tft this time timed timeout to too transaction type unable unacceptable "
    "unknown unspecified unsupported uplink user usim validity value voice wait with wrong"
)
_ERROR_WORDS = frozenset(_ERROR_TEXTS.split())
_ERROR = re.compile(r"(\+CM[ES] ERROR) ?: *(.*)", re.IGNORECASE)
_NUMBER = re.compile(r"\d{1,4}(?!\d)")
# A call's result, with what may stand behind: a rate of up to six digits, and the names of protocols.
_CONNECT = re.compile(r"CONNECT(?P<rate> ?\d{2,3},?\d{3}(?!\d)| ?\d{3,4}(?!\d))?(?P<rest>.*)", re.IGNORECASE)
_PROTOCOL = re.compile(
    r"ARQ|REL(IABLE)?|NONE|V\.?\d\d(BIS)?|LAP-?M|MNP\d{0,2}|ALT|K56(FLEX)?|X2|VFC|HST|EC|NOEC|CLASS|TX|RX|PPP",
    re.IGNORECASE,
)
_WORDS = re.compile(
    r"OK|ERROR|MODEM ERROR|COMMAND NOT SUPPORT(ED)?|COMMAND NO RESPONSE!?|TOO MANY PARAMETERS|NA"
    r"|NO CARRIER|BUSY|NO ANSWER|NO ?(DIAL|BONG) ?TONE|NOT DIALTONE|NO LINE|LINE[ -]IN[ -]USE|DELAYED"
    r"|BLACKLIST(ED| ?FULL)|DIAL LOCKED|REORDER|VOICE|FAX|DATA|\d{1,2}",
    re.IGNORECASE,
)
# Facts about the network and the module that may be told unasked, with the values that they are known to have.
_FACTS = re.compile(
    r'\+C(5G|E|G)?REG ?: *"?\d{1,3}"?( ?, ?("[0-9A-F.]{0,9}"|[0-9A-F.]{0,9}))*'
    r"|\+CPIN ?: ?\"?(READY|NOT READY|NOT INSERTED|NO SIM|SIM (PIN|PUK)2?"
    r"|SIM (REMOVED( \d)?|CRASH|DROP|NOT INSERTED|FAILURE)|PH-\w{3,8} (PIN|PUK)|EMPTY_EUICC)\"?"
    r"|\+QIND ?: ?(SMS DONE|PB DONE|\"?[a-z_]{2,16}\"?(,\d{1,3}){0,2})"
    r"|\+CFUN ?: ?\d{1,3}|\+QUSIM ?: ?\d|\+(QSIMSTAT|CSMINS) ?: ?\d,\d|\+SIMCARD ?: ?(NOT )?AVAILABLE"
    r"|\+CGEV ?: ?(NW|ME) DETACH|\^(MODE|SRVST) ?: ?\d{1,2}(,\d{1,2})?"
    r"|\+SIM ?: ?(READY|REMOVED|DROP|INSERTED)|\+UUSIMSTAT ?: ?\d"
    r"|#QSS ?: ?\d(,\d)?|\^SIMST ?: ?\d{1,3}(,\d)?|\^SCKS ?: ?\d(,\d)?",
    re.IGNORECASE,
)
# TS 27.005 clause 3.4.1; 27.007 clauses 6.11 and 7.6; Huawei's
_MODEMS_HEADS = ("+CMTI:", "+CRING:", "+CLIP:", "^RSSI:", "^HCSQ:", "^DSFLOWRPT:")
# 27.005 clause 3.4.1, 27.007 clause 7.15; those that `at` knows besides
_MESSAGE_HEADS = (
    "+CMT:", "+CDS:", "+CBM:", "+CUSD:", "+CMGL:", "+CMGR:", "^HCMT:", "^HCDS:", "^HCMGL:", "^HCMGR:",
)  # fmt: skip
_NAME = re.compile(r"[A-Za-z0-9][\w .,&()/:+-]{0,47}", re.ASCII)
_NAME_WORDS = 4  # of a maker's name at most; "Sierra Wireless, Incorporated"
_LONG = re.compile(r"\d{9,}")  # dates have eight digits, and a telephone's number more as a rule
_TELEPHONE = re.compile(r"\+\d{6,}|\d{9,}")
_OPERATOR_WORDS = 5
_HIDDEN = re.compile(r"\((\d+) characters\)")
_APN = re.compile(r"[A-Za-z0-9.@_-]{0,100}", re.ASCII)


def result(text: str) -> str:
    """Return a result as far as its shape is known: some modems put a number, or the command, behind an error."""
    if found := _ERROR.fullmatch(text):
        number = _NUMBER.match(found[2])
        if number:
            return f"{found[1]}: {number[0]}"
        words = re.findall(r"[\w-]+", found[2].lower())
        known = words and all(word in _ERROR_WORDS for word in words)
        return f"{found[1]}: {found[2].strip()}" if known else f"{found[1]}: …"
    if found := _CONNECT.fullmatch(text):
        protocols = [word for word in re.split(r"[ /,]+", found["rest"]) if _PROTOCOL.fullmatch(word)]
        return " ".join([f"CONNECT{found['rate'] or ''}", *protocols])
    known_words = _WORDS.match(text)
    return known_words[0] if known_words else "ERROR" if text else ""


def unasked(lines: Iterable[str]) -> Iterator[str]:
    """Give unasked lines as they may be written down: of a line that may hold a message or a number, its head only."""
    for line in lines:
        if is_boot(line) or is_unasked(line) or _FACTS.fullmatch(line):
            yield line
        elif head := head_of(line):
            yield f"{head}: …"
        else:
            yield f"({len(line)} characters)"


def tells_of_itself(line: str) -> bool:
    """Return whether a line, as `unasked` gives it, is one that modems alone send: of a call, a message, a network."""
    return is_unasked(line) or bool(_FACTS.fullmatch(line)) or line.startswith(_MODEMS_HEADS)


def hidden(line: str) -> int | None:
    """Return how many characters a line has of which `unasked` gives the length only; None for other lines."""
    found = _HIDDEN.fullmatch(line)
    return int(found[1]) if found else None


def is_message_head(line: str) -> bool:
    """Return whether a line, as `unasked` gives it, is the head of a message, of which more lines come."""
    return line.startswith(_MESSAGE_HEADS)


def name(text: str) -> str:
    """Return the name of a maker, a model or a firmware; of a long number in the name the last four digits.

    Raises: ValueError for what is no name, a sentence for instance.
    """
    if not _NAME.fullmatch(text) or len(text.split()) > _NAME_WORDS:
        raise ValueError("no name")
    return _LONG.sub(lambda found: "…" + found[0][-4:], text)


def operator(text: str) -> str:
    """Return the name of an operator; empty for a text that holds a telephone's number, or that is a sentence."""
    return "" if _TELEPHONE.search(text) or len(text) > 40 or len(text.split()) > _OPERATOR_WORDS else text


def access_point(text: str) -> str:
    """Return an access point name; of a long number in the name the last four digits (TS 23.003 clause 9.1)."""
    found = _APN.fullmatch(text)
    return _LONG.sub(lambda digits: "…" + digits[0][-4:], found[0]) if found else "…"
