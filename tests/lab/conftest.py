"""The virtual hardware lab: real kernel drivers, USB, udev and pcscd in a small machine."""

from __future__ import annotations

import compileall
import os
import py_compile
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.forkserver import ROOT

_BROKE_DOWN = 125  # the emulator itself ended without a result, which says nothing about what ran in it
_BREAKDOWNS = 3
LAB = Path(os.environ.get("POSDIAG_LAB") or ROOT.parent / "shared" / "lab")

#: run a shell script in the guest, in /project: devices, script, options of vm-run -> what it printed
Guest = Callable[..., str]

# In the guest, which ends with the test: `p` runs posdiag, keeps its record, and shows a defect of posdiag; `causes`
# prints the fault codes; `start_mm` starts ModemManager and waits for its first modem.
PRELUDE = """
set -u
export PYTHONPATH=/project HOME=/tmp LANG=C.UTF-8
p() {
  python -m diag.cli "$@" --json > /tmp/record 2> /tmp/errors
  status=$?
  echo "exit $status"
  grep -h Traceback /tmp/errors /tmp/record
  [ $status = 70 ] && grep -h -A3 -E 'defect|"errored"' /tmp/errors /tmp/record
}
causes() {  # a second Python would take its time here
  echo "causes" $(sed -n '/^ "diagnosis"/,/^  "open"/p' /tmp/record | sed -n 's/^    "fault": "\\(.*\\)",*$/\\1/p')
}
start_mm() {
  cp -a /project/mm/. / && ldconfig && mkdir -p /run/dbus
  for name in messagebus:101 polkitd:102; do
    echo "${name%:*}:x:${name#*:}:${name#*:}::/:/usr/sbin/nologin" >> /etc/passwd
    echo "${name%:*}:x:${name#*:}:" >> /etc/group
  done
  dbus-daemon --system --fork
  /usr/lib/polkit-1/polkitd --no-debug > /dev/null 2>&1 &
  udevadm control --reload; udevadm trigger; udevadm settle
  ModemManager > /dev/null 2>&1 &
  wait_for_modem
}
wait_for_modem() {
  for _ in $(seq 60); do mmcli -L 2> /dev/null | grep -q Modem/ && return; sleep 0.5; done
}
"""


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages as the guest sees them: without .git and caches."""
    if not (LAB / "vm-run").exists():
        pytest.skip(f"the virtual hardware lab is not here ({LAB}); POSDIAG_LAB names it")
    cache = Path(os.environ.get("LAB_CACHE", "/tmp/lab-cache"))  # the lab's own default
    if not shutil.which("qemu-system-x86_64") or not cache.exists():
        pytest.skip(f"the lab is not built: see {LAB}/README.md")
    folder = tmp_path_factory.mktemp("project")
    for name in ("diag", "drivers", "profiles", "udev", "pyproject.toml"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder)
    # the guest's Python is slow at compiling; its bytecode is ours where the minor version is the same
    compileall.compile_dir(folder, quiet=1, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    return folder


#: what ModemManager needs that the guest has not; taken from Debian, unpacked into the project's copy
_MODEM_MANAGER = (
    "modemmanager", "libmm-glib0", "libmbim-glib4", "libmbim-proxy", "libqmi-glib5", "libqmi-proxy", "libqrtr-glib0",
    "libgudev-1.0-0", "libglib2.0-0", "libpolkit-gobject-1-0", "libpolkit-agent-1-0", "polkitd", "libduktape207",
    "dbus", "dbus-bin", "dbus-daemon", "dbus-system-bus-common", "libdbus-1-3", "libapparmor1", "libexpat1", "libffi8",
    "libpcre2-8-0", "libaudit1", "libcap-ng0",
)  # fmt: skip


@pytest.fixture
def modem_manager(project: Path, tmp_path: Path) -> Iterator[None]:
    """Debian's ModemManager with its bus, in /project/mm of this test's guest; `start_mm` of the prelude starts it."""
    if not os.environ.get("POSDIAG_LAB_LONG"):
        pytest.skip("unpacks and starts Debian's ModemManager, which takes minutes; POSDIAG_LAB_LONG=1 runs it")
    packages, tree = tmp_path / "packages", project / "mm"
    packages.mkdir()
    done = subprocess.run(
        ["apt-get", "download", "-q", *_MODEM_MANAGER], cwd=packages, capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("Debian's packages of ModemManager cannot be had here")
    for package in packages.iterdir():
        subprocess.run(["dpkg", "-x", package, tree], check=True)
    for folder in ("lib", "bin", "sbin"):  # links to /usr in the guest
        if (tree / folder).exists():
            shutil.copytree(tree / folder, tree / "usr" / folder, dirs_exist_ok=True, symlinks=True)
            shutil.rmtree(tree / folder)
    for folder in ("doc", "man", "locale"):
        shutil.rmtree(tree / "usr/share" / folder, ignore_errors=True)
    yield
    shutil.rmtree(tree)


@pytest.fixture
def guest(project: Path, tmp_path: Path) -> Guest:
    """Boot, run, give what was printed."""

    def run(devices: str, script: str, *options: str) -> str:
        words = [str(LAB / "vm-run"), "--timeout", "500", *options]
        if devices:
            words += ["--usb", devices]
        for _ in range(_BREAKDOWNS):
            done = subprocess.run(
                [*words, str(project), "--", "sh", "-c", PRELUDE + script], capture_output=True, text=True, check=False
            )
            if done.returncode != _BROKE_DOWN:
                break
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Traceback" not in done.stdout
        return done.stdout

    return run


def answers(output: str) -> dict[str, list[str]]:
    """Label -> the lines printed after `== label`."""
    found: dict[str, list[str]] = {}
    label = ""
    for line in output.splitlines():
        if line.startswith("== "):
            label = line[3:]
            found[label] = []
        elif label:
            found[label].append(line)
    return found
