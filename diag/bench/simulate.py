"""Starts the simulators of a profile's components, each as its own process, and stops them.

The simulator of a kind is the package `diag.sim.KIND`, or a package that an entry point of the group
`posdiag.simulators` names; `python -m PACKAGE` starts the simulator. Its arguments are the faults of its component, and
settings from the profile. The faults that a simulator can show stand in its `faults.json`. A single start of Python,
`python -m diag.sim`, forks all simulators.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import queue
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

from diag.contract.check import Level, Prompt
from diag.contract.errors import ConfigError
from diag.contract.interruption import GLANCE, Interruption
from diag.contract.said import Said, Told
from diag.knowledge import catalogue, hints, places, secrets
from diag.knowledge.profile import Component, Profile

_GROUP = "posdiag.simulators"
_START_TIMEOUT = 15.0  # s; pcscd takes under 2
_PERSON_TIMEOUT = 5.0  # s
_END_TIMEOUT = 3.0  # s


@dataclass
class Simulated:
    """The simulator of one component, or of several that share a process; `missing`: why the simulator does not run."""

    components: list[str]
    stdin: IO[str]
    stdout: IO[str]
    at: dict[str, str] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)
    missing: Told | None = None
    answers: queue.SimpleQueue[str | None] = field(default_factory=queue.SimpleQueue)


class Simulation:
    """All simulators of one terminal; a context manager that starts and ends them."""

    def __init__(self, profile: Profile, faults: Sequence[str] = (), interruption: Interruption | None = None) -> None:
        self._wanted, self.level = _assign(profile, faults)
        self._profile = profile
        self._interruption = interruption or Interruption()
        # made by the process that forks the simulators, which outlives us where we are killed, and removes the folder
        self._folder = Path(tempfile.gettempdir()) / f"posdiag-sim-{os.urandom(6).hex()}"
        self._server: subprocess.Popen[bytes] | None = None
        self.parts: list[Simulated] = []
        self._answered: dict[tuple[str, str], str] = {}

    def __enter__(self) -> Simulation:
        """Start all simulators. Raises KeyboardInterrupt after an interruption, when all have ended again."""
        groups = _groups(self._profile.components.values())
        supply = str(self._folder / "supply")
        arguments = [_arguments(group, self._wanted, supply, self._profile) for group in groups]
        try:
            self._server, self.parts = _start(groups, arguments, self._folder)
            deadline = time.monotonic() + _START_TIMEOUT
            for part in self.parts:
                _wait(part, deadline, self._interruption)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for part in self.parts:
            with contextlib.suppress(BrokenPipeError):  # the simulator died; its last question is still in the pipe
                part.stdin.close()
        if self._server is not None:
            try:
                self._server.communicate(timeout=_END_TIMEOUT)
            except subprocess.TimeoutExpired:
                os.killpg(self._server.pid, signal.SIGKILL)
                self._server.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def ask(self, component: str, prompt: Prompt) -> str | None:
        """Return what the simulated person answers at a component; to a question put again what was answered first."""
        if prompt.again and (component, prompt.text) in self._answered:
            return self._answered[component, prompt.text]
        answer = self._ask_simulator(component, prompt)
        if answer is not None:
            self._answered.setdefault((component, prompt.text), answer)
        return answer

    def _ask_simulator(self, component: str, prompt: Prompt) -> str | None:
        part = next(part for part in self.parts if component in part.components)
        while not part.answers.empty():  # an answer that came too late for its question
            part.answers.get()
        question = {"part": component, "prompt": prompt.text, "choices": prompt.choices}
        try:
            part.stdin.write(json.dumps(question) + "\n")
            part.stdin.flush()
            return part.answers.get(timeout=_PERSON_TIMEOUT)
        except (OSError, queue.Empty):
            return None

    @property
    def settings(self) -> list[str]:
        """The --set options that reach the simulators."""
        return [f"{name}.at={at}" for part in self.parts if not part.missing for name, at in part.at.items()]

    @property
    def components(self) -> list[str]:
        """The components that are simulated; what cannot be simulated here is left out."""
        there = {name for part in self.parts if not part.missing for name in part.components}
        return [name for name in self._profile.components if name in there]

    @property
    def env(self) -> dict[str, str]:
        """The environment variables that reach the simulators, and mark a run as simulated."""
        return {places.SIMULATED: "1", **{key: value for part in self.parts for key, value in part.env.items()}}


def known_faults(kind: str, settings: Mapping[str, str]) -> dict[str, Level]:
    """Return the codes that a kind's simulator can show with these settings, and the level of the checks that see each.

    `diag.sim.process.able` reads the same file in the same way, and refuses other codes.
    """
    known: dict[str, Level] = {}
    for group in _fault_table(kind):
        if all(re.fullmatch(pattern, settings.get(key, "")) for key, pattern in group.get("with", {}).items()):
            known |= {code: level for level in Level for code in group.get(level.value, ())}
    return dict(sorted(known.items()))


@functools.cache
def _fault_table(kind: str) -> list[dict[str, Any]]:
    """Read the file beside a kind's simulator; a kind without a simulator can show nothing."""
    package = _package(kind)
    spec = find_spec(package) if package else None
    if spec is None or spec.origin is None:
        return []
    file = Path(spec.origin).with_name("faults.json")
    try:
        table: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(Said("no_catalogue", what=file, why=str(error))) from error
    return table


@functools.cache
def _package(kind: str) -> str | None:
    """Return the package that simulates a kind; ours cannot be replaced by an entry point."""
    if find_spec(f"diag.sim.{kind}"):
        return f"diag.sim.{kind}"
    return next((point.value for point in entry_points(group=_GROUP, name=kind)), None)


def all_faults(kind: str) -> set[str]:
    """Return all codes that a kind's simulator can show with some settings or others."""
    return {code for group in _fault_table(kind) for level in Level for code in group.get(level.value, ())}


def can_show(profile: Profile, faults: Sequence[str]) -> bool:
    """Return whether the simulators of this profile can show all these faults."""
    try:
        _assign(profile, faults)
    except ConfigError:
        return False
    return True


def only(profile: Profile, names: Sequence[str]) -> Profile:
    """Return the profile with these components and what they need; with all where no name is given."""
    chosen, waiting = set(), list(names or profile.components)
    while waiting:
        name = waiting.pop()
        if name not in profile.components:
            said = hints.of_name(Said("has_no_component", what=profile.id), name, profile.components)
            raise ConfigError(Said("at", where=f"--component {secrets.covered(name)}", said=said))
        chosen.add(name)
        waiting += profile.components[name].needs
    return replace(profile, components={name: part for name, part in profile.components.items() if name in chosen})


def _assign(profile: Profile, faults: Iterable[str]) -> tuple[dict[str, list[str]], Level]:
    """Return the faults that each component shows, and the level that a run needs to see them all.

    A fault is CODE@COMPONENT, or CODE for the first component that can show the code.
    """
    wanted: dict[str, list[str]] = {name: [] for name in profile.components}
    level = Level.INTERNAL
    for item in faults:
        code, _, name = item.partition("@")
        if name and name not in profile.components:
            said = hints.of_name(Said("has_no_component", what=profile.id), name, wanted)
            raise ConfigError(Said("at", where=f"--fault {item}", said=said))
        able = {
            part.name: able_of(profile, part) for part in _components_with(profile, code) if name in ("", part.name)
        }
        chosen = next((part for part, codes in able.items() if code in codes), None)
        if chosen is None:
            can = sorted({each for part in profile.components.values() for each in able_of(profile, part)})
            said = Said("no_simulator_shows", profile=profile.id, codes=" ".join(can))
            raise ConfigError(Said("at", where=f"--fault {item}", said=said))
        wanted[chosen].append(code)
        level = max(level, able[chosen][code], key=lambda level: level.rank)
    return wanted, level


def _components_with(profile: Profile, code: str) -> list[Component]:
    """Return the components whose catalogue has this code. Raises ConfigError for a code that no catalogue has."""
    parts = list(profile.components.values())
    rooms = catalogue.load({part.kind for part in parts}).rooms
    found = [part for part in parts if code in rooms[part.kind].faults]
    if not found:
        catalogue.load_all().fault(code)
    return found


def able_of(profile: Profile, part: Component) -> dict[str, Level]:
    """Return the faults that the simulator of one component can show, and the level of the checks that see each."""
    supply = ["supply=shared"] if _shares_supply(profile, part) else []
    return known_faults(part.kind, dict(item.partition("=")[::2] for item in (*_settings(part), *supply)))


def _shares_supply(profile: Profile, part: Component) -> bool:
    """Return whether a component draws from a supply that is simulated too, or is that supply."""
    needed = {need for other in profile.components.values() for need in other.needs}
    return part.name in needed or any(need in profile.components for need in part.needs)


def _groups(parts: Iterable[Component]) -> list[list[Component]]:
    """Return the components, grouped by the process that simulates them.

    All PC/SC slots share a process, for a program talks to one pcscd only.
    """
    groups: dict[str, list[Component]] = {}
    for part in parts:
        groups.setdefault("pcsc:" if part.settings.model_dump()["at"].startswith("pcsc:") else part.name, []).append(
            part
        )
    return list(groups.values())


def _arguments(group: Sequence[Component], faults: dict[str, list[str]], supply: str, profile: Profile) -> list[str]:
    """Return the arguments of one simulator."""
    kind, names = group[0].kind, [part.name for part in group]
    if _package(kind) is None:
        raise ConfigError(Said("no_simulator", kind=kind, names=names))
    words: list[str] = []
    for part in group:
        words += ["--part", part.name]
        words += [word for code in faults[part.name] for word in ("--fault", code)]
        settings = [*_settings(part), *([f"supply={supply}"] if _shares_supply(profile, part) else [])]
        words += [word for item in settings for word in ("--set", item)]
    return words


def _start(
    groups: Sequence[Sequence[Component]], words: Sequence[list[str]], folder: Path
) -> tuple[subprocess.Popen[bytes], list[Simulated]]:
    """Start the process that forks the simulators; each has its two pipes to us."""
    parts, orders, theirs = [], [], []
    for group, given in zip(groups, words, strict=True):
        (stdin, to_stdin), (from_stdout, stdout) = os.pipe(), os.pipe()
        parts.append(Simulated([part.name for part in group], os.fdopen(to_stdin, "w"), os.fdopen(from_stdout)))
        orders.append({"package": _package(group[0].kind), "words": given, "stdin": stdin, "stdout": stdout})
        theirs += [stdin, stdout]
    server = subprocess.Popen(
        [sys.executable, "-m", "diag.sim", json.dumps(orders), str(folder)],
        stdin=subprocess.PIPE,
        pass_fds=theirs,
        cwd=_home(),
        start_new_session=True,  # Ctrl-C is for the run; simulators end with their standard input
    )
    for descriptor in theirs:
        os.close(descriptor)
    return server, parts


def _home() -> Path:
    """Return the folder that holds our packages, for -m puts the working directory first on Python's path."""
    return Path(__file__).resolve().parent.parent.parent


def _settings(part: Component) -> list[str]:
    """Return what a simulator may need to know of a component: its plain settings, and the kind of link."""
    found: dict[str, Any] = part.settings.model_dump(mode="json")  # secrets as asterisks
    at = str(found.pop("at"))
    found = {key: value for key, value in found.items() if value is not None}
    texts = {key: value if isinstance(value, str | int | float) else json.dumps(value) for key, value in found.items()}
    return [f"link={'tcp' if at.startswith('socket:') else 'pty'}", *(f"{key}={text}" for key, text in texts.items())]


def _wait(part: Simulated, deadline: float, interruption: Interruption) -> None:
    """Read the line that says where the simulator is reached, and leave further lines to a thread.

    Raises KeyboardInterrupt after an interruption.
    """
    ready: list[Any] = []
    while not ready and time.monotonic() < deadline:
        if interruption.is_set():
            raise KeyboardInterrupt
        ready, _, _ = select.select([part.stdout], [], [], GLANCE)
    line = part.stdout.readline() if ready else ""
    try:
        place = json.loads(line)
    except ValueError:
        part.missing = Said("simulator_not_started")
        part.stdout.close()
        return
    at = place.get("at", {})
    part.at = at if isinstance(at, dict) else dict.fromkeys(part.components, at)
    part.env, part.missing = place.get("env", {}), place.get("missing")
    threading.Thread(target=_listen, args=(part, part.stdout), daemon=True).start()


def _listen(part: Simulated, stdout: IO[str]) -> None:
    """Pick the person's answers out of what the simulator prints; drop the rest, so that the pipe never fills."""
    with stdout:
        for line in stdout:
            fact = json.loads(line)
            if "answer" in fact:
                part.answers.put(fact["answer"])
