"""Response codes of acquirers (field 39 of ISO 8583) and messages on terminals' screens.

One YAML file a table: an acquirer's, or `screens.yaml`. Acquirers differ, so an answer always names its table.

    like    a table whose codes hold where this one has none of its own
    codes   code: `whose` (whose trouble the code tells of), `do` (what to do, in order; the words stand in `texts/`),
            `symptom` (what a person would say of the part that may be behind the code: --symptom),
            `says` (the symptom that the code stands for, where that is another one),
            `shown` (words on a screen that make the message known)
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from diag.contract.errors import ConfigError
from diag.contract.said import Said
from diag.knowledge import hints, languages, yamlfile
from diag.knowledge.languages import LANGUAGES, Lang

FOLDER = Path(__file__).parent
TEXTS = FOLDER / "texts"
SCREENS = "screens"
LONGEST = 200  # characters that are looked up; no screen shows more at once
#: whose trouble -> the symptom that goes with that, where the code names none
_COMPLAINT = {
    "nobody": "no-print",
    "terminal": "not-signed-on",
    "line": "no-network",
    "acquirer": "maintenance",
    "issuer": "bank-refuses",
    "card": "account-refused",
    "registration": "not-registered",
    "handling": "wrong-entry",
}
_MEANT = 0.8  # how like a message words must be to be taken for the message
_CODE = re.compile(r"(?<![0-9A-Z])(?=[A-Z]?[0-9])[0-9A-Z]{1,2}(?![0-9A-Z])")


@dataclass(frozen=True, slots=True)
class Entry:
    """One code or message of one table."""

    table: str
    code: str
    whose: str
    do: tuple[str, ...]
    symptom: str | None
    shown: tuple[str, ...]
    says: str | None

    @property
    def complaint(self) -> str:
        """The symptom that a person has who reads the code or the message."""
        return self.says or _COMPLAINT[self.whose]

    def meaning(self, lang: Lang) -> str:
        """Return what the code means, in one language."""
        return str(languages.read(TEXTS, lang)["codes"][self.table][self.code])

    def belongs_to(self, lang: Lang) -> str:
        """Return whose trouble the code tells of, in one language."""
        return str(languages.read(TEXTS, lang)["whose"][self.whose])

    def steps(self, lang: Lang) -> list[str]:
        """Return what to do, in order, in one language."""
        return [str(languages.read(TEXTS, lang)["do"][step]) for step in self.do]


def tables() -> list[str]:
    """Return the names of the acquirers that have a table."""
    return sorted(file.stem for file in FOLDER.glob("*.yaml") if file.stem != SCREENS)


def table_name(table: str, lang: Lang) -> str:
    """Return the name of a table's acquirer, in one language."""
    return str(languages.read(TEXTS, lang)["acquirers"][table])


@functools.cache
def entries(table: str) -> dict[str, Entry]:
    """Return the codes of a table, also those of the table that it is like."""
    data = yamlfile.load(FOLDER / f"{table}.yaml").data
    inherited = entries(data["like"]) if "like" in data else {}
    own = {
        str(code): Entry(
            table,
            str(code),
            entry["whose"],
            tuple(entry["do"]),
            entry.get("symptom"),
            tuple(entry.get("shown", ())),
            entry.get("says") or entry.get("symptom"),
        )
        for code, entry in data["codes"].items()
    }
    return {**inherited, **own}


def find(words: str, acquirer: str | None = None) -> list[Entry]:
    """Return what a code or the words of a screen mean: codes first, each meaning once.

    `acquirer`: whose table alone counts for codes; None for all. Raises ConfigError for an unknown acquirer, and where
    the words are too long to be a message.
    """
    if len(words) > LONGEST:
        raise ConfigError(Said("too_long_for_a_code", most=LONGEST))
    _check_acquirer(acquirer)
    plain = _plain(words)
    asked = [acquirer] if acquirer else tables()
    coded = [entries(table).get(code) for code in _codes(plain) for table in asked]
    messages = list(_messages(plain)) or [entry for _, entry in near(words, cutoff=_MEANT)]
    return list(dict.fromkeys([*filter(None, coded), *messages]))


def every(acquirer: str | None = None) -> list[Entry]:
    """Return all codes of an acquirer; without one, of all acquirers, and all messages. Raises ConfigError."""
    _check_acquirer(acquirer)
    asked = [acquirer] if acquirer else [*tables(), SCREENS]
    return list(dict.fromkeys(entry for table in asked for entry in entries(table).values()))


def near(words: str, cutoff: float = 0.4) -> list[tuple[str, Entry]]:
    """Return the messages whose words are most like these, three at most, each with its words."""
    by_words = {text: entry for entry in entries(SCREENS).values() for text in entry.shown}
    found: dict[Entry, str] = {}
    for text in hints.near(_plain(words), by_words, most=6, cutoff=cutoff):
        found.setdefault(by_words[text], text)
    return [(text, entry) for entry, text in found.items()][:3]


def as_data(entry: Entry) -> dict[str, object]:
    """Return a code as data, with its texts in every language."""
    return {
        "table": entry.table,
        "code": entry.code,
        "whose": entry.whose,
        "symptom": entry.symptom,
        "meaning": {lang: entry.meaning(lang) for lang in LANGUAGES},
        "do": [dict(zip(LANGUAGES, step, strict=True)) for step in zip(*map(entry.steps, LANGUAGES), strict=True)],
    }


def _check_acquirer(acquirer: str | None) -> None:
    if acquirer is not None and acquirer not in tables():
        raise ConfigError(hints.of_name(Said("no_acquirer", name=acquirer), acquirer, tables()))


def _plain(words: str) -> str:
    """Return words with one width, one case and single spaces."""
    return " ".join(unicodedata.normalize("NFKC", words).upper().split())


def _codes(plain: str) -> Iterator[str]:
    """Yield the codes that stand in the words, two characters each."""
    for match in _CODE.finditer(plain):
        yield match[0].rjust(2, "0")


def _messages(plain: str) -> Iterator[Entry]:
    """Yield the messages whose words stand in these words, the longest words first.

    So that a message of many words is not taken for a shorter one that stands inside, words that were found are taken
    away before the next are looked for.
    """
    known = [(_plain(text), entry) for entry in entries(SCREENS).values() for text in entry.shown]
    for text, entry in sorted(known, key=lambda pair: -len(pair[0])):
        if re.search(rf"(?<![A-Z]){re.escape(text)}(?![A-Z])", plain):
            plain = plain.replace(text, " ")
            yield entry
