"""The programs that hold a device node open, from /proc (proc(5)); other users' programs are visible to root only."""

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

_PTY_MAJORS = range(136, 144)  # Unix98 pty slaves, Documentation/admin-guide/devices.txt
_Opened = tuple[str, os.stat_result]  # number of a descriptor, and what it is open on


def holders(node: str, *, ours: bool = False, locks: bool = True) -> list[str]:
    """Return the programs that hold `node`, as "name (pid N)".

    The process that made a pty (the holder of the master of the same number) serves the device and is left out, unless
    `ours` asks for all. Without `locks` a program counts by its descriptors alone.
    """
    return holders_of([node], ours=ours, locks=locks).get(node, [])


def holders_of(nodes: Iterable[str], *, ours: bool = False, locks: bool = True) -> dict[str, list[str]]:
    """Return the programs that hold each of several nodes, as `holders`; nodes that nobody holds are left out."""
    devices = {node: status for node in nodes if (status := _character_device(node)) is not None}
    found: dict[str, list[str]] = {}
    for pid in _pids() if devices else ():
        opened = list(_descriptors(pid))
        for node, status in devices.items():
            if _holds(opened, status) and (ours or not _serves(pid, opened, status.st_rdev)):
                found.setdefault(node, []).append(named(pid))
    for node, status in devices.items() if locks else ():
        if node not in found and (pids := _locking(status)):
            found[node] = [named(pid) for pid in pids]
    return found


def _locking(node: os.stat_result) -> list[int]:
    """Return the processes with a lock on a node (flock(2)), as posdiag's own are; any user sees those of all.

    A posdiag that keeps out of core dumps (`diag/cli/memory.py`) shows its descriptors to root only. The fields of
    /proc/locks are those of proc_locks(5): number, kind, mode, access, pid, major:minor:inode, range.
    """
    place = f"{os.major(node.st_dev):02x}:{os.minor(node.st_dev):02x}:{node.st_ino}"
    try:
        lines = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    except OSError:
        return []
    fields = [line.split() for line in lines]
    pids = {int(words[4]) for words in fields if len(words) > 5 and words[1] == "FLOCK" and words[5] == place}
    return sorted(pids - {os.getpid(), 0, -1})


def _character_device(node: str) -> os.stat_result | None:
    try:
        status = os.stat(node)
    except OSError:
        return None
    return status if stat.S_ISCHR(status.st_mode) else None


def sitting_at(node: str) -> list[str]:
    """Return the programs whose controlling terminal a tty is, such as a login prompt; any user sees those of all.

    The number in /proc/PID/stat has the minor number in bits 31 to 20 and 7 to 0 (proc(5), tty_nr).
    """
    status = _character_device(node)
    if status is None:
        return []
    major, minor = os.major(status.st_rdev), os.minor(status.st_rdev)
    number = (minor & ~0xFF) << 12 | major << 8 | minor & 0xFF
    return [named(pid) for pid in _pids() if _controlling_terminal(pid) == number]


def _controlling_terminal(pid: int) -> int:
    """Return the number of a process's controlling terminal; 0 where it has none."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2]
        return int(after_name.split()[4]) & 0xFFFFFFFF
    except (OSError, ValueError, IndexError):
        return 0


def is_pty(device: int) -> bool:
    """Return whether a device number is that of a pty slave."""
    return os.major(device) in _PTY_MAJORS


def mapping(library: str) -> list[str]:
    """Return the programs, without this process, that have loaded a shared library whose path contains `library`."""
    found = []
    for pid in _pids():
        try:
            if library in Path(f"/proc/{pid}/maps").read_text(encoding="utf-8", errors="replace"):
                found.append(named(pid))
        except OSError:
            continue
    return found


def open_files() -> Iterator[tuple[int, list[str]]]:
    """Yield the pid of each other program, and what its descriptors lead to: paths, or words like socket:[NUMBER]."""
    for pid in _pids():
        links = []
        for number in _numbers(pid):
            with contextlib.suppress(OSError):
                links.append(os.readlink(f"/proc/{pid}/fd/{number}"))
        yield pid, links


def named(pid: int) -> str:
    """Return a program as "name (pid N)"."""
    return f"{_name(pid)} (pid {pid})"


def _pids() -> Iterator[int]:
    own = os.getpid()
    for entry in os.listdir("/proc"):
        if entry.isdigit() and int(entry) != own:
            yield int(entry)


def _descriptors(pid: int) -> Iterator[_Opened]:
    """Yield what a process has open; nothing where it is gone meanwhile, or another user's.

    All are looked up from their folder: paths from the root cost a third more, and there are hundreds.
    """
    with contextlib.suppress(OSError), _folder(f"/proc/{pid}/fd") as folder:
        for number in os.listdir(folder):
            with contextlib.suppress(OSError):
                yield number, os.stat(number, dir_fd=folder)


@contextlib.contextmanager
def _folder(path: str) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _numbers(pid: int) -> list[str]:
    """Return the numbers of a process's descriptors; none where it is gone meanwhile, or another user's."""
    try:
        return os.listdir(f"/proc/{pid}/fd")
    except OSError:
        return []


def _holds(opened: Iterable[_Opened], node: os.stat_result) -> bool:
    """Return whether a node is among open files; ptys of two devpts instances have the same numbers."""
    return any(
        status.st_rdev == node.st_rdev and (status.st_dev == node.st_dev or not is_pty(node.st_rdev))
        for _, status in opened
    )


def _serves(pid: int, opened: Iterable[_Opened], device: int) -> bool:
    if not is_pty(device):
        return False
    for number, status in opened:
        if status.st_rdev == os.makedev(5, 2):  # /dev/ptmx
            try:
                info = Path(f"/proc/{pid}/fdinfo/{number}").read_text(encoding="ascii")
            except OSError:
                continue
            if re.search(rf"^tty-index:\s*{os.minor(device)}$", info, re.MULTILINE):
                return True
    return False


def _name(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        text = " ".join(word.decode("utf-8", "replace") for word in words[:3])
        return " ".join(text.split())[:60] or "?"
    except OSError:
        return "?"
