"""Modems through ModemManager: its own tool against a ModemManager of ours, for what a real one cannot be made to show.

(`tests/lab/test_lab_modems.py` has the real one.)
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from drivers.modem.pure import managed
from tests.conftest import Command, Done
from tests.managed_modems import bearer, modem
from tests.managers import ICCID, IMEI, IMSI, OWN, Manager, mmcli_environment, started


@pytest.fixture(scope="session")
def mmcli(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return mmcli_environment(tmp_path_factory)


@pytest.fixture
def manager(tmp_path: Path, posdiag: Command, mmcli: dict[str, str]) -> Iterator[Manager]:
    yield from started(tmp_path, posdiag, mmcli)


_NO_SIM = {"state": "failed", "sim": False, "bearers": []}
_LOCKED = {"state": "locked", "bearers": []}
_SEARCHING = {"state": "searching", "registration": "searching", "bearers": []}
_UNCONNECTED = {"state": "registered", "bearers": [bearer(connected=False)]}
# what is wrong -> the modem's words, settings, the code
FAULTY: dict[str, tuple[dict[str, Any], tuple[str, ...], str]] = {
    "no SIM": ({**_NO_SIM, "reason": "sim-missing"}, (), "MDM-SIM-ABSENT"),
    "an eSIM without a profile": ({**_NO_SIM, "reason": "esim-without-profiles"}, (), "MDM-SIM-ABSENT"),
    "a SIM that fails": ({**_NO_SIM, "reason": "sim-error"}, (), "MDM-SIM-FAILURE"),
    "a PIN": ({**_LOCKED, "lock": "sim-pin", "tries": {"sim-pin": 2, "sim-puk": 10}}, (), "MDM-SIM-PIN"),
    "a PUK": ({**_LOCKED, "lock": "sim-puk", "tries": {"sim-puk": 9}}, (), "MDM-SIM-PUK"),
    "a lock to a network": ({**_LOCKED, "lock": "ph-net-pin"}, (), "MDM-SIM-LOCK"),
    "disabled": ({"state": "disabled", "power": "low", "registration": "idle", "bearers": []}, (), "MDM-RADIO-OFF"),
    "denied": ({"state": "enabled", "registration": "denied", "bearers": []}, (), "MDM-DENIED"),
    "searching, and no network": ({**_SEARCHING, "quality": 0}, (), "MDM-SIGNAL-NONE"),
    "searching, with 2G only": ({**_SEARCHING, "modes": ["2g"]}, (), "MDM-RESTRICTED"),
    "detached, and no connection comes about": (
        {"state": "registered", "attached": False, "bearers": [bearer(connected=False, error="Core.Failed")]},
        (),
        "MDM-DETACHED",
    ),
    "short messages only": ({"registration": "home-sms-only", "bearers": []}, (), "MDM-DETACHED"),
    "weak in dBm": ({"lte": -119.0}, (), "MDM-SIGNAL-WEAK"),
    "weak in percent": ({"quality": 6}, (), "MDM-SIGNAL-WEAK"),
    "no address": ({"bearers": [bearer(address="")]}, (), "MDM-NO-DATA"),
    "no address by DHCP": ({"bearers": [bearer(address="", method="dhcp")]}, (), "MDM-NO-DATA"),
    "another access point": ({}, ("apn=other",), "MDM-APN"),
    "an access point that is refused": (
        {"state": "registered", "bearers": [bearer(connected=False, error="MobileEquipment.MissingOrUnknownApn")]},
        (),
        "MDM-APN",
    ),
}


@pytest.mark.parametrize("case", FAULTY)
def test_a_fault_in_its_view(manager: Manager, case: str) -> None:
    words, settings, code = FAULTY[case]
    manager.have(modem(**words))
    done = manager.run(*settings)
    assert (done.status, done.causes[:1]) == (1, [code]), done.out


HEALTHY: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "connected": ({"lte": -92.0}, ("apn=cmnet", "model=EC25")),
    "nobody has asked for a connection": ({"state": "registered", "bearers": []}, ()),
    "called detached, and nobody has asked": ({"state": "registered", "attached": False, "bearers": []}, ()),
    "roaming": ({"registration": "roaming"}, ()),
    "not connected any more": (_UNCONNECTED, ()),
    "the second PIN": ({"lock": "sim-pin2", "tries": {"sim-pin2": 3}}, ()),
    "an old signal": ({"quality": 0, "recent": False}, ()),
    "half of the signal": ({"quality": 35}, ()),
    "2G only, which will do": ({"modes": ["2g"]}, ()),
    "held up by a call": ({"bearers": [bearer(address="", suspended=True)]}, ()),
    "the operator's part in its access point": (
        {"bearers": [bearer(apn="CMNET.mnc000.mcc460.gprs")]},
        ("apn=cmnet",),
    ),
}


@pytest.mark.parametrize("case", HEALTHY)
def test_a_healthy_twin(manager: Manager, case: str) -> None:
    words, settings = HEALTHY[case]
    manager.have(modem(**words))
    done = manager.run(*settings)
    assert (done.status, done.causes) == (0, []), done.out


def test_a_connection_that_may_not_roam_is_said(manager: Manager) -> None:
    manager.have(modem(state="registered", registration="roaming", bearers=[bearer(connected=False, roaming=False)]))
    done = manager.run()
    assert (done.status, done.causes) == (3, [])
    assert "allow-roaming=yes" in done.out


def test_another_model(manager: Manager) -> None:
    assert manager.run("model=BG96").causes == ["MDM-OTHER-MODEL"]


def test_by_its_number_beside_another(manager: Manager) -> None:
    manager.have(modem(index=3, imei="356938035643809", state="failed", reason="sim-missing"), modem(index=7))
    done = manager.run(at=f"mm:{IMEI}")
    assert (done.status, done.component("modem")["identity"]["imei"]) == (0, IMEI)
    other = manager.run(at="mm:0")
    assert (other.status, other.causes) == (1, ["MDM-PORT"])
    assert "3 (QUALCOMM INCORPORATED EC25), 7 (" in other.out


def test_a_modem_that_failed_before_its_number_was_known(manager: Manager) -> None:
    """ModemManager 1.20 with a modem without a card; beside a second nameless one nothing is guessed."""
    nameless = modem(index=1, imei="", state="failed", reason="sim-missing", sim=False, bearers=[])
    manager.have(nameless)
    assert manager.run(at=f"mm:{IMEI}").causes[:1] == ["MDM-SIM-ABSENT"]
    manager.have(nameless, modem(index=2, imei=""))
    assert manager.run(at=f"mm:{IMEI}").causes == ["MDM-PORT"]


def test_no_modem_at_all(manager: Manager) -> None:
    manager.have()
    done = manager.run()
    assert (done.status, done.causes[:1]) == (1, ["MDM-ABSENT"])


def test_a_modem_that_starts_is_waited_for(manager: Manager) -> None:
    manager.have(modem(state="initializing", sim=False))
    waiting = manager.run()
    assert (waiting.status, waiting.causes) == (3, [])
    assert "initializing" in waiting.out


def test_no_modem_manager(manager: Manager) -> None:
    manager.end()
    done = manager.run()
    assert (done.status, done.causes) == (3, ["HOST-SERVICE"])


@pytest.mark.parametrize("case", ["healthy", "locked", "the subscriber's number in place of the module's"])
def test_what_identifies_a_subscriber_is_written_nowhere(manager: Manager, tmp_path: Path, case: str) -> None:
    words = {"healthy": {}, "locked": {"state": "locked", "lock": "sim-pin"}}.get(case, {"imei": IMSI})
    manager.have(modem(**words))
    trace = tmp_path / "cwd/trace"
    done = manager.run(words=("--trace", str(trace)))
    written = [
        path.read_text(errors="replace") for path in tmp_path.rglob("*") if path.is_file() and path.name != "modems"
    ]
    text = "\n".join([done.out, done.err, *written])
    assert "trace" in "".join(str(path.name) for path in tmp_path.rglob("trace"))
    assert [secret for secret in (IMSI, IMSI[:14], ICCID, OWN) if secret in text] == []
    assert f"…{IMSI[-4:]}" in text


def test_a_trace_is_replayed_without_modem_manager(manager: Manager, tmp_path: Path) -> None:
    manager.have(modem(state="locked", lock="sim-pin", tries={"sim-pin": 1}))
    trace = tmp_path / "cwd/trace"
    manager.run(words=("--trace", str(trace)))
    manager.end()
    done = manager.run("modem_manager=ask", at=f"trace:{trace}")
    assert (done.status, done.causes) == (1, ["MDM-SIM-PIN"])
    assert "1 try left" in done.out


def test_a_telephone_line_is_not_modem_managers(manager: Manager) -> None:
    assert manager.run("technology=dialup").status == 78


PERSON = "modem.go_outdoors=done\nmodem.other_sim=done\n"
_DENIED = {"state": "enabled", "registration": "denied", "bearers": []}
_READY = {"index": 1, "sim_id": "89860098765432109876"}
# the modem before, the modem with another SIM card -> the step's finding
OTHER_SIMS: dict[str, tuple[dict[str, Any], dict[str, Any], list[str]]] = {
    "absent, and another is read": ({**_NO_SIM, "reason": "sim-missing", "imei": ""}, _READY, ["MDM-SIM-ABSENT"]),
    "fails, and another too": (
        {**_NO_SIM, "reason": "sim-error"},
        {**_NO_SIM, "reason": "sim-error", "index": 1},
        ["MDM-FAULT"],
    ),
    "denied, and another is let in": (_DENIED, _READY, ["MDM-DENIED"]),
    "denied, and another too": (_DENIED, {**_DENIED, **_READY}, []),
    "denied, and the same card again": (_DENIED, {"index": 1}, []),
}


def with_a_person(manager: Manager, tmp_path: Path) -> Done:
    (tmp_path / "answers").write_text(PERSON)
    return manager.run(words=("--level", "interactive", "--answers", str(tmp_path / "answers")))


@pytest.mark.parametrize("case", OTHER_SIMS)
def test_another_sim_card(manager: Manager, tmp_path: Path, case: str) -> None:
    before, after, found = OTHER_SIMS[case]
    manager.have(modem(**before))
    restarted = {**_DENIED, "index": 1} if before is _DENIED else after  # a restart comes first, and mends no refusal
    manager.have_after("Reset", modem(**restarted), modem(**{**after, "index": 2}))
    done = with_a_person(manager, tmp_path)
    assert [one["fault"] for one in done.check("modem", "managed_other_sim")["findings"]] == found


def test_a_modem_that_cannot_be_reset(manager: Manager, tmp_path: Path) -> None:
    """ModemManager has not read the other card: nothing is said of card and module."""
    manager.have(modem(**_NO_SIM, reason="sim-missing"))
    done = with_a_person(manager, tmp_path)
    assert done.check("modem", "managed_other_sim")["outcome"] == "not-answered"
    assert done.causes == ["MDM-SIM-ABSENT"]


@pytest.mark.parametrize("weak", [{"quality": 6}, {"lte": -119.0}])
def test_a_signal_that_stays_weak_outdoors(manager: Manager, tmp_path: Path, weak: dict[str, Any]) -> None:
    manager.have(modem(**weak))
    done = with_a_person(manager, tmp_path)
    assert [one["fault"] for one in done.check("modem", "managed_outdoors")["findings"]] == ["MDM-ANTENNA"]


@pytest.mark.parametrize(("weak", "strong"), [({"quality": 6}, {"quality": 60}), ({"lte": -119.0}, {"lte": -95.0})])
def test_a_signal_that_grows_outdoors(
    manager: Manager, tmp_path: Path, weak: dict[str, Any], strong: dict[str, Any]
) -> None:
    """ModemManager tells the new level a moment after the person has gone out."""
    manager.have(modem(**weak))
    trace = tmp_path / "cwd/trace"
    threading.Thread(target=_once_outdoors, args=(trace, lambda: manager.have(modem(**strong))), daemon=True).start()
    (tmp_path / "answers").write_text(PERSON)
    words = ("--level", "interactive", "--answers", str(tmp_path / "answers"), "--trace", str(trace))
    done = manager.run("search_s=8", words=words)
    assert done.check("modem", "managed_outdoors")["findings"] == []
    assert "MDM-ANTENNA" not in done.causes


def _once_outdoors(trace: Path, do: Callable[[], None]) -> None:
    while not (trace.exists() and "go_outdoors" in trace.read_text()):
        time.sleep(0.02)
    do()


def test_percentages() -> None:
    """ModemManager counts from RSSI -113 dBm to -51 dBm, and for LTE also from RSRP -110 dBm to -60 dBm."""
    old, new = managed.View({"access-technologies": ["umts"]}), managed.View({"access-technologies": ["lte"]})
    assert (old.weak_percent(-95), new.weak_percent(-95)) == (29.0, 10.0)
