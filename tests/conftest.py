"""Fixtures: the real command, run in a folder of its own; simulators and peers as processes of their own."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from diag.contract.check import Level, PlannedCheck
from diag.records.events import PlannedComponent, RunStarted
from tests import forkserver, wheels
from tests.forkserver import POSDIAG, Process, clean_environment
from tests.forkserver import ROOT as ROOT

if TYPE_CHECKING:
    from tests.computers import Computer

# A loaded machine is no defect: no deadline a case, no complaint about slow drawing.
settings.register_profile("posdiag", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("posdiag")

# hundreds of commands are started from here, and each would compile everything again
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# a background job of a shell starts with these ignored, and so would every command started from here
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGQUIT, signal.SIG_DFL)


@pytest.hookimpl(tryfirst=True)  # pytest-xdist reads the groups in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the lab's machines, which take minutes, to two workers; begin with what takes long.

    (`--dist loadgroup` begins with the largest groups, and hands out the others in this order.)
    """
    for number, item in enumerate(item for item in items if "lab" in item.keywords):
        item.add_marker(pytest.mark.xdist_group(f"lab {number % 2}"))
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    """What starts commands comes first, then test_pairs, which is made of what these have run, then the quick rest."""
    if item.name == "test_pairs":
        return 1
    return 0 if {"posdiag", "simulator"} & set(getattr(item, "fixturenames", ())) else 2


def pytest_sessionfinish() -> None:
    """The fork servers end with the session."""
    forkserver.end()


@dataclass
class Done:
    """A finished command."""

    status: int
    out: str
    err: str

    @property
    def record(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found

    @property
    def causes(self) -> list[str]:
        return [cause["fault"] for cause in self.record["diagnosis"]["causes"]]

    def component(self, name: str) -> dict[str, Any]:
        return next(part for part in self.record["components"] if part["name"] == name)

    def check(self, component: str, name: str) -> dict[str, Any]:
        return next(check for check in self.component(component)["checks"] if check["name"] == name)


Command = Callable[..., Done]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """posdiag's own wheel, installed in a folder of its own."""
    return wheels.install(ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return clean_environment(tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder, to run in."""
    folder = tmp_path / "cwd"
    folder.mkdir()
    return folder


@pytest.fixture
def posdiag(environment: dict[str, str], folder: Path) -> Command:
    """Run `posdiag …` to its end, in an empty folder."""

    def run(*words: str, env: Mapping[str, str] | None = None, stdin: str = "", timeout: float = 90) -> Done:
        started = forkserver.command(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**environment, **(env or {})}, cwd=folder,
        )  # fmt: skip
        with started as process:
            try:
                out, err = process.communicate(stdin, timeout)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        assert "Traceback" not in err
        assert process.returncode is not None
        return Done(process.returncode, out, err)

    return run


@pytest.fixture
def installed(environment: dict[str, str], folder: Path) -> Command:
    """The same with a start of Python: the installed script itself."""

    def run(*words: str, env: Mapping[str, str] | None = None) -> Done:
        done = subprocess.run(
            [POSDIAG, *words], input="", capture_output=True, text=True, env={**environment, **(env or {})}, cwd=folder,
            timeout=90, check=False,
        )  # fmt: skip
        assert "Traceback" not in done.stderr
        return Done(done.returncode, done.stdout, done.stderr)

    return run


Single = Callable[..., Done]


@pytest.fixture
def single(posdiag: Command, tmp_path_factory: pytest.TempPathFactory) -> Single:
    """`posdiag demo PROFILE --fault CODE --json …`, run once for all tests and workers that look at it."""
    folder = tmp_path_factory.getbasetemp()
    folder = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder

    def get(name: str, fault: str, *words: str) -> Done:
        file = folder / " ".join(("single", name, fault, *words)).replace("/", " ")
        with file.open("a+") as shared:
            fcntl.flock(shared, fcntl.LOCK_EX)
            shared.seek(0)
            if kept := shared.read():
                return Done(**json.loads(kept))
            done = posdiag("demo", name, "--fault", fault, "--json", *words)
            shared.write(json.dumps(asdict(done)))
            return done

    return get


def start(tmp_path: Path, *words: str) -> subprocess.Popen[str]:
    """Start the command in its own session, and leave it running."""
    return subprocess.Popen(
        [POSDIAG, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=clean_environment(tmp_path),
        cwd=tmp_path, start_new_session=True,
    )  # fmt: skip


class AtTheScreen:
    """`posdiag …` with a terminal of its own for a keyboard, and somebody at it. Killed after a minute."""

    def __init__(self, words: tuple[str, ...], env: dict[str, str], folder: Path) -> None:
        self._keyboard, terminal = pty.openpty()
        self.process = forkserver.command(
            words, stdin=terminal, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, cwd=folder
        )
        os.close(terminal)
        assert self.process.stderr is not None
        self.said = self.process.stderr
        self._watchdog = threading.Timer(60, self.process.kill)
        self._watchdog.start()

    def type(self, text: str) -> None:
        os.write(self._keyboard, text.encode())

    def done(self) -> Done:
        """What it printed, when it has ended."""
        out, err = self.process.communicate()
        self._watchdog.cancel()
        os.close(self._keyboard)
        assert "Traceback" not in err
        assert self.process.returncode is not None
        return Done(self.process.returncode, out, err)


Person = Callable[..., AtTheScreen]


@pytest.fixture
def at_the_screen(environment: dict[str, str], tmp_path: Path) -> Person:
    """Start `posdiag …` for somebody at the keyboard."""

    def start(*words: str, env: Mapping[str, str] | None = None) -> AtTheScreen:
        return AtTheScreen(words, {**environment, **(env or {})}, tmp_path)

    return start


@dataclass
class Served:
    """A simulator that runs: the line it said."""

    at: str
    env: dict[str, str]
    process: Process
    facts: dict[str, Any] = field(default_factory=dict)

    def said(self) -> dict[str, Any]:
        """The next line it says."""
        assert self.process.stdout is not None
        found: dict[str, Any] = json.loads(self.process.stdout.readline())
        return found


Simulator = Callable[..., Served]


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """Start `python -m diag.sim.KIND`; ends them all afterwards."""
    running: list[Process] = []

    def start(kind: str, *words: str) -> Served:
        process = forkserver.simulator(kind, *words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        running.append(process)
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        if "missing" in said:
            pytest.skip(said["missing"])
        return Served(said["at"], said.get("env", {}), process, said)

    yield start
    for process in running:
        with process:
            process.communicate("", timeout=10)


def sample_run(kind: str, at: str, checks: Sequence[PlannedCheck]) -> RunStarted:
    """The first event of a run with one component, for tests of records and conclusions."""
    part = PlannedComponent(kind, kind, kind, at, checks=tuple(checks))
    return RunStarted(
        id="r",
        started="2026-01-01T00:00:00Z",
        level=Level.INTERNAL,
        version="0",
        host="h",
        profile="p/q",
        terminal={"en": "T", "zh": "端"},
        serial_number=None,
        components=(part,),
        confirmed={},
    )


@pytest.fixture
def computer(tmp_path: Path) -> Iterator[Computer]:
    """A computer with nothing attached yet."""
    from tests.attached import Sysfs
    from tests.computers import Computer

    env = {**clean_environment(tmp_path), "PYTHONPATH": str(ROOT), "PCSCLITE_CSOCK_NAME": str(tmp_path / "no-pcscd")}
    with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="posdiag") as links:  # addresses are below /dev
        (tmp_path / "links").symlink_to(links)
        yield Computer(Sysfs(tmp_path / "sys"), tmp_path, env)
