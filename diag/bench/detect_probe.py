"""Asks what is behind serial ports (`posdiag detect --probe`): the first question of a driver, and what it is.

The questions are the drivers' own checks at level internal, up to the first that a device has to answer, and the one
that identifies it. One port at a time is asked, never a port that somebody holds, and never for long.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from diag.bench.detect import Listed
from diag.bench.detect_part import Attached
from diag.bench.detect_profiles import Fit, Profiles
from diag.contract.check import Finding, Identity, Level, PlannedCheck
from diag.contract.errors import ConfigError, DeviceGarbled
from diag.contract.interruption import Interruption
from diag.contract.links import Address
from diag.knowledge import profile
from diag.knowledge.profile import Component
from diag.knowledge.wording import wording
from diag.records.events import CheckEnded, CheckReported, Event
from diag.run.engine import Engine
from diag.run.worker import Job

#: asked in this order where nothing is known: a printer takes AT for a text, a modem passes DLE EOT over
_ASKED = ("generic/escpos-thermal", "generic/cellular-modem", "generic/dialup-modem")
#: settings of drivers while a port is asked: nobody waits for a device that starts, ModemManager keeps what it has, and
#: a call goes on
_WHILE_ASKED = {"timeout_s": "1", "boot_s": "0", "modem_manager": "leave", "end_calls": "false"}
_IDENTITY = "identity"
_LONGEST = 15.0  # s for one profile at one port
_ENDING = 3.0  # s for giving a port back
_NO_SERIAL_PORT = re.compile(r"/dev/(usb|bus|lp|rfcomm)")  # opening a port of Bluetooth calls a device


@dataclass(frozen=True, slots=True)
class Answer:
    """What a device answered: what it says of itself, and settings by which it is reached better."""

    said: tuple[str, ...]
    settings: tuple[str, ...]


def ask_ports(found: Sequence[Listed], profiles: Profiles, tell: Callable[[str], None]) -> list[Listed]:
    """Ask at each free serial port what is there, and return the list with the answers; `tell` hears of each port."""
    return [_asked(one, profiles, tell) if _may_be_asked(one) else one for one in found]


def _may_be_asked(one: Listed) -> bool:
    if one.thing.in_use or not one.nodes or "stream" not in one.thing.addresses:
        return False
    return all(node.free and not _NO_SERIAL_PORT.match(node.path) for node in one.nodes)


def _asked(one: Listed, profiles: Profiles, tell: Callable[[str], None]) -> Listed:
    tell(one.nodes[0].path)
    tried = one.fits[:1] if one.known else profiles.generic(one.thing, _ASKED, "likely")
    answers: list[tuple[Fit, Answer]] = []
    for fit in tried:
        if answer := _answer(fit):
            answers.append((fit, answer))
            if answer.said or fit.kind == "printer":
                break
    if not answers:
        return replace(one, answer="")
    fit, answer = next(((fit, answer) for fit, answer in answers if answer.said), answers[0])
    return replace(one, answer=" ".join(answer.said) or fit.kind, fits=tuple(_fits(one, fit, answer, profiles)))


def _fits(one: Listed, fit: Fit, answer: Answer, profiles: Profiles) -> Iterable[Fit]:
    """Return the profiles of what has answered, by the model that it says it is."""
    if any(known.certainty == "sure" for known in one.fits):
        return one.fits
    thing: Attached = replace(
        one.thing, what=fit.kind, said=" ".join(answer.said), generic=(fit.profile,), certainty="likely"
    )
    fitting = [each for each in profiles.fits(thing) if each.kind == fit.kind]
    return [replace(each, settings=(*each.settings, *answer.settings)) for each in fitting]


def _answer(fit: Fit) -> Answer | None:
    """Return what a device answers to the questions of a profile's driver; None where nothing answers them."""
    try:
        part = _component(fit)
    except ConfigError:
        return None
    checks = _questions(part)
    if not checks:
        return None
    events = _run(part, checks)
    asking = checks[-1] if checks[-1].name != _IDENTITY else checks[-2]
    endings = {event.check: event.ending for event in events if isinstance(event, CheckEnded)}
    ending = endings.get(asking.name)
    if ending is None or not ending.whole:
        return None
    told = [event.what for event in events if isinstance(event, CheckReported)]
    said = {what.key: what.value for what in told if isinstance(what, Identity)}
    seen = [wording(what.evidence, kind=part.kind) for what in told if isinstance(what, Finding)]
    advice = [setting for text in seen for setting in re.findall(r"--set (\S+)", text)]
    named = (said.get(key, "") for key in ("maker", "model", "product"))
    return Answer(tuple(dict.fromkeys(filter(None, named))), tuple(dict.fromkeys(advice)))


def _component(fit: Fit) -> Component:
    """Return the component of a profile, set for a short question. Raises ConfigError."""
    part = profile.load(fit.profile, fit.settings).components[fit.component]
    known = type(part.settings).model_fields
    short = [f"{fit.component}.{key}={value}" for key, value in _WHILE_ASKED.items() if key in known]
    return profile.load(fit.profile, [*fit.settings, *short]).components[fit.component]


def _questions(part: Component) -> list[PlannedCheck]:
    """Return the checks up to the first that can find garbage, which is the first with a question, and the identity."""
    plan = {check.name: check for check in part.driver.plan(part.settings) if check.level is Level.INTERNAL}
    garbled = part.driver.evidence.get(DeviceGarbled)
    first = next((name for name, check in plan.items() if garbled and garbled in check.finds), None)
    if first is None:
        return []
    wanted = [*_with_needs(first, plan), first]
    if _IDENTITY in plan and set(_with_needs(_IDENTITY, plan)) <= set(wanted):
        wanted.append(_IDENTITY)
    return [plan[name] for name in wanted]


def _with_needs(name: str, plan: dict[str, PlannedCheck]) -> list[str]:
    """Return the checks that a check needs, in the plan's order."""
    needed: set[str] = set()
    waiting = list(plan[name].needs)
    while waiting:
        need = waiting.pop()
        needed.add(need)
        waiting.extend(plan[need].needs)
    return [each for each in plan if each in needed]


def _run(part: Component, checks: Sequence[PlannedCheck]) -> list[Event]:
    """Run checks as a run does, and return what happened until they ended, or their time was over."""
    interruption = Interruption()
    job = Job(
        part.name,
        lambda: part.driver(part.settings, Address(part.at, part.name, interruption=interruption)),
        tuple(checks),
    )
    engine = Engine([job], Level.INTERNAL, lambda *_: None, lambda code: "degraded", interruption=interruption)
    late = threading.Timer(_LONGEST, interruption.set)
    late.start()
    events: list[Event] = []
    try:
        events.extend(engine.events())
    except KeyboardInterrupt:
        by_person = not interruption.is_set()
        events.extend(engine.stop(_ENDING))
        if by_person:
            raise
    finally:
        late.cancel()
    return events
