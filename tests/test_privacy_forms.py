"""How many of the ways to write a card number the last scan misses, and how many serial numbers it takes for one.

The numbers are published test numbers: Adyen's and Stripe's lists of test cards, and PayPal's (Payflow Pro, "Testing"),
which the schemes' test numbers of 13 to 19 digits are in.
"""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from diag.contract.card_forms import REDACTED
from diag.contract.privacy import scan, to_line

#: Visa of 16 and 13 digits, Mastercard of both series, American Express, Diners, JCB, Discover, UnionPay of 16 and 19
#: digits, Maestro
NUMBERS = (
    "4111111111111111", "4222222222222", "5555555555554444", "2223003122003222", "378282246310005", "30569309025904",
    "3530111333300000", "6011111111111117", "6200000000000005", "6205500000000000004", "6759649826438453",
)  # fmt: skip
#: form -> digits in it that are not of the number
OTHERS = {"in a sentence, behind a date": 14, "groups, and more behind": 4, "hex dump": 8}
FOR_URLS = str.maketrans("+/", "-_", "=")  # RFC 4648, section 5
LEFT = 6  # digits that may stay: what may be shown of a card number anywhere (PCI DSS, requirement 3.4.1)
ARABIC_ZERO, WIDE_ZERO = "\u0660", "\uff10"


def groups(number: str, size: int = 4) -> list[str]:
    return [number[at : at + size] for at in range(0, len(number), size)]


def embossed(number: str) -> list[str]:
    """Return the groups of 4, 6 and the rest, as on cards of 14 and 15 digits."""
    return [number[:4], number[4:10], number[10:]] if len(number) in (14, 15) else groups(number)


def packed(number: str) -> str:
    return number if len(number) % 2 == 0 else number + "F"


def swapped(number: str) -> str:
    return "".join(pair[1] + pair[0] for pair in groups(packed(number), 2))


def pairs(text: str, sign: str = " ") -> str:
    return sign.join(groups(text, 2))


def in_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def escaped(number: str, form: str) -> str:
    return "".join(form.format(ord(digit)) for digit in number)


def other_digits(number: str, zero: str) -> str:
    return "".join(chr(ord(zero) + int(digit)) for digit in number)


def with_parity(number: str) -> bytes:
    """Return digits in ASCII with even parity in the eighth bit."""
    return bytes(byte | 0x80 * (byte.bit_count() % 2) for byte in number.encode())


def dump(number: str) -> str:
    return f"00000000: {' '.join(groups(number.encode().hex()))}  {number}"


def worded(number: str) -> str:
    names = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    return " ".join(names[int(digit)] for digit in number)


#: form -> a number, written so
FORMS: dict[str, Callable[[str], Any]] = {
    "plain": lambda n: n,
    "in a sentence, behind a date": lambda n: f"2026-11-30 08:12:44 the device said {n}, and no more",
    "letters around": lambda n: f"x{n}y",
    "groups with spaces": lambda n: " ".join(groups(n)),
    "groups with dashes": lambda n: "-".join(groups(n)),
    "groups with dots": lambda n: ".".join(groups(n)),
    "groups with slashes": lambda n: "/".join(groups(n)),
    "groups with commas": lambda n: ", ".join(groups(n)),
    "groups with no-break spaces": lambda n: "\u00a0".join(groups(n)),
    "groups of 4, 6 and 5 with tabs": lambda n: "\t".join(embossed(n)),
    "groups on lines": lambda n: "\r\n".join(groups(n)),
    "groups with letters between": lambda n: "x".join(groups(n)),
    "groups, and more behind": lambda n: f"{' '.join(groups(n))} 12/30",
    "digits with spaces": lambda n: " ".join(n),
    "digits with zero-width spaces": lambda n: "\u200b".join(n),
    "texts in a list": lambda n: groups(n),
    "texts in a list, words around": lambda n: [f"said {n[:4]}", *groups(n[4:])[:-1], f"{groups(n)[-1]} and no more"],
    "texts of two fields": lambda n: {"a": n[:8], "b": n[8:]},
    "one field of objects in a list": lambda n: [{"name": "line", "value": part} for part in groups(n)],
    "integers in a list, a digit each": lambda n: [int(digit) for digit in n],
    "integers in a list, a character each": lambda n: list(n.encode()),
    "integers in a list, four digits each": lambda n: [int(part) for part in groups(n)],
    "an integer": lambda n: {"value": int(n)},
    "a number with a fraction in a text": lambda n: f"{n}.0",
    "a key": lambda n: {n: 1},
    "behind leading zeros": lambda n: f"{n:0>24}",
    "amid other digits": lambda n: f"9{n}29121010000000",
    "track 1": lambda n: f"%B{n}^TEST/CARD^29121010000000000000?",
    "track 2": lambda n: f";{n}=29121010000000000000?",
    "hex, small letters": lambda n: f";{n}=2912".encode().hex(),
    "hex, capital letters, with spaces": lambda n: pairs(f";{n}=2912".encode().hex().upper()),
    "hex with colons": lambda n: pairs(n.encode().hex(), ":"),
    "hex with 0x": lambda n: ", ".join(f"{byte:#04x}" for byte in n.encode()),
    "hex dump": dump,
    "packed digits": packed,
    "packed digits behind a tag": lambda n: f"70{len(packed(n)) // 2 + 2:02X}5A{len(packed(n)) // 2:02X}{packed(n)}",
    "packed digits with swapped halves": lambda n: [swapped(n), pairs(swapped(n))],
    "UTF-16, little and big endian, in hex": lambda n: [n.encode("utf-16le").hex(), n.encode("utf-16be").hex()],
    "bytes with parity": lambda n: [with_parity(n).decode("latin-1"), with_parity(n).hex()],
    "EBCDIC in hex": lambda n: n.encode("cp500").hex(),
    "base64, from each of three places": lambda n: [in_base64(f"{'card'[:at]}{n}".encode()) for at in range(3)],
    "base64 for URLs, of packed digits": lambda n: in_base64(bytes.fromhex(packed(n))).translate(FOR_URLS),
    "backwards, in one piece and in groups": lambda n: [n[::-1], "-".join(groups(n))[::-1]],
    "digits of other scripts": lambda n: [other_digits(n, WIDE_ZERO), other_digits(n, ARABIC_ZERO)],
    "escapes of URLs, HTML and Python": lambda n: [escaped(n, form) for form in ("%{:02X}", "&#{};", "\\x{:02x}")],
    "words": worded,
}  # fmt: skip
#: form that is missed -> why
MISSED = {
    "integers in a list, four digits each": "measured values look so: four voltages of 4 V in mV, one of ten times",
    "amid other digits": "every number of thirty digits holds what could be a card number",
    "packed digits with swapped halves": "without spaces it is a number of its own, as likely as any other",
    "words": "no device spells, and the words of many languages would have to be known",
}  # fmt: skip


def left(value: Any) -> Iterator[str]:
    """Yield the digits that a value holds."""
    if isinstance(value, dict):
        yield from left([*value, *value.values()])
    elif isinstance(value, list):
        for inner in value:
            yield from left(inner)
    else:
        yield from (sign for sign in str(value) if sign.isdecimal())


def is_missed(value: Any) -> bool:
    clean, hits = scan(value)
    return not hits or REDACTED not in str(clean)


#: forms of several spellings
SPELLINGS = frozenset({
    "packed digits with swapped halves", "UTF-16, little and big endian, in hex", "bytes with parity",
    "base64, from each of three places", "backwards, in one piece and in groups", "digits of other scripts",
    "escapes of URLs, HTML and Python",
})  # fmt: skip


def values(form: str, number: str) -> list[Any]:
    """Return the values of a form: one, or one for each spelling."""
    made = FORMS[form](number)
    return made if form in SPELLINGS else [made]


def test_46_forms_of_11_numbers() -> None:
    assert len(FORMS) == 46
    assert len(NUMBERS) == 11
    assert len(MISSED) <= 4


@pytest.mark.parametrize("form", FORMS)
def test_a_form_is_found_or_known_to_be_missed(form: str) -> None:
    """A form counts as missed where one of the numbers is, or one of the spellings."""
    missed = [number for number in NUMBERS for value in values(form, number) if is_missed(value)]
    assert bool(missed) == (form in MISSED), missed


@pytest.mark.parametrize("form", [form for form in FORMS if form not in MISSED])
def test_nothing_of_what_is_found_stays(form: str) -> None:
    for number in NUMBERS:
        for value in values(form, number):
            clean, _ = scan({"deep": [value]})
            assert len(list(left(clean))) <= LEFT + OTHERS.get(form, 0)
            line, same, hits = to_line({"deep": [value]})  # the quick look before finds no less
            assert (json.loads(line), same) == (clean, clean)
            assert hits


MANY = 20_000


@pytest.mark.parametrize(
    "kept",
    [
        lambda number: {"terminal": {"serial_number": number}},
        lambda number: {"event": "identity", "component": "printer", "key": "serial_number", "value": number},
        lambda number: {"identity": {"maker": "EPSON", "firmware": "4.50", "serial_number": f"J4{number}"}},
        lambda number: {"at": f"/dev/serial/by-id/usb-FTDI_FT232R_{number}-if00-port0"},
        lambda number: {"at": f"usb:04b8:0202:{number}"},
        lambda number: {"detail": f"pcsc:ACS ACR39U ICC Reader [CCID Interface] ({number}) 00 00"},
        lambda number: {"detail": f"MFG:EPSON;CMD:ESC/POS;MDL:TM-T88V;SN:{number};"},
        lambda number: {"line": f"Serial number {number}"},
        lambda number: {"line": f"序列号 {number}"},
        lambda number: {"detail": f"ITECH,IT6322,{number},1.11-1.08"},
        lambda number: {"op": "read", "got": f"ITECH,IT6322,{number},1.11-1.08\n".encode().hex()},
    ],
)
def test_serial_numbers_stay(kept: Callable[[str], Any]) -> None:
    """Of random numbers of sixteen digits, one in a thousand is redacted at most."""
    chance = random.Random(19)  # noqa: S311 -- the same each time
    numbers = [f"{chance.randrange(10**16):016}" for _ in range(MANY)]
    assert sum(scan(kept(number))[1] > 0 for number in numbers) <= MANY // 1000


@pytest.mark.parametrize("number", NUMBERS)
def test_a_swipe_is_no_serial_number(number: str) -> None:
    for text in (f";{number}=29121010000000000000?", " ".join(groups(number)), f"%B{number}^A/B^2912?"):
        assert not is_missed({"serial_number": text})


def test_times_and_runs_stay() -> None:
    """The time, of ten years by chance, in the ways that records, addresses and logs have it."""
    chance = random.Random(19)  # noqa: S311 -- the same each time
    for _ in range(2_000):
        moment = datetime.fromtimestamp(chance.uniform(1.7e9, 2.0e9), UTC)
        written = moment.isoformat(timespec="milliseconds")
        run = f"{written[:23].translate({ord(sign): None for sign in '-:.'})}-{chance.randbytes(3).hex()}"
        texts = [written, f"run {run}, {moment:%Y-%m-%d %H:%M:%S}", str(moment.timestamp()), moment.strftime("%c")]
        texts += [f"{moment:%Y%m%d%H%M%S}", *(str(int(moment.timestamp() * 10**power)) for power in (0, 3, 6, 9))]
        assert scan([*texts, {"id": run, "started": written}])[1] == 0, texts


def test_measured_values_stay() -> None:
    """What several instruments read, beside each other and in one text."""
    chance = random.Random(19)  # noqa: S311 -- the same each time
    for _ in range(2_000):
        volts = [round(chance.uniform(1.0, 60.0), 2) for _ in range(6)]
        millivolts = [round(volt * 100) for volt in volts]
        address = ".".join(str(chance.randrange(256)) for _ in range(4))
        rows = [{"name": f"cell{at}", "value": value, "unit": "mV"} for at, value in enumerate(millivolts)]
        texts = [" ".join(f"{volt:.2f}" for volt in volts), f"{address} answers, 255.255.255.0 is its mask"]
        assert scan([rows, millivolts, texts, {"low": millivolts[0], "high": millivolts[1]}])[1] == 0


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from texts([*value, *value.values()])
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
    elif isinstance(value, str):
        yield value


def test_no_text_of_ours_is_taken_for_card_data() -> None:
    root = Path(__file__).parents[1]
    files = [file for room in ("diag", "drivers", "profiles") for file in sorted((root / room).rglob("*.yaml"))]
    taken = [
        text
        for file in files
        for text in texts(yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader))
        if scan(text)[1]
    ]
    assert len(files) > 100
    assert taken == []
