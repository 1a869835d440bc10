"""Processes without the start of Python: a server that has read all modules forks one for each command.

What comes out is a process like one that was started: its own pid, environment, folder, standard streams, session,
signals and exit status. The server runs nothing else and has one thread, so each child begins as the server was.
What Python reads only when it starts (PYTHON…, the locale) cannot be given to a fork: `command` starts Python then.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import io
import json
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, NoReturn, Protocol

ROOT = Path(__file__).resolve().parent.parent
POSDIAG = str(Path(sys.executable).with_name("posdiag"))
#: modules of others that posdiag reads as late as it can
_LATE = ("pydantic.type_adapter", "rich.live", "serial", "smartcard.System", "usb.core")
_AT_START = ("PYTHON", "LC_", "LANG")
_MESSAGE = 1 << 17  # bytes; arguments and environment of one command
_ENDLESS = 3600.0  # s
_NEWNS, _NEWUSER, _NEWNET = 0x00020000, 0x10000000, 0x40000000  # <linux/sched.h>


class Process(Protocol):
    """What tests use of `subprocess.Popen`, and of a fork."""

    pid: int
    stdin: IO[str] | None
    stdout: IO[str] | None
    stderr: IO[str] | None

    @property
    def returncode(self) -> int | None: ...
    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def send_signal(self, sig: int) -> None: ...
    def kill(self) -> None: ...
    def terminate(self) -> None: ...
    def communicate(self, text: str | None = None, /, timeout: float | None = None) -> tuple[str, str]: ...
    def __enter__(self) -> Process: ...
    def __exit__(self, *_: object) -> None: ...


def clean_environment(home: Path) -> dict[str, str]:
    """The environment of a user with an empty home and an English locale."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("XDG_", "POSDIAG_", "LC_", "PCSC"))}
    own = {"HOME": str(home), "XDG_STATE_HOME": str(home / "state"), "POSDIAG_ETC": str(home / "etc")}
    return {**kept, **own, "LANG": "C.UTF-8"}


def command(words: Sequence[str], *, env: Mapping[str, str], **options: Any) -> Process:
    """Start `posdiag …` with the options of `subprocess.Popen`: a fork where Python would start alike.

    `beside`: the pid of a process in whose network the command is to run; Python starts alike then.
    """
    if _start_of_python(env) != _start_of_python(clean_environment(ROOT)):
        return subprocess.Popen([POSDIAG, *words], env=env, text=True, **options)
    return Fork(_server("posdiag"), "diag.cli", [POSDIAG, *words], env=env, **options)


def simulator(kind: str, *words: str, **options: Any) -> Process:
    """Start `python -m diag.sim.KIND …`, as a fork."""
    module = f"diag.sim.{kind}.__main__"
    return Fork(_server("simulators"), module, [module, *words], env=os.environ, cwd=ROOT, **options)


def end() -> None:
    """End this process's servers."""
    while _servers:
        _servers.popitem()[1].end()


def _start_of_python(env: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in env.items() if key.startswith(_AT_START)}


# --- this side


class Server:
    """One server process and the line to it."""

    def __init__(self, what: str) -> None:
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", __file__, what, str(theirs.fileno())], cwd=ROOT,
                pass_fds=[theirs.fileno()], env=clean_environment(ROOT),
            )  # fmt: skip

    def fork(self, request: Mapping[str, Any], descriptors: Sequence[int]) -> socket.socket:
        """Have a child forked; its pid and its exit status come on the line that is returned."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            socket.send_fds(self._line, [json.dumps(request).encode()], [*descriptors, theirs.fileno()])
        return ours

    def end(self) -> None:
        """End it: it ends with its line."""
        self._line.close()
        self._process.wait()


_servers: dict[str, Server] = {}
_starting = threading.Lock()


def _server(what: str) -> Server:
    """The server of this process; started when it is first needed."""
    with _starting:
        if what not in _servers:
            _servers[what] = Server(what)
        return _servers[what]


class Fork:
    """A child of a server, in the manner of `subprocess.Popen` with text streams."""

    def __init__(
        self,
        server: Server,
        module: str,
        words: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path | None = None,
        stdin: int | IO[Any] | None = None,
        stdout: int | IO[Any] | None = None,
        stderr: int | IO[Any] | None = None,
        start_new_session: bool = False,
        beside: int = 0,
    ) -> None:
        self.returncode: int | None = None
        self._told = threading.Lock()
        request = {
            "module": module, "words": list(words), "env": dict(env), "cwd": str(cwd or Path.cwd()),
            "session": start_new_session, "beside": beside,
        }  # fmt: skip
        with contextlib.ExitStack() as theirs:
            self.stdin, their_stdin = _end(stdin, 0, theirs)
            self.stdout, their_stdout = _end(stdout, 1, theirs)
            self.stderr, their_stderr = _end(stderr, 2, theirs)
            self._line = server.fork(request, [their_stdin, their_stdout, their_stderr])
        self.pid = self._hear()

    def poll(self) -> int | None:
        """Return the exit status of a process that has ended."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end; minus the signal's number for a process that was killed."""
        with self._told:
            if self.returncode is None:
                if not select.select([self._line], [], [], timeout)[0]:
                    raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
                self.returncode = self._hear()
                self._line.close()
            return self.returncode

    def send_signal(self, sig: int) -> None:
        """Send a signal to a process that still runs."""
        if self.poll() is None:
            os.kill(self.pid, sig)

    def kill(self) -> None:
        """Kill it."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def communicate(self, text: str | None = None, /, timeout: float | None = None) -> tuple[str, str]:
        """Write the input, read both outputs, wait for the end."""
        end = time.monotonic() + (_ENDLESS if timeout is None else timeout)
        texts = {"stdout": "", "stderr": ""}

        def read(name: str, stream: IO[str]) -> None:
            with stream:
                texts[name] = stream.read()

        readers = [
            threading.Thread(target=read, args=(name, stream), daemon=True)
            for name, stream in (("stdout", self.stdout), ("stderr", self.stderr))
            if stream and not stream.closed
        ]
        for reader in readers:
            reader.start()
        if self.stdin and not self.stdin.closed:
            with contextlib.suppress(BrokenPipeError), self.stdin:
                self.stdin.write(text or "")
        for reader in readers:
            reader.join(max(0.0, end - time.monotonic()))
            if reader.is_alive():
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        self.wait(max(0.0, end - time.monotonic()))
        return texts["stdout"], texts["stderr"]

    def __enter__(self) -> Fork:
        return self

    def __exit__(self, *_: object) -> None:
        for stream in (self.stdin, self.stdout, self.stderr):
            if stream:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
        self.wait()

    def _hear(self) -> int:
        said = self._line.recv(100)
        assert said, "the fork server has ended"
        return int(said)


def _end(wanted: int | IO[Any] | None, number: int, theirs: contextlib.ExitStack) -> tuple[IO[str] | None, int]:
    """Our end and the child's end of one of its standard streams; the child's are closed with `theirs`."""
    if wanted == subprocess.PIPE:
        read, write = os.pipe()
        ours, other = (write, read) if number == 0 else (read, write)
        theirs.callback(os.close, other)
        return os.fdopen(ours, "w" if number == 0 else "r", encoding="utf-8"), other
    if wanted == subprocess.DEVNULL:
        null = os.open(os.devnull, os.O_RDWR)
        theirs.callback(os.close, null)
        return None, null
    return None, number if wanted is None else wanted if isinstance(wanted, int) else wanted.fileno()


# --- the server's side


def serve(what: str, line: socket.socket) -> None:
    """Fork what is asked for until the line ends; a child returns from here with its program to run."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends pytest, and pytest ends us
    (_read_posdiag if what == "posdiag" else _read_simulators)()
    assert len(os.listdir("/proc/self/task")) == 1, "a module has started a thread: nothing can be forked"
    gc.collect()
    gc.freeze()
    running: dict[int, tuple[int, socket.socket]] = {}  # a descriptor of the process -> its pid and its line
    while True:
        for ready in select.select([line, *running], [], [])[0]:
            if ready is not line:
                pid, teller = running.pop(ready)
                os.close(ready)
                with teller, contextlib.suppress(OSError):  # nobody may wait for it any more
                    teller.send(str(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])).encode())
                continue
            message, descriptors, _, _ = socket.recv_fds(line, _MESSAGE, 4)
            if not message:
                return
            teller = socket.socket(fileno=descriptors.pop())
            pid = os.fork()
            if pid == 0:
                for descriptor, (_, other) in running.items():
                    os.close(descriptor)
                    other.close()
                line.close()
                teller.close()
                _become(json.loads(message), descriptors)
            for descriptor in descriptors:
                os.close(descriptor)
            teller.send(str(pid).encode())
            running[os.pidfd_open(pid)] = pid, teller


def _become(request: Mapping[str, Any], descriptors: Sequence[int]) -> NoReturn:
    """Be the process that was asked for, as Python is after its start, and run its program."""
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
    for descriptor in set(descriptors):
        os.close(descriptor)
    if request["session"]:
        os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if request["beside"]:
        _enter(request["beside"])
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    sys.argv[:] = request["words"]
    sys.stdin = sys.__stdin__ = _stream(sys.stdin, 0)
    sys.stdout = sys.__stdout__ = _stream(sys.stdout, 1, line_buffering=os.isatty(1))
    sys.stderr = sys.__stderr__ = _stream(sys.stderr, 2, line_buffering=True)
    sys.exit(importlib.import_module(request["module"]).main())


def _enter(pid: int) -> None:
    """Join the network and the mounts of a process, as nsenter(1) does; its user namespace where that is another."""
    process = os.pidfd_open(pid)
    own, other = os.stat("/proc/self/ns/user"), os.stat(f"/proc/{pid}/ns/user")
    spaces = _NEWNET | _NEWNS | (0 if own.st_ino == other.st_ino else _NEWUSER)
    if ctypes.CDLL(None, use_errno=True).setns(process, spaces):
        raise OSError(ctypes.get_errno(), "setns")
    os.close(process)


def _stream(like: Any, number: int, *, line_buffering: bool = False) -> io.TextIOWrapper:
    """A new standard stream, encoded as the one that Python made."""
    raw = open(number, "wb" if number else "rb", closefd=False)  # noqa: SIM115 -- it lives as long as the process
    return io.TextIOWrapper(raw, encoding=like.encoding, errors=like.errors, line_buffering=line_buffering)


def _read_posdiag() -> None:
    """Read all modules of ours but the simulators, and those of others that are read late."""
    for name in ("diag", "drivers"):
        package = importlib.import_module(name)
        for module in pkgutil.walk_packages(package.__path__, f"{name}.", onerror=lambda _: None):
            if not module.name.startswith(("diag.sim", "diag.suite")) and not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    for name in _LATE:
        importlib.import_module(name)


def _read_simulators() -> None:
    package = importlib.import_module("diag.sim")
    for module in pkgutil.iter_modules(package.__path__):
        if module.ispkg:
            importlib.import_module(f"diag.sim.{module.name}.__main__")


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[2])) as client:
        serve(sys.argv[1], client)
