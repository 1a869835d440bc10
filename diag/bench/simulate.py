"""Starts the simulators of a profile's components, each as its own process, and stops them.

The simulator of a kind is the module `diag.sim.KIND`; it is told the faults of its component and settings drawn from
the profile.
"""

from __future__ import annotations

import contextlib
import functools
import json
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

from diag.contract.check import Level, Prompt
from diag.contract.errors import ConfigError
from diag.knowledge import catalogue
from diag.knowledge.profile import Component, Profile

_START_TIMEOUT = 15.0  # s; pcscd takes under 2
_PERSON_TIMEOUT = 5.0  # s


@dataclass
class Simulated:
    """A running simulator of one component, or of several that share it; or why there is none."""

    components: list[str]
    process: subprocess.Popen[str]
    at: dict[str, str] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)
    missing: str | None = None
    answers: queue.SimpleQueue[str | None] = field(default_factory=queue.SimpleQueue)


class Simulation:
    """All simulators of one terminal; a context manager that ends them."""

    def __init__(self, profile: Profile, faults: Sequence[str] = ()) -> None:
        self._wanted, self.level = _assign(profile, faults)
        self._profile = profile
        self._supply = tempfile.TemporaryDirectory(prefix="posdiag-supply-")
        self.parts: list[Simulated] = []

    def __enter__(self) -> Simulation:
        groups = _groups(self._profile.components.values())
        self.parts = [_start(group, self._wanted, self._supply.name, self._profile) for group in groups]
        for part in self.parts:
            _wait(part)
        return self

    def __exit__(self, *_: object) -> None:
        for part in self.parts:
            with contextlib.suppress(BrokenPipeError):  # it died; its last question is still in the pipe
                _stdin(part).close()
        for part in self.parts:
            try:
                part.process.wait(3)
            except subprocess.TimeoutExpired:
                part.process.kill()
        self._supply.cleanup()

    def ask(self, component: str, prompt: Prompt) -> str | None:
        """What the simulated person in front of a component answers."""
        part = next(part for part in self.parts if component in part.components)
        while not part.answers.empty():  # one that came too late for its question
            part.answers.get()
        question = {"part": component, "prompt": prompt.text, "choices": prompt.choices}
        try:
            _stdin(part).write(json.dumps(question) + "\n")
            _stdin(part).flush()
            return part.answers.get(timeout=_PERSON_TIMEOUT)
        except (OSError, queue.Empty):
            return None

    @property
    def settings(self) -> list[str]:
        """The --set options that reach the simulators."""
        return [f"{name}.at={at}" for part in self.parts for name, at in part.at.items()]

    @property
    def env(self) -> dict[str, str]:
        """Environment variables that reach them."""
        return {key: value for part in self.parts for key, value in part.env.items()}


@functools.cache
def known_faults(kind: str, settings: tuple[str, ...] = ()) -> dict[str, Level]:
    """The codes that a kind's simulator can show with these settings, and the level of the checks that see them."""
    if find_spec(f"diag.sim.{kind}") is None:
        return {}
    words = [word for item in settings for word in ("--set", item)]
    output = subprocess.run(
        [*_command(kind), *words, "--list-faults"], capture_output=True, text=True, check=True, cwd=_home()
    ).stdout
    return {code: Level(level) for code, level in json.loads(output).items()}


def can_show(profile: Profile, faults: Sequence[str]) -> bool:
    """Whether the simulators of this profile can show all of these."""
    try:
        _assign(profile, faults)
    except ConfigError:
        return False
    return True


def _assign(profile: Profile, faults: Iterable[str]) -> tuple[dict[str, list[str]], Level]:
    """Which component shows which fault: CODE@COMPONENT, or the first component that can show CODE.

    With it the level that a run needs to see them all.
    """
    wanted: dict[str, list[str]] = {name: [] for name in profile.components}
    level = Level.INTERNAL
    for item in faults:
        code, _, name = item.partition("@")
        if name and name not in profile.components:
            raise ConfigError(f"--fault {item}: {profile.id} has no component {name!r}; it has: {', '.join(wanted)}")
        able = {part.name: able_of(profile, part) for part in _of_code(profile, code) if name in ("", part.name)}
        chosen = next((part for part, codes in able.items() if code in codes), None)
        if chosen is None:
            can = sorted({each for part in profile.components.values() for each in able_of(profile, part)})
            raise ConfigError(
                f"--fault {item}: no simulator of {profile.id} can show it; they can show: {' '.join(can)}"
            )
        wanted[chosen].append(code)
        level = max(level, able[chosen][code], key=lambda one: one.rank)
    return wanted, level


def _of_code(profile: Profile, code: str) -> list[Component]:
    """The components whose catalogue has this code. Raises ConfigError for a code that no catalogue has."""
    parts = list(profile.components.values())
    rooms = catalogue.load({part.kind for part in parts}).rooms
    found = [part for part in parts if code in rooms[part.kind].faults]
    if not found:
        catalogue.load_all().fault(code)
    return found


def able_of(profile: Profile, part: Component) -> dict[str, Level]:
    """What the simulator of one component of a profile can show."""
    supply = ["supply=shared"] if _shares(profile, part) else []
    return known_faults(part.kind, (*_settings(part), *supply))


def _shares(profile: Profile, part: Component) -> bool:
    """Whether it draws from a supply that is simulated too, or is that supply."""
    needed = {need for other in profile.components.values() for need in other.needs}
    return part.name in needed or any(need in profile.components for need in part.needs)


def _groups(parts: Iterable[Component]) -> list[list[Component]]:
    """Components that one process has to simulate: all PC/SC slots, for a program talks to one pcscd only."""
    groups: dict[str, list[Component]] = {}
    for part in parts:
        groups.setdefault("pcsc:" if part.settings.model_dump()["at"].startswith("pcsc:") else part.name, []).append(
            part
        )
    return list(groups.values())


def _start(group: Sequence[Component], faults: dict[str, list[str]], supply: str, profile: Profile) -> Simulated:
    kind, names = group[0].kind, [part.name for part in group]
    if find_spec(f"diag.sim.{kind}") is None:
        raise ConfigError(f"there is no simulator for {kind} ({', '.join(names)})")
    options: list[str] = []
    for part in group:
        options += ["--part", part.name] if len(group) > 1 else []
        options += [word for code in faults[part.name] for word in ("--fault", code)]
        settings = [*_settings(part), *([f"supply={supply}"] if _shares(profile, part) else [])]
        options += [word for item in settings for word in ("--set", item)]
    process = subprocess.Popen(
        [*_command(kind), *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=_home(),
        start_new_session=True,  # Ctrl-C is for the run; simulators end with their standard input
    )
    return Simulated(names, process)


def _stdin(part: Simulated) -> IO[str]:
    assert part.process.stdin is not None  # noqa: S101 -- a pipe, see _start
    return part.process.stdin


def _command(kind: str) -> list[str]:
    return [sys.executable, "-m", f"diag.sim.{kind}"]


def _home() -> Path:
    """Python puts the working directory first on the path with -m: make it the one that holds our packages."""
    return Path(__file__).resolve().parent.parent.parent


def _settings(part: Component) -> list[str]:
    """What a simulator may need to know of the profile: its plain settings, and the kind of link."""
    found: dict[str, Any] = part.settings.model_dump(mode="json")  # secrets as asterisks
    at = str(found.pop("at"))
    found = {key: value for key, value in found.items() if value is not None}
    texts = {key: value if isinstance(value, str | int | float) else json.dumps(value) for key, value in found.items()}
    return [f"link={'tcp' if at.startswith('socket:') else 'pty'}", *(f"{key}={text}" for key, text in texts.items())]


def _wait(part: Simulated) -> None:
    """Read the line that says where the simulator is, and go on reading."""
    process = part.process
    assert process.stdout is not None  # noqa: S101 -- a pipe, see _start
    watchdog = threading.Timer(_START_TIMEOUT, process.kill)
    watchdog.start()
    line = process.stdout.readline()
    watchdog.cancel()
    try:
        said = json.loads(line)
    except ValueError:
        part.missing = f"the simulator of {', '.join(part.components)} did not start"
        return
    at = said.get("at", {})
    part.at = at if isinstance(at, dict) else dict.fromkeys(part.components, at)
    part.env, part.missing = said.get("env", {}), said.get("missing")
    threading.Thread(target=_listen, args=(part, process.stdout), daemon=True).start()


def _listen(part: Simulated, said: IO[str]) -> None:
    """Pick the person's answers out of what the simulator says; take the rest, so that its pipe never fills."""
    with said:
        for line in said:
            fact = json.loads(line)
            if "answer" in fact:
                part.answers.put(fact["answer"])
