"""The words of a report: catalogue texts and words of the interface in one language; device text made safe."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from diag.contract import privacy, shown
from diag.knowledge import registry
from diag.knowledge.catalogue import Catalogue
from diag.knowledge.languages import Lang, Text
from diag.knowledge.places import DETECTED
from diag.knowledge.texts import RoomTexts, of_fault, of_room
from diag.knowledge.wording import wording
from diag.knowledge.words import known, word
from diag.records.events import PlannedComponent
from diag.records.record import ComponentRecord, MeasurementRecord, SaidRecord, told

_NUMBER = re.compile(r"\d+")

#: a component's status -> the mark in front of its line
MARK = {"healthy": "✓", "degraded": "!", "failed": "✗", "unknown": "?", "not-tested": "-"}


def local(moment: str) -> str:
    """Return a moment of a record (ISO 8601, UTC) by this computer's clock, with its zone."""
    return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M:%S %z")


def safe(text: object) -> str:
    """Return device text with control characters, escapes and direction marks made visible."""
    return shown.in_a_line(text)


class Texts:
    """The catalogue, the texts of its rooms, and the words of the interface in one language."""

    def __init__(self, catalogue: Catalogue, lang: Lang) -> None:
        self.catalogue = catalogue
        self.lang = lang

    def title(self, code: str) -> str:
        """Return a fault's title; the code itself where no catalogue has the code any longer."""
        fault = self.catalogue.find(code)
        return of_fault(fault, self.lang).title if fault else code

    def spoken(self, code: str) -> str:
        """Return a fault's code for support, behind the number that can be read out on the telephone."""
        fault = self.catalogue.find(code)
        return self.word("report.spoken", number=fault.number, code=code) if fault and fault.number else code

    def steps(self, code: str, part: ComponentRecord) -> tuple[str, ...]:
        """Return what to do about a fault of a component, and then what the profile says of the fault at this model."""
        fault = self.catalogue.find(code)
        remark = part.remarks.get(code)
        return (*(of_fault(fault, self.lang).do if fault else ()), *([Text(remark).in_(self.lang)] if remark else []))

    def shop_steps(self, code: str, part: ComponentRecord) -> tuple[str, ...]:
        """Return what a shop itself does about a fault; nothing where only a workshop, or a computer's owner, can.

        The steps of the room `terminal` are all written for shops.
        """
        fault = self.catalogue.find(code)
        is_for_shops = fault is not None and (fault.who == "merchant" or fault.kind == registry.TERMINAL)
        return self.steps(code, part) if is_for_shops else ()

    def component(self, part: ComponentRecord | PlannedComponent) -> str:
        """Return a component's title, with its name in the profile where the name says more."""
        return self.named(part.kind, part.name)

    def named(self, kind: str, name: str) -> str:
        """Return the title of a component: its own where the room has one for the name, else the kind's."""
        room = self._room(kind)
        if room is None:
            return name
        if name == kind or name in room.names:
            return room.names.get(name, room.title)
        return room.title + self.word("report.aside", text=name)

    def kind_of(self, code: str) -> str:
        """Return the kind of component that can have a fault."""
        return self.catalogue.fault(code).kind

    def check(self, kind: str, name: str) -> str:
        """Return a check's title."""
        room = self._room(kind)
        return room.checks.get(name) or room.asked.get(name, name) if room else name

    def measurement(self, kind: str, name: str) -> str:
        """Return a measurement's title; a name may begin with what was measured (`BAT0.voltage`) or end in a number.

        A name with numbers inside has a title at the name with # for each number: `card_#_track#`.
        """
        room = self._room(kind)
        titles = room.measurements if room else {}
        measured, _, quantity = name.rpartition(".")
        plain, _, number = quantity.rpartition("_")
        patterned = _NUMBER.sub("#", quantity)
        if quantity in titles:
            title = titles[quantity]
        elif number.isdecimal() and plain in titles:
            title = f"{titles[plain]} {number}"
        elif patterned in titles:
            title = titles[patterned].format(*_NUMBER.findall(quantity))
        else:
            return name
        return f"{measured} {title}" if measured else title

    def measured(self, kind: str, measurement: MeasurementRecord) -> str:
        """Return the value of a measurement in words."""
        if measurement.said is not None:
            return self.told(kind, str(measurement.value), measurement.said)
        return self.value(kind, measurement.value)

    def value(self, kind: str, value: str | float | bool | None) -> str:
        """Return the value of a measurement: yes or no, a number, a word that the room knows, or else the text."""
        if value is None:
            return "–"
        if isinstance(value, bool):
            return self.word("report.true" if value else "report.false")
        if isinstance(value, float):
            return f"{value:g}"
        room = self._room(kind)
        text = str(value)
        return room.values.get(text, safe(text)) if room else safe(text)

    def trial(self, kind: str, name: str) -> str:
        """Return what is done in a check that tries a device: "swipe a card"; the check's title where no text says."""
        room = self._room(kind)
        return room.tries.get(name, self.check(kind, name)) if room else name

    def left_untried(self, parts: Sequence[ComponentRecord]) -> list[str]:
        """Return what was not tried of these components, each thing once."""
        return list(dict.fromkeys(self.trial(part.kind, check) for part in parts for check in part.not_tried))

    def answers(self, part: ComponentRecord) -> str:
        """Return what is said of a component that answers, and that nobody has tried."""
        left = self.word("report.comma").join(self.left_untried([part]))
        return self.word("report.answers", name=self.component(part), left=left)

    def kind(self, kind: str) -> str:
        """Return the title of a kind of component, also of a kind that was not examined."""
        return of_room(kind, self.lang).title

    def reason(self, kind: str, reason: str) -> str:
        """Return in words why a check did not get through: in the room's words, else in those that all rooms share."""
        room = self._room(kind)
        if room and reason in room.reasons:
            return room.reasons[reason]
        key = f"reasons.{reason}"
        return word(key, self.lang) if known(key) else reason

    def told(self, kind: str, text: str, said: SaidRecord | None) -> str:
        """Return what a record says of a component of a kind in words; `text`: the record's own words."""
        worded = wording(told(text, said), self.lang, kind if self._room(kind) else "")
        return safe(privacy.scan(worded)[0])

    def identity(self, key: str) -> str:
        """Return what a device says of itself in words: its maker, its model; the key where no word is known."""
        return self.word(f"identity.{key}") if known(f"identity.{key}") else safe(key)

    def certainty(self, chance: float) -> str:
        """Return how sure something is, in per cent."""
        return self.word("report.certainty", percent=f"{chance * 100:.0f}")

    def origin(self, origin: str) -> list[str]:
        """Return the line that marks a run without a real terminal; none for a live run."""
        return [self.word(f"origin.{origin}")] if origin in ("simulated", "replayed") else []

    def nothing_set_up(self, profile: str) -> list[str]:
        """Return what is said of a run that looked at what was detected, for no terminal is set up; else nothing."""
        return ["", self.word("report.nothing_set_up")] if profile == DETECTED else []

    def _room(self, kind: str) -> RoomTexts | None:
        return of_room(kind, self.lang) if kind in self.catalogue.rooms else None

    def word(self, key: str, **values: object) -> str:
        """Return a text of the interface."""
        return word(key, self.lang, **values)
