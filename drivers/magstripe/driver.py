"""Magnetic stripe readers: is it the card, the head, a track, a direction, dirt, a setting or the hand?

Contents of a card live in the collectors only, for the time of a decode; what arrives here is `Swipe`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator

from diag.contract import rates, reasons
from diag.contract.check import (
    Finding,
    Level,
    Measurement,
    NotAnswered,
    NotExamined,
    Phase,
    Prompt,
    Skipped,
    Yielded,
    Yields,
    check,
)
from diag.contract.links import Address
from drivers.magstripe.asking import PROMPTS, Asking
from drivers.magstripe.pure.exam import Abilities, Conclusion, Exam, Limits, Seen, Trouble, Way
from drivers.magstripe.readers import Encoder
from drivers.magstripe.settings import MagstripeSettings
from drivers.magstripe.swipe import Swipe

_CODES = {
    Trouble.HEAD_DEAD: "MSR-HEAD-DEAD",
    Trouble.HEAD_DIRTY: "MSR-HEAD-DIRTY",
    Trouble.ONE_DIRECTION: "MSR-ONE-DIRECTION",
    Trouble.CARD_BAD: "MSR-CARD-BAD",
    Trouble.HAND: "MSR-HANDLING",
    Trouble.TURNED: "MSR-HANDLING",
}
_JUDGED = (*_CODES.values(), "MSR-TRACK1", "MSR-TRACK2", "MSR-TRACK3")
_TIMES = {"MSR-SETTING": 2, "MSR-GARBLED": 2, "MSR-HANDLING": 3}  # that swipes have to show it


class Magstripe(Asking):
    """One reader of magnetic stripes."""

    def __init__(self, settings: MagstripeSettings, address: Address) -> None:
        super().__init__(settings, address)
        self.dirty = self.dead = False
        self._tracks_known = settings.tracks is not None
        self._odd: Counter[str] = Counter()  # settings and rubbish that swipes have shown
        self._at_hand = settings.cards
        self._told: set[tuple[int, int]] = set()  # card and track
        self._cards: dict[int, set[tuple[int, str]]] = {}  # card -> its tracks' marks, as far as they are known
        self._left_out: set[int] = set()  # tracks that these cards have not, or nobody knows
        self._seen_setting = ""

    @classmethod
    def impossible(cls, settings: MagstripeSettings) -> tuple[str, ...]:
        """What a reader of this kind cannot have."""
        missing = [f"MSR-TRACK{number}" for number in (1, 2, 3) if number not in settings.examined]
        missing += [] if settings.directions == 2 else ["MSR-ONE-DIRECTION"]
        missing += [] if settings.way == "msr605" and settings.self_test else ["MSR-SELFTEST"]
        return tuple(missing)

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=(*_JUDGED, "MSR-MUTE", "MSR-GARBLED", "MSR-SETTING"),
        needs=("present",),
        seconds=90,
    )
    def swipes(self) -> Yields:
        """A sequential test: swipes are asked for until one conclusion has all the weight but the error rate."""
        exam = yield from self._sequence("swipe")
        if exam is None:
            return
        yield from self._rates(exam)
        yield from self._conclude(exam)

    @check(Level.INTERACTIVE, phase=Phase.STEP, needs=("swipes",), essential=False)
    def card_sensor(self) -> Yields:
        """An encoder's card sensor, where the head saw nothing; for the record, for not every clone has the test."""
        if not self.dead or not isinstance(self.reader, Encoder) or not self.settings.self_test:
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        self.reader.prepare_sensor()
        if (yield Prompt("swipe_card", ())) is None:
            yield NotAnswered(reasons.NO_PERSON)
            return
        sensed = self.reader.senses_card(self.settings.swipe_s)
        yield Measurement("card_sensed", sensed)
        if sensed is None:
            yield NotAnswered(reasons.GARBLED, "this model has no such test")

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=("MSR-HEAD-WORN", "MSR-GARBLED", "MSR-SETTING", "MSR-HANDLING"),
        needs=("swipes",),
        essential=False,
        seconds=60,
        takes="tool",
    )
    def after_cleaning(self) -> Yields:
        """The same test after the cleaning card: dirt goes, wear stays."""
        if not self.dirty:
            yield Skipped(reasons.NOT_APPLICABLE)
            return
        if (yield Prompt("clean_head", ("done", "cannot"))) != "done":
            yield NotAnswered(reasons.NO_PERSON)
            return
        exam = yield from self._sequence("cleaned")
        if exam is None:
            return
        if exam.conclusion is None:
            yield NotAnswered(reasons.UNDECIDED, _weights(exam))
        elif exam.conclusion.trouble is not Trouble.NONE:
            yield Finding("MSR-HEAD-WORN", f"after cleaning: {_in_words(exam.conclusion)}; {_tally(exam)}")

    @check(
        Level.INTERACTIVE,
        phase=Phase.STEP,
        finds=("MSR-GARBLED",),
        needs=("swipes",),
        essential=False,
        seconds=10,
        takes="tool",
    )
    def test_card(self) -> Yields:
        """The bench's registered card: what is read is what it holds. Without its digests, they are given."""
        if not self.settings.test_card.key:
            yield Skipped(reasons.NOT_APPLICABLE, "no test card is registered")
            return
        swipe = yield from self.ask_swipe("swipe_test_card", self.proof_keeper)
        if swipe is None:
            return
        proofs = {one.number: one.proof for one in swipe.tracks.values() if one.proof}
        registered = self.settings.test_card.digests
        if not registered:
            for number, proof in proofs.items():
                yield Measurement(f"track{number}", proof)
            return
        right = {number: proofs[number] == digest for number, digest in registered.items() if number in proofs}
        for number, equal in right.items():
            yield Measurement(f"track{number}_as_registered", equal)
        if not right:
            yield NotAnswered(reasons.UNREAD, "none of its registered tracks was read")
        elif not all(right.values()):
            wrong = " and ".join(str(number) for number, equal in right.items() if not equal)
            if (yield Prompt("is_test_card", ("yes", "no"))) == "yes":
                yield Finding("MSR-GARBLED", f"track {wrong} is read without error, but is not what the card holds")
            else:
                yield NotAnswered(reasons.NO_PERSON, "another card was swiped")

    def _sequence(self, name: str) -> Generator[Yielded, str | None, Exam | None]:
        """Swipes up to a conclusion, or to the limit; None where something else ended them, and was said."""
        exam = self._exam()
        for number in range(1, self.settings.max_swipes + 1):
            asked = exam.next(self._at_hand)
            if asked is None or exam.conclusion is not None:
                break
            swipe = yield from self.ask_swipe(PROMPTS[asked], self.keeper)
            if swipe is None:
                return None
            yield from _told(f"{name}_{number}", asked, swipe)
            if odd := self._odd_one(swipe):
                if found := self._oddity(odd):
                    yield found
                    yield NotExamined(tuple(code for code in _JUDGED if code != found.fault))
                    return None
                continue  # no evidence of what the head reads
            way = self._really(asked, swipe)
            if way.card < asked.card:  # there is no such card, or nobody looked for one
                self._at_hand = max(exam.cards, way.card)
            yield from self._facts(way.card, swipe)
            exam.add(way, {one.number: one.seen for one in swipe.tracks.values()})
            exam = yield from self._without_doubtful_track(exam)
        return exam

    def _exam(self) -> Exam:
        asked = self.settings
        tracks = tuple(one for one in asked.examined if one in self.reader.tracks and one not in self._left_out)
        abilities = Abilities(tracks or asked.examined, asked.directions == 2, self.reader.tells_errors, asked.cards)
        return Exam(abilities, Limits(asked.acceptable, asked.unacceptable, asked.error_rate))

    def _odd_one(self, swipe: Swipe) -> str:
        """The code that a swipe stands for which says nothing about card and head; empty for a usual one."""
        if swipe.setting:
            self._seen_setting = swipe.setting
            return "MSR-SETTING"
        if swipe.garbled:
            return "MSR-GARBLED"
        bad = any(one.errors for one in swipe.tracks.values())
        return "MSR-HANDLING" if swipe.moved_badly and bad else ""

    def _oddity(self, code: str) -> Finding | None:
        """A finding about the reader, or the hand, as a whole, once so many swipes have shown the same."""
        self._odd[code] += 1
        if self._odd[code] < _TIMES[code]:
            return None
        seen = {
            "MSR-SETTING": f"swipes come {_SETTINGS.get(self._seen_setting, self._seen_setting)}",
            "MSR-GARBLED": "what comes with a swipe holds no track",
            "MSR-HANDLING": "the reader says that cards move too fast or too slowly",
        }[code]
        return Finding(code, f"{seen}, {self._odd[code]}×")

    def _really(self, way: Way, swipe: Swipe) -> Way:
        """How the card was really swiped, where the reader or the card's marks tell."""
        backward = way.backward if swipe.backward is None else swipe.backward
        marks = set(swipe.marks.items())
        card = next((number for number, known in self._cards.items() if known & marks), way.card)
        known = self._cards.setdefault(card, set())
        if {track for track, _ in known} & swipe.marks.keys() and not known & marks:
            # the same track of that card held something else: it is another card
            card = min(max(self._cards) + 1, self.settings.cards)
            known = self._cards.setdefault(card, set())
        known |= marks
        return Way(card, backward, way.steady, way.turned)

    def _facts(self, card: int, swipe: Swipe) -> Iterator[Measurement]:
        """What a card's tracks hold, in kind, when they are read for the first time."""
        for one in swipe.tracks.values():
            if one.format and (card, one.number) not in self._told:
                self._told.add((card, one.number))
                facts = [one.format]
                facts += [] if one.check_digit is None else [f"check digit {'right' if one.check_digit else 'wrong'}"]
                facts += [] if one.expiry is None else [f"expiry {'well' if one.expiry else 'badly'} formed"]
                facts += [f"ends in {one.last_four}"] if one.last_four else []
                yield Measurement(f"card_{card}_track{one.number}", ", ".join(facts))

    def _without_doubtful_track(self, exam: Exam) -> Generator[Yielded, str | None, Exam]:
        """Before a track is blamed of which no card has shown a bit: have these cards one at all?"""
        number = self._doubtful_track(exam)
        if not number:
            return exam
        if (yield Prompt(f"have_they_track{number}", ("yes", "no", "unknown"))) == "yes":
            self._tracks_known = True
            return exam
        yield NotExamined((f"MSR-TRACK{number}",))
        self._left_out.add(number)
        smaller = self._exam()
        for way, result in exam.swipes:
            smaller.add(way, result)
        return smaller

    def _doubtful_track(self, exam: Exam) -> int:
        """A track other than 2 that would be concluded bad, though nothing shows that any card has it; or 0."""
        found = exam.conclusion
        if found is None or self._tracks_known:
            return 0
        if found.trouble not in (Trouble.TRACK, Trouble.CARD_BAD):
            return 0
        missing = [
            track
            for track in exam.abilities.tracks
            if track != 2
            and all(
                result.get(track, Seen.NOTHING) is Seen.NOTHING
                for way, result in exam.swipes
                if found.card in (0, way.card)
            )
            and any(Seen.READ in result.values() for way, result in exam.swipes if found.card in (0, way.card))
        ]
        return missing[0] if missing else 0

    def _rates(self, exam: Exam) -> Iterator[Measurement]:
        """The interval that each track's read rate was narrowed down to, by direction."""
        for backward in (False, True):
            for track in exam.abilities.tracks:
                seen = [result.get(track) is Seen.READ for way, result in exam.swipes if way.backward == backward]
                if seen:
                    low, high = rates.interval(sum(seen), len(seen))
                    name = f"read_rate_track{track}_{'backward' if backward else 'forward'}"
                    yield Measurement(name, f"{100 * low:.0f} to {100 * high:.0f}", "%")
        yield Measurement("swipes", len(exam.swipes))
        yield Measurement("weight", round(max(exam.weights.values()), 3))

    def _conclude(self, exam: Exam) -> Yields:
        found = exam.conclusion
        if found is None:
            yield NotAnswered(reasons.UNDECIDED, _weights(exam))
            return
        self.dirty, self.dead = found.trouble is Trouble.HEAD_DIRTY, found.trouble is Trouble.HEAD_DEAD
        silent = all(not result for _, result in exam.swipes)
        if found.trouble is Trouble.NONE:
            return
        if self.dead and silent and not self.reader.alive:
            yield Finding("MSR-MUTE", f"{len(exam.swipes)} swipes and not one byte")
            yield NotExamined(_JUDGED)
            return
        code = f"MSR-TRACK{found.track}" if found.trouble is Trouble.TRACK else _CODES[found.trouble]
        yield Finding(code, f"{_in_words(found)}; {_tally(exam)}")


_SETTINGS = {
    "no-sentinels": "without sentinels",
    "parity": "with a parity bit in place of the eighth data bit",
    "layout-us": "in keys of a US keyboard",
    "layout-de": "in keys of a German keyboard",
    "layout-fr": "in keys of a French keyboard",
}


def _told(name: str, way: Way, swipe: Swipe) -> Iterator[Measurement]:
    """A swipe for the record."""
    yield Measurement(name, f"{_words(way)}: {swipe}")
    if swipe.status:
        yield Measurement(f"{name}_status", swipe.status)
    if swipe.seconds:
        yield Measurement(f"{name}_time", swipe.seconds, "s")


def _words(way: Way) -> str:
    how = " steadily" if way.steady else " turned over" if way.turned else ""
    return f"card {way.card} {'backward' if way.backward else 'forward'}{how}"


def _in_words(found: Conclusion) -> str:
    match found.trouble:
        case Trouble.CARD_BAD:
            return f"card {found.card} reads badly, others do not"
        case Trouble.TRACK:
            return f"track {found.track} reads badly, the others do not"
        case Trouble.ONE_DIRECTION:
            return f"cards read badly when swiped {'backward' if found.backward else 'forward'} only"
        case Trouble.HAND:
            return "cards read when swiped slowly and evenly, and not otherwise"
        case Trouble.TURNED:
            return "cards read when turned over: the stripe was on the wrong side"
        case Trouble.HEAD_DIRTY:
            return "signs of data with errors, whatever the card, track and direction"
        case _:
            return "no data, whatever the card, track and direction"


def _tally(exam: Exam) -> str:
    """How often each track was read."""
    counts = [
        f"track {track} {sum(result.get(track) is Seen.READ for _, result in exam.swipes)}"
        for track in exam.abilities.tracks
    ]
    return f"read in {len(exam.swipes)} swipes: {', '.join(counts)}"


def _weights(exam: Exam) -> str:
    """What stays open, with its weight."""
    leading = sorted(exam.weights.items(), key=lambda item: -item[1])[:3]
    return ", ".join(f"{found.trouble.value} {weight:.2f}" for found, weight in leading)
