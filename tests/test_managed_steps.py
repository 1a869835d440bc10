"""Steps and watching in ModemManager's view: a scan, a reset, switching off and on; what comes and goes meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Command, Done
from tests.managed_modems import bearer, heard, modem
from tests.managers import Manager, mmcli_environment, started


@pytest.fixture(scope="session")
def mmcli(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return mmcli_environment(tmp_path_factory)


@pytest.fixture
def manager(tmp_path: Path, posdiag: Command, mmcli: dict[str, str]) -> Iterator[Manager]:
    yield from started(tmp_path, posdiag, mmcli)


EXTERNAL = ("--level", "external")
_DENIED: dict[str, Any] = {"state": "enabled", "registration": "denied", "bearers": []}
_SEARCHING: dict[str, Any] = {"state": "searching", "registration": "searching", "bearers": []}
_NO_SIM: dict[str, Any] = {"state": "failed", "reason": "sim-missing", "sim": False, "imei": "", "bearers": []}
_REGISTERED: dict[str, Any] = {"state": "registered", "bearers": [bearer(connected=False)]}
_OWN, _OTHER = "CHINA MOBILE", (3, "46001", "CHN-UNICOM")
#: what a scan hears -> the fault that the scan finds
SCANS: dict[str, tuple[list[tuple[int, str, str]], str]] = {
    "its own, forbidden": ([(3, "46000", _OWN), _OTHER], "MDM-DENIED"),
    "others only": ([_OTHER], "MDM-COVERAGE"),
    "its own, open": ([(1, "46000", _OWN), _OTHER], ""),
    "another, with a comma in its name": ([(1, "46011", "CHN, CT")], "MDM-COVERAGE"),
}


def findings(done: Done, check: str) -> list[str]:
    return [one["fault"] for one in done.check("modem", check)["findings"]]


@pytest.mark.parametrize("case", SCANS)
def test_a_scan_for_networks(manager: Manager, case: str) -> None:
    networks, fault = SCANS[case]
    manager.have(modem(**_SEARCHING))
    manager.hear(heard(*networks))
    done = manager.run(words=EXTERNAL)
    assert findings(done, "managed_networks") == [fault] * bool(fault)
    told = {one["name"]: one["value"] for one in done.check("modem", "managed_networks")["measurements"]}
    assert told["networks_heard"] == len(networks)
    assert all(name in str(told["networks"]) for _, _, name in networks)


@pytest.mark.parametrize("hears", [[], None], ids=["none is heard", "cannot scan"])
def test_a_scan_without_a_network(manager: Manager, hears: list[dict[str, Any]] | None) -> None:
    """mmcli has an error for both."""
    manager.have(modem(**_SEARCHING))
    if hears is not None:
        manager.hear(hears)
    done = manager.run(words=EXTERNAL)
    assert done.check("modem", "managed_networks")["outcome"] == "not-answered"
    assert "MDM-COVERAGE" not in done.causes[:1]


def test_a_registered_modem_is_not_made_to_scan(manager: Manager) -> None:
    manager.have(modem())
    manager.hear(heard(_OTHER))
    done = manager.run(words=EXTERNAL)
    assert (done.status, done.causes) == (0, [])


#: what is wrong before, the modem after its reset -> what the reset finds
RESETS: dict[str, tuple[dict[str, Any], dict[str, Any], list[str]]] = {
    "no card, and the same card is read": (_NO_SIM, {"state": "disabled", "bearers": []}, ["MDM-HUNG"]),
    "no card, and none after it": (_NO_SIM, _NO_SIM, []),
    "searching, and registered": (_SEARCHING, _REGISTERED, ["MDM-HUNG"]),
    "searching, and still": (_SEARCHING, _SEARCHING, []),
}


@pytest.mark.parametrize("case", RESETS)
def test_a_reset(manager: Manager, case: str) -> None:
    before, after, found = RESETS[case]
    manager.have(modem(**before))
    manager.have_after("Reset", modem(**{**after, "index": 1}))
    done = manager.run(words=EXTERNAL)
    assert findings(done, "managed_restart") == found
    assert ("MDM-HUNG" in done.causes[:1]) is bool(found)


def test_a_modem_whose_radio_is_off_after_its_reset_is_switched_on_again(manager: Manager) -> None:
    """As ModemManager leaves it where nobody else, as NetworkManager, switches it on."""
    manager.have(modem(**_SEARCHING))
    manager.have_after("Reset", modem(index=1, state="disabled", registration="idle", power="low", bearers=[]))
    manager.have_after("Enable", modem(index=1, **_REGISTERED))
    assert findings(manager.run(words=EXTERNAL), "managed_restart") == ["MDM-HUNG"]


@pytest.mark.parametrize("after", [_REGISTERED, _SEARCHING])
def test_a_modem_that_cannot_be_reset_is_switched_off_and_on(manager: Manager, after: dict[str, Any]) -> None:
    manager.have(modem(**_SEARCHING))
    manager.have_after("Disable", modem(state="disabled", registration="idle", power="low", bearers=[]))
    manager.have_after("Enable", modem(**after))
    done = manager.run(words=EXTERNAL)
    assert findings(done, "managed_restart") == ["MDM-HUNG"] * (after is _REGISTERED)


def test_a_card_that_would_ask_for_its_pin_is_not_locked(manager: Manager) -> None:
    manager.have(modem(**_SEARCHING, locks=1))
    manager.have_after("Reset", modem(index=1, state="locked", lock="sim-pin", bearers=[]))
    done = manager.run(words=EXTERNAL)
    assert done.check("modem", "managed_restart")["outcome"] == "not-answered"
    assert not findings(done, "managed_restart")


def test_a_modem_that_can_neither_be_reset_nor_switched(manager: Manager) -> None:
    manager.have(modem(**_SEARCHING))
    done = manager.run(words=EXTERNAL)
    assert done.check("modem", "managed_restart")["outcome"] == "not-answered"


_OTHER_CARD = "89860012345678905678"
WATCH = ("--watch", "0.1")  # minutes


def watched(manager: Manager, trace: Path, *changes: dict[str, Any], first: dict[str, Any] | None = None) -> Done:
    """A modem that is another one while it is watched, one change a second; changes are made to a healthy modem."""
    manager.have(modem(**(first or {})))

    def change() -> None:
        while not (trace.exists() and len(trace.read_text().partition('"sent": "bearers"')[2].splitlines()) > 4):
            time.sleep(0.05)
        for words in changes:
            manager.have(modem(**words))
            time.sleep(1)

    threading.Thread(target=change, daemon=True).start()
    at = f"mm:{(first or {}).get('index', 0)}"
    return manager.run(at=at, words=(*WATCH, "--trace", str(trace)))


#: what happens -> the modems one after the other, and the fault
CHANGES: dict[str, tuple[list[dict[str, Any]], list[str]]] = {
    "the card goes": ([{**_NO_SIM, "index": 1}], ["MDM-SIM-LOOSE"]),
    "the card goes and comes": ([{**_NO_SIM, "index": 1}, {"index": 2}], ["MDM-SIM-LOOSE"]),
    "the network goes": ([_SEARCHING, {}], ["MDM-NETWORK-LOST"]),
    "it starts again": ([{"index": 1, "state": "initializing", "sim": False, "bearers": []}, {"index": 1}],
                        ["MDM-RESTART"]),
    "another card comes in its place": ([{"index": 1, "sim_id": _OTHER_CARD}], []),
    "the card goes and another comes": ([{**_NO_SIM, "index": 1}, {"index": 2, "sim_id": _OTHER_CARD}], []),
    "the connection ends": ([_REGISTERED, {}], []),
    "a call holds the connection up": ([{"bearers": [bearer(address="", suspended=True)]}, {}], []),
    "the signal grows weak and strong": ([{"quality": 12}, {"quality": 60}], []),
}  # fmt: skip


@pytest.mark.xdist_group("timing")
@pytest.mark.parametrize("case", CHANGES)
def test_what_watching_sees(manager: Manager, tmp_path: Path, case: str) -> None:
    changes, found = CHANGES[case]
    done = watched(manager, tmp_path / "cwd/trace", *changes)
    assert findings(done, "managed_watch") == found
    assert done.causes[:1] == found
    told = {one["name"]: one["value"] for one in done.check("modem", "managed_watch")["measurements"]}
    assert told.get("cards_changed", 0) == ("another" in case)


@pytest.mark.xdist_group("timing")
@pytest.mark.parametrize(
    ("indices", "found", "anew"),
    [((1, 2), ["MDM-SIM-LOOSE"], 2), ((1,), [], 1), ((0,), [], 0)],
    ids=["its card blinks", "found anew once", "ModemManager starts again"],
)
def test_a_modem_that_stays_plugged_in_has_not_restarted(
    manager: Manager, tmp_path: Path, indices: tuple[int, ...], found: list[str], anew: int
) -> None:
    """ModemManager finds a modem anew where a SIM card goes and comes, be that quicker than anybody looks."""
    (tmp_path / "devnum").write_text("7\n")
    device = str(tmp_path)
    first = 4 if indices == (0,) else 0
    changes = [{"index": index, "device": device} for index in indices]
    done = watched(manager, tmp_path / "cwd/trace", *changes, first={"index": first, "device": device})
    assert findings(done, "managed_watch") == found
    assert done.causes[:1] == found
    told = {one["name"]: one["value"] for one in done.check("modem", "managed_watch")["measurements"]}
    assert told.get("found_anew", 0) == anew


@pytest.mark.xdist_group("timing")
def test_a_modem_that_is_another_usb_device_has_restarted(manager: Manager, tmp_path: Path) -> None:
    devices = [tmp_path / "one", tmp_path / "two"]
    for number, device in enumerate(devices):
        device.mkdir()
        (device / "devnum").write_text(f"{number}\n")
    first = {"device": str(devices[0])}
    done = watched(manager, tmp_path / "cwd/trace", {"index": 1, "device": str(devices[1])}, first=first)
    assert findings(done, "managed_watch") == ["MDM-RESTART"]


def test_a_healthy_modem_that_is_watched(manager: Manager) -> None:
    manager.have(modem(lte=-92.0))
    done = manager.run(words=WATCH)
    assert (done.status, done.causes) == (0, [])
    told = {one["name"]: one["value"] for one in done.check("modem", "managed_watch")["measurements"]}
    assert 6 <= told["watched"] < 20
    assert told["watched_level_low"] == told["watched_level_high"] == -92
