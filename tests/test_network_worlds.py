"""The network path in simulated worlds: which cause is named, and that healthy worlds stay healthy.

What is expected is written from what each cause looks like on a socket, in the resolver and in TLS, not from what the
driver says. Worlds are network namespaces (`diag.sim.network`); all that a session looks at run together.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from diag.bench import simulated_path
from tests import forkserver
from tests.conftest import Command, Done
from tests.forkserver import clean_environment

pytestmark = pytest.mark.xdist_group("worlds")  # one worker has them all run together

_TOGETHER = 10  # they wait more than they work
_NO_RIGHTS = " without rights"
_SILENT_S = 60.0  # what a loaded machine may take for an examination that takes 20 s

#: healthy worlds -> what may be noticed all the same
HEALTHY: dict[str, str] = {
    "plain": "",
    "tcp-only": "",
    "waits-for-us": "",
    "ping-dropped": "",
    "gateway-without-ping": "",
    "latency-300ms": "",
    "jitter": "",
    "loss-1": "",
    "six-only": "",
    "four-only": "",
    "six-announced-without-line": "IPV6",
    "private-line": "",
    "private-name": "",
    "proxy": "",
    "dns-over-tcp": "",
    "dns-without-aaaa": "DNS",
    "one-server-dead": "DNS",
    "dns-alias": "",
    "public-dns-blocked": "",
    "ntp-blocked": "",
    "web-blocked": "",
    "only-the-acquirer-allowed": "",
    "port-853": "",
    "port-443": "",
    "tls-1.2": "",
    "tls-1.3": "",
    "chain-of-four": "",
    "wildcard": "",
    "address-in-certificate": "",
    "short-packets": "",
    "two-addresses-one-dead": "HOST-DOWN HOST-ADDRESS",
    "server-greets": "",
    "server-late": "",
    "dns-truncates": "",
    "dns-knows-the-acquirer-only": "",
    "dns-dead-but-host-is-address": "DNS",
    "web-redirects": "",
    "spare-card": "",
    "interface-not-named": "",
    "server-name": "",
    "certificate-ends-soon": "TLS-CERT",
    "acquirer-in-shop": "",
    "name-in-domain": "",
    "name-with-dot-in-domain": "",
    "name-with-few-dots": "",
    "old-ciphers": "",
    "past-the-proxy": "",
    "name-with-dot": "",
    "single-address": "",
    "fixed-address": "",
    "router-by-link-local": "",
    "link-local-beside": "",
    "dns-invents-names": "DNS-HIJACK",
    "private-behind-internet": "",
    "nobody-else": "",
    "nobody-else-six": "",
    "pings-held-back": "",
}

_CLOSED = "FIREWALL HOST-DOWN HOST-PORT HOST-ADDRESS"  # refused or silent: the same from outside

#: (a second DHCP server may have given a wrong router; only a level above the lowest asks)
#: worlds -> the likeliest cause is one of these, and what is left open besides is among the others
FAULTS: dict[str, tuple[str, str]] = {
    "interface-off": ("OFF", ""),
    "cable-pulled": ("CABLE", ""),
    "cable-pulled-without-address": ("CABLE", ""),
    "interface-not-there": ("ADAPTER", ""),
    "cable-pulled-host-is-address": ("CABLE", ""),
    "cable-flaps": ("CABLE-POOR CABLE", ""),
    "cable-loses": ("CABLE-POOR LOSS", "LATENCY"),
    "no-dhcp": ("DHCP", "ROUTER"),
    "link-local": ("DHCP", "ROUTER"),
    "wrong-fixed-address": ("ADDRESS ROUTER", "DHCP-ROGUE"),
    "wrong-fixed-address-expected": ("ADDRESS", "ROUTER"),
    "wrong-gateway": ("ADDRESS ROUTER", "DHCP-ROGUE"),
    "duplicate-address": ("DUPLICATE", ""),
    "second-dhcp": ("DHCP-ROGUE", ""),
    "no-route": ("NO-ROUTE", "ADDRESS"),
    "no-route-host-is-address": ("NO-ROUTE", "ADDRESS"),
    "router-dead-host-is-address": ("ROUTER", "ADDRESS DHCP-ROGUE"),
    "uplink-silent-host-is-address": ("UPLINK", "FIREWALL DHCP-ROGUE"),
    "private-line-dead": (f"UPLINK {_CLOSED}", ""),
    "router-dead": ("ROUTER", "ADDRESS DHCP-ROGUE"),
    "router-hung": ("ROUTER UPLINK", "FIREWALL ADDRESS DHCP-ROGUE"),
    "uplink-down": ("UPLINK", "FIREWALL DHCP-ROGUE"),
    "uplink-absent": ("UPLINK", "FIREWALL DHCP-ROGUE"),
    "uplink-silent": ("UPLINK", "FIREWALL DHCP-ROGUE"),
    "portal": ("PORTAL", ""),
    "portal-with-tls": ("PORTAL", ""),
    "portal-by-name": ("PORTAL DNS-HIJACK", "DNS-WRONG"),
    "loss-20": ("LOSS", "LATENCY"),
    "loss-40": ("LOSS", "LATENCY"),
    "loss-20-dns-mute-of-acquirer": ("LOSS", ""),
    "provider-reaches-nobody": ("UPLINK", "FIREWALL DNS DHCP-ROGUE"),
    "latency-3s": ("LATENCY", ""),
    "slow": ("SLOW LATENCY", "LOSS"),
    "mtu-black-hole": ("MTU", ""),
    "mtu-black-hole-four": ("MTU", ""),
    "dns-unset": ("DNS-UNSET", ""),
    "dns-dead": ("DNS", "FIREWALL"),
    "dns-mute-of-acquirer": ("DNS", "FIREWALL"),
    "dns-closed": ("DNS", "FIREWALL"),
    "dns-refuses": ("DNS", ""),
    "dns-fails": ("DNS", ""),
    "dns-absent": ("DNS", "FIREWALL"),
    "dns-over-tcp-only": ("DNS", "FIREWALL"),
    "dns-wrong": ("DNS-WRONG", ""),
    "dns-wrong-with-search-page": ("DNS-WRONG", ""),
    "dns-hijack": ("DNS-HIJACK DNS-WRONG", ""),
    "name-not-there": ("HOST-NAME", ""),
    "firewall-drop": (_CLOSED, ""),
    "firewall-prohibits": ("FIREWALL", ""),
    "firewall-resets": (_CLOSED, ""),
    "firewall-rejects": ("FIREWALL", ""),
    "firewall-bans-the-host": (_CLOSED, ""),
    "firewall-of-terminal": (_CLOSED, ""),
    "firewall-drops-names": ("FIREWALL", "HOST-MUTE TLS-NAME"),
    "firewall-drops-tls": ("HOST-MUTE FIREWALL", ""),
    "firewall-only-web": ("FIREWALL", _CLOSED),
    "proxy-wants-password": ("PROXY", ""),
    "proxy-announced": ("PROXY", ""),
    "proxy-announced-wants-password": ("PROXY", ""),
    "proxy-forbids": ("PROXY", ""),
    "proxy-reaches-nobody": ("HOST-DOWN", f"PROXY HOST-CLOSES {_CLOSED}"),
    "proxy-dead": ("PROXY", ""),
    "proxy-mute": ("PROXY", ""),
    "host-refuses": (_CLOSED, ""),
    "host-silent": (_CLOSED, ""),
    "wrong-port": (_CLOSED, ""),
    "wrong-port-and-many-addresses": (_CLOSED, "DNS-WRONG"),
    "host-down": ("HOST-DOWN HOST-ADDRESS", "HOST-NAME"),
    "host-address-down": ("HOST-DOWN HOST-ADDRESS", ""),
    "host-mute": ("HOST-MUTE", "FIREWALL"),
    "host-closes": ("HOST-CLOSES", "FIREWALL"),
    "host-closes-without-tls": ("HOST-CLOSES", ""),
    "host-resets": ("HOST-CLOSES FIREWALL TLS-INSPECTED", ""),
    "clock-behind": ("CLOCK", ""),
    "clock-behind-without-ntp": ("CLOCK", ""),
    "clock-ahead": ("CLOCK", ""),
    "tls-expired": ("TLS-CERT", ""),
    "tls-not-yet-valid": ("TLS-CERT", ""),
    "tls-name": ("TLS-NAME", ""),
    "tls-unknown-issuer": ("TLS-ISSUER", "TLS-INSPECTED"),
    "tls-chain-short": ("TLS-CERT TLS-ISSUER", ""),
    "tls-self-signed": ("TLS-CERT TLS-ISSUER", "TLS-INSPECTED"),
    "tls-old-version": ("TLS-SETTING", ""),
    "tls-client-certificate": ("TLS-SETTING", ""),
    "tls-client-certificate-1.2": ("TLS-SETTING", ""),
    "tls-plain-text": ("TLS-SETTING HOST-PORT", ""),
    "tls-name-not-known": ("TLS-SETTING TLS-NAME", ""),
    "tls-name-not-known-host-is-address": ("TLS-SETTING TLS-NAME", ""),
    "tls-inspected": ("TLS-INSPECTED", ""),
    "six-only-but-host-is-four": ("NO-IPV4", ""),
    "six-only-name-has-no-six": ("NO-IPV4", ""),
    "four-only-but-host-is-six": ("IPV6", ""),
    "six-broken": ("IPV6", ""),
    "dns-closed-nobody-else": ("DNS", "UPLINK FIREWALL"),
    "dns-fails-nobody-else": ("DNS", "UPLINK FIREWALL"),
    "dns-unset-nobody-else": ("DNS-UNSET", ""),
    "name-not-there-nobody-else": ("HOST-NAME DNS-WRONG", ""),
    "firewall-drop-nobody-else": (_CLOSED, "UPLINK"),
    "host-down-nobody-else": ("HOST-DOWN HOST-ADDRESS", "HOST-NAME UPLINK DNS-WRONG"),
    "six-only-name-has-no-six-nobody-else": ("NO-IPV4", ""),
    "six-broken-host-is-six": ("IPV6", ""),
}

#: worlds that a user without rights may examine too
_WITHOUT_RIGHTS = (
    "plain", "ping-dropped", "private-line", "latency-300ms", "interface-off", "cable-pulled", "no-route", "dns-dead",
    "host-refuses", "mtu-black-hole", "tls-expired", "clock-behind",
)  # fmt: skip

#: worlds in which something is only seen at a level above the lowest
_WORDS = {"second-dhcp": ("--level", "external")}


@dataclass
class World:
    """A world that runs."""

    process: forkserver.Process
    said: dict[str, Any]

    def examine(self, home: Path, *words: str) -> Done:
        """Run `posdiag run generic/network …` on the terminal of this world."""
        settings = [word for key, value in self.said["set"].items() for word in ("--set", f"{key}={value}")]
        home.mkdir(exist_ok=True)
        env = {key: value for key, value in clean_environment(home).items() if not key.lower().endswith("_proxy")}
        with forkserver.command(
            ["run", "generic/network", *settings, "--json", *words], beside=self.said["terminal"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**env, **self.said["env"]}, cwd=home,
        ) as run:  # fmt: skip
            out, err = run.communicate(timeout=_SILENT_S)
        assert "Traceback" not in err, err
        assert run.returncode is not None
        return Done(run.returncode, out, err)

    def examine_without_rights(self, home: Path) -> Done:
        """Run the same with a start of Python, by a user who may open no raw socket (capabilities(7))."""
        settings = [word for key, value in self.said["set"].items() for word in ("--set", f"{key}={value}")]
        home.mkdir(exist_ok=True)
        lost = ["setpriv", "--inh-caps=-all", "--bounding-set=-all"]
        run = subprocess.run(
            [*self.said["enter"], *lost, forkserver.POSDIAG, "run", "generic/network", *settings, "--json"],
            capture_output=True, text=True, env=clean_environment(home), timeout=_SILENT_S, check=False,
        )  # fmt: skip
        assert "Traceback" not in run.stderr, run.stderr
        return Done(run.returncode, run.stdout, run.stderr)

    def end(self) -> None:
        """End the world."""
        with self.process:
            self.process.communicate("", timeout=10)


def start(name: str) -> World:
    """Build a world."""
    process = forkserver.simulator("network", name, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    return World(process, json.loads(process.stdout.readline()))


class Examinations:
    """The worlds of a session, examined together; what is missing stands in place of a result."""

    def __init__(self, names: Sequence[str], folder: Path) -> None:
        self._folder = folder
        self._pool = ThreadPoolExecutor(_TOGETHER)
        self._done: dict[str, Future[Done | str]] = {name: self._pool.submit(self._examine, name) for name in names}

    def of(self, name: str) -> Done:
        """Return what was found in a world; skip where worlds are not allowed."""
        found = self._done[name].result()
        if isinstance(found, str):
            pytest.skip(found)
        return found

    def end(self) -> None:
        """Leave out what nobody waits for."""
        self._pool.shutdown(cancel_futures=True)

    def _examine(self, name: str) -> Done | str:
        world = start(name.removesuffix(_NO_RIGHTS))
        folder = self._folder / name
        try:
            if "missing" in world.said:
                return str(world.said["missing"])
            if name.endswith(_NO_RIGHTS):
                return world.examine_without_rights(folder)
            return world.examine(folder, *_WORDS.get(name, ()))
        finally:
            world.end()


@pytest.fixture(scope="module")
def examinations(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    chosen = [
        item.callspec.params["name"]
        for item in request.session.items
        if isinstance(item, pytest.Function) and "examinations" in item.fixturenames and hasattr(item, "callspec")
    ]
    found = Examinations(list(dict.fromkeys(chosen)), tmp_path_factory.mktemp("worlds"))
    yield found
    found.end()


def _codes(text: str) -> set[str]:
    return {f"NET-{word}" for word in text.split()}


@pytest.mark.parametrize("name", HEALTHY)
def test_healthy_world(examinations: Examinations, name: str) -> None:
    _judge(examinations.of(name), name)


@pytest.mark.parametrize("name", FAULTS)
def test_cause_is_named(examinations: Examinations, name: str) -> None:
    _judge(examinations.of(name), name)


@pytest.mark.parametrize("name", [f"{name}{_NO_RIGHTS}" for name in _WITHOUT_RIGHTS])
def test_without_rights(examinations: Examinations, name: str) -> None:
    if os.geteuid() or not shutil.which("setpriv"):
        pytest.skip("needs root and setpriv, to run as a user without rights")
    _judge(examinations.of(name), name.removesuffix(_NO_RIGHTS))


def _judge(done: Done, name: str) -> None:
    told = [cause["fault"] for cause in [*done.record["diagnosis"]["causes"], *done.record["diagnosis"]["open"]]]
    if name in HEALTHY:
        assert done.status == 0, told
        assert set(told) <= _codes(HEALTHY[name])
        return
    named, others = map(_codes, FAULTS[name])
    assert told, done.status
    assert told[0] in named, told
    assert set(told) <= named | others, told


def test_every_world_is_expected_to_show_something() -> None:
    listed = subprocess.run(
        [*_python(), "--list"], capture_output=True, text=True, check=True, cwd=forkserver.ROOT
    ).stdout.split()
    assert set(listed) == {*HEALTHY, *FAULTS}


def _python() -> list[str]:
    return [str(Path(forkserver.POSDIAG).with_name("python")), "-m", "diag.sim.network"]


def test_a_path_is_not_simulated_beside_other_parts() -> None:
    process = forkserver.simulator("network", "--part", "path", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with process:
        out, _ = process.communicate("", timeout=10)
    assert "missing" in json.loads(out)


def test_nothing_stays_of_a_world_that_was_killed() -> None:
    """Neither its processes, nor with them its namespaces, nor its folder."""
    with subprocess.Popen(
        [*_python(), "plain", "--keep"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        cwd=forkserver.ROOT,
    ) as process:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        if "missing" in said:
            pytest.skip(said["missing"])
        terminal = os.pidfd_open(said["terminal"])
        folder = Path(said["set"]["network.ca"]).parent
        process.kill()
    assert select.select([terminal], [], [], 10)[0], "a process of the world still runs"
    os.close(terminal)
    _until_gone(folder)


def test_the_network_of_this_computer_is_left_alone() -> None:
    before = _links()
    world = start("plain")
    try:
        if "missing" in world.said:
            pytest.skip(world.said["missing"])
        assert _links() == before
    finally:
        world.end()
    assert _links() == before


def _links() -> list[str]:
    return sorted(os.listdir("/sys/class/net"))


def _until_gone(folder: Path) -> None:
    gone = threading.Event()
    for _ in range(100):
        if not folder.exists():
            return
        gone.wait(0.05)
    pytest.fail(f"{folder} is still there")


def test_the_worlds_of_the_demo_show_their_faults() -> None:
    """Each world is one that is judged above, and whose first cause may be the fault."""
    worlds = simulated_path.worlds()
    assert len(worlds) == 30
    for fault, name in worlds.items():
        assert fault in _codes(FAULTS[name][0])


@pytest.mark.parametrize("fault", ["NET-DNS-UNSET", "NET-PROXY"])
def test_a_path_in_the_demo(posdiag: Command, fault: str) -> None:
    done = posdiag("demo", "--fault", fault, "--json")
    if done.status == 3:
        pytest.skip(done.err)
    assert (done.status, done.causes) == (1, [fault])
    assert done.record["run"]["origin"] == "simulated"


def test_a_path_that_cannot_be_shown_here(posdiag: Command) -> None:
    """Where networks of one's own are not allowed, it is said, and nothing is examined."""
    done = posdiag("demo", "--fault", "NET-DNS-UNSET", env={"PATH": "/nowhere"})
    assert (done.status, done.out, done.err.count("\n")) == (3, "", 1)
