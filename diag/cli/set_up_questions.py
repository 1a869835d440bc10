"""The questions of `posdiag setup` and `posdiag profile new`: what a thing is, what is fitted unseen, names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from diag.bench import detect_report, set_up
from diag.bench.detect import Listed
from diag.bench.detect_profiles import Fit, Profiles
from diag.bench.set_up import UNSEEN, Part
from diag.cli.dialog import NO, UNKNOWN, YES, Question
from diag.contract import privacy
from diag.contract.errors import ConfigError
from diag.contract.said import Said, Told
from diag.knowledge import profile, texts
from diag.knowledge.languages import Lang
from diag.knowledge.words import word

_NONE = "none"
_POWER = "power"
_WITH_ADDRESS = ("printer", "magstripe", "modem")


class Questions:
    """The questions about what is attached, and what the answers mean; `names`: the questions that are put last."""

    def __init__(self, found: Sequence[Listed], profiles: Profiles, lang: Lang, names: Sequence[str]) -> None:
        self._found, self._profiles, self._lang, self._names = found, profiles, lang, names
        self._open = [one for one in found if _choice(one)]

    def script(self, answers: Mapping[str, str]) -> Iterator[Question]:
        """Yield the questions in order, given the answers so far."""
        for one in self._open:
            yield self._of_thing(one)
        for kind in self._not_seen(answers):
            yield self._fitted(kind)
            if answers.get(kind) == YES and kind in _WITH_ADDRESS:
                yield self._address(kind)
        for name in self._names:
            yield Question(name, word(f"setup.{name}", self._lang), checked=_CHECKED.get(name, _no_card_number))

    def chosen(self, answers: Mapping[str, str]) -> list[tuple[Listed, Fit]]:
        """Return the things that are parts, with the profile of each."""
        pairs = ((one, self._fit(one, answers.get(_key(one), UNKNOWN))) for one in self._found)
        return [(one, fit) for one, fit in pairs if fit]

    def parts(self, answers: Mapping[str, str], *, model: bool = False) -> list[Part]:
        """Return the components: those that were seen, and those that are fitted and were not seen."""
        found = set_up.parts(self.chosen(answers), self._found, model=model)
        missing = [kind for kind in self._not_seen(answers) if answers.get(kind) == YES]
        return set_up.with_unseen(found, {kind: answers.get(f"{kind}.at", "") for kind in missing}, model=model)

    def not_fitted(self, answers: Mapping[str, str]) -> list[str]:
        """Return the kinds that the terminal does not have."""
        seen = {fit.kind for _, fit in self.chosen(answers)}
        return [kind for kind in UNSEEN if answers.get(kind) == NO and kind not in seen]

    def left_out(self, answers: Mapping[str, str]) -> list[Listed]:
        """Return the things that could be parts, of which nobody has said what they are."""
        parts = [one for one, _ in self.chosen(answers)]
        return [
            one
            for one in self._open
            if one not in parts and not one.known and answers.get(_key(one)) in (None, UNKNOWN)
        ]

    def _not_seen(self, answers: Mapping[str, str]) -> list[str]:
        """Return the kinds to ask for: not those of a whole terminal's profile, which says what there is."""
        chosen = self.chosen(answers)
        if set_up.whole(chosen):
            return []
        seen = {fit.kind for one, fit in chosen if fit.kind != _POWER or set_up.is_battery(one)}
        return [kind for kind in UNSEEN if kind not in seen]

    def _fit(self, one: Listed, answer: str) -> Fit | None:
        named = next((fit for fit in one.fits if fit.profile == answer), None)
        return named or set_up.best(one, self._profiles)

    def _of_thing(self, one: Listed) -> Question:
        choices = {fit.profile: self._profiles.title(fit.profile).in_(self._lang) for fit in _choice(one)}
        key = "setup.which_model" if one.known else "setup.what_is"
        none = "setup.no_model" if one.known else "setup.no_part"
        what, name = detect_report.title(one, self._lang), detect_report.shown(one.thing.name)
        return Question(
            _key(one),
            word(key, self._lang, what=what, name=name, at=_key(one)),
            {**choices, _NONE: word(none, self._lang)},
        )

    def _fitted(self, kind: str) -> Question:
        title = word("setup.battery", self._lang) if kind == _POWER else texts.of_room(kind, self._lang).title
        choices = {key: word(f"report.{value}", self._lang) for key, value in ((YES, "true"), (NO, "false"))}
        return Question(kind, word("setup.fitted", self._lang, part=title), choices)

    def _address(self, kind: str) -> Question:
        name, _ = UNSEEN[kind]

        def checked(typed: str) -> str:
            try:
                profile.load(name, [f"{kind}.at={typed}"])
            except ConfigError as error:
                raise ConfigError(_inner(error.told, f"--set {kind}.at")) from error
            return typed

        text = word("setup.where", self._lang)
        if ports := word("report.comma", self._lang).join(_key(one) for one in self._open if not one.known):
            text += " " + word("setup.unknown_ports", self._lang, ports=ports)
        return Question(f"{kind}.at", text, checked=checked)


def _no_card_number(typed: str) -> str:
    """Return a name or number as it was typed. Raises ConfigError for what posdiag would take for card data later."""
    if privacy.scan(typed)[1]:
        raise ConfigError(Said("card_number"))
    return typed


_CHECKED = {"serial_number": privacy.typed_serial_number}


def _inner(told: Told, where: str) -> Told:
    """Return what is said at a place, without the place, which nobody has typed."""
    values = dict(told.pairs) if isinstance(told, Said) and told.key == "at" else {}
    return values["said"] if values.get("where") == where else told


def _choice(one: Listed) -> list[Fit]:
    """Return the profiles among which a person has to choose: several as sure, or none that is surer than possible."""
    if not one.fits or one.thing.in_use == "console" or (one.known and len(set_up.models(one)) == 1):
        return []
    return set_up.models(one) if one.known else list(one.fits)


def _key(one: Listed) -> str:
    """Return how a file of answers names a thing."""
    node = next((node.path for node in one.nodes), one.thing.name)
    return one.thing.link or one.thing.addresses.get("stream") or node
