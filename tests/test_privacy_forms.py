"""How many of the ways to write a card number the last scan misses, and how many serial numbers it takes for one.

The numbers are published test numbers of the schemes, of all their lengths.
"""

from __future__ import annotations

import base64
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from diag.contract.card_forms import REDACTED
from diag.contract.privacy import scan

NUMBERS = (
    "4111111111111111", "4222222222222", "5555555555554444", "2223003122003222", "378282246310005", "30569309025904",
    "3530111333300000", "6011111111111117", "6200000000000005", "6205500000000000004", "6759649826438453",
)  # fmt: skip
LEFT = 6  # digits that may stay: what may be shown of a card number anywhere (PCI DSS, requirement 3.4.1)


def groups(number: str, size: int = 4) -> list[str]:
    return [number[at : at + size] for at in range(0, len(number), size)]


def mixed(number: str) -> str:
    return "".join(group + sign for group, sign in zip(groups(number), (" ", "-", ". ", "/", ""), strict=False))


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


def dump(number: str) -> str:
    return f"00000000: {' '.join(groups(number.encode().hex()))}  {number}"


def worded(number: str) -> str:
    names = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    return " ".join(names[int(digit)] for digit in number)


#: form -> a number, written so
FORMS: dict[str, Callable[[str], Any]] = {
    "plain": lambda n: n,
    "in a sentence": lambda n: f"the device said {n}, and no more",
    "letters around": lambda n: f"x{n}y",
    "groups with spaces": lambda n: " ".join(groups(n)),
    "groups with dashes": lambda n: "-".join(groups(n)),
    "groups with dots": lambda n: ".".join(groups(n)),
    "groups with mixed separators": mixed,
    "groups with letters between": lambda n: "x".join(groups(n)),
    "groups on lines": lambda n: "\r\n".join(groups(n)),
    "a new line in the middle": lambda n: f"{n[:7]}\n{n[7:14]}\n{n[14:]}",
    "digits with spaces": lambda n: " ".join(n),
    "digits with commas": lambda n: ", ".join(n),
    "digits with zero-width spaces": lambda n: "\u200b".join(n),
    "pieces of four in a list": lambda n: groups(n),
    "pieces of seven in an object": lambda n: dict(zip(("a", "b", "c"), groups(n, 7), strict=False)),
    "pieces of four in objects of a list": lambda n: [{"name": "line", "value": part} for part in groups(n)],
    "pieces of four, words around": lambda n: [f"said {n[:4]}", *groups(n[4:-1]), f"{n[-1:]} and no more"],
    "a list of digits": lambda n: [int(digit) for digit in n],
    "a list of character codes": lambda n: list(n.encode()),
    "a number": lambda n: int(n),
    "a key": lambda n: {n: 1},
    "behind leading zeros": lambda n: f"{n:0>24}",
    "other digits around": lambda n: f"0{n}29121010000000",
    "track 1": lambda n: f"%B{n}^TEST/CARD^29121010000000000000?",
    "track 2": lambda n: f";{n}=29121010000000000000?",
    "track 2 with D, packed": lambda n: f"{n}D29121010000000000000F",
    "hex": lambda n: n.encode().hex(),
    "hex, upper case, with spaces": lambda n: pairs(f";{n}=2912".encode().hex().upper()),
    "hex with 0x and commas": lambda n: ", ".join(f"{byte:#04x}" for byte in n.encode()),
    "hex dump": dump,
    "packed digits": packed,
    "packed digits with spaces": lambda n: pairs(packed(n)),
    "packed digits behind a tag": lambda n: f"70{len(packed(n)) // 2 + 2:02X}5A{len(packed(n)) // 2:02X}{packed(n)}",
    "packed digits with swapped halves": lambda n: pairs(swapped(n)),
    "packed digits with swapped halves, in one piece": swapped,
    "UTF-16LE": lambda n: n.encode("utf-16le").decode("latin-1"),
    "UTF-16BE in hex": lambda n: n.encode("utf-16be").hex(),
    "EBCDIC in hex": lambda n: n.encode("cp500").hex(),
    "base64": lambda n: in_base64(f"card {n}".encode()),
    "base64 of packed digits": lambda n: in_base64(bytes.fromhex(packed(n))),
    "base64 of hex, url-safe": lambda n: base64.urlsafe_b64encode(n.encode().hex().encode()).decode().rstrip("="),
    "reversed, with dashes": lambda n: "-".join(groups(n))[::-1],
    "full-width and Arabic digits": lambda n: other_digits(n[:8], "\uff10") + other_digits(n[8:], "\u0660"),
    "escaped for URLs, HTML or JSON": lambda n: [escaped(n, "%{:02X}"), escaped(n, "&#{};"), escaped(n, "\\u{:04x}")],
    "words": worded,
    "base64 of base64": lambda n: in_base64(in_base64(n.encode()).encode()),
}  # fmt: skip
#: form that is missed -> why
MISSED = {
    "other digits around": "every number of thirty digits holds what could be a card number",
    "packed digits with swapped halves, in one piece": "it is a number of its own, as likely as any other",
    "words": "no device spells, and the words of many languages would have to be known",
    "base64 of base64": "who encodes twice means to hide, and can hide better",
}


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
    return not hits or REDACTED not in str(clean) or len(list(left(clean))) > LEFT


def test_46_forms_of_11_numbers() -> None:
    assert len(FORMS) == 46
    assert len(NUMBERS) == 11
    assert len(MISSED) <= 4


@pytest.mark.parametrize("form", FORMS)
def test_a_form_is_found_or_known_to_be_missed(form: str) -> None:
    """A form counts as missed where one of the numbers is."""
    missed = [number for number in NUMBERS if is_missed(FORMS[form](number))]
    assert bool(missed) == (form in MISSED), missed


MANY = 20_000


@pytest.mark.parametrize(
    "kept",
    [
        lambda number: {"terminal": {"serial_number": number}},
        lambda number: {"event": "identity", "component": "printer", "key": "serial_number", "value": number},
        lambda number: {"identity": {"maker": "EPSON", "firmware": "4.50", "serial_number": f"J4{number}"}},
        lambda number: {"at": f"/dev/serial/by-id/usb-FTDI_FT232R_{number}-if00-port0"},
        lambda number: {"at": f"usb:04b8:0202:{number}"},
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
