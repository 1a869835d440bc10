"""The network over a modem: what is wrong with the modem is the one cause, and not the adapter that is not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from diag.bench import detect_part, detect_route
from diag.bench.detect import Listed
from diag.bench.detect_part import Attached
from diag.contract.links import networks
from tests.conftest import Command, Simulator

_ROUTES = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n"
_DEFAULT = "{0}\t00000000\t0100A8C0\t0003\t0\t0\t{1}\t00000000\n"


@pytest.mark.parametrize("fault", ["MDM-SIM-ABSENT", "MDM-DENIED"])
def test_no_sim_explains_no_network(posdiag: Command, simulator: Simulator, tmp_path: Path, fault: str) -> None:
    modem = simulator("modem", "--fault", fault)
    terminal = tmp_path / "terminal.yaml"
    terminal.write_text(
        f"""\
schema: 1
name: {{en: "Terminal"}}
components:
  modem: {{inherits: generic/cellular-modem, at: "{modem.at}", search_s: 1, sim_s: 1}}
  network: {{driver: network, interface: wwan9, needs: [modem]}}
"""
    )
    done = posdiag("run", str(terminal), "--json")
    diagnosis = done.record["diagnosis"]
    assert [cause["fault"] for cause in diagnosis["causes"]] == [fault]
    assert "NET-ADAPTER" in diagnosis["causes"][0]["explains"]
    assert not [cause for cause in diagnosis["open"] if cause["fault"].startswith("NET-")]


def _modem(place: str) -> Listed:
    return Listed(Attached("modem", "EC25", place=place), (), ())


@pytest.mark.parametrize(
    ("routes", "linked", "carries"),
    [
        (_DEFAULT.format("wwan0", 0), "", True),
        (_DEFAULT.format("eth0", 0), "", False),
        (_DEFAULT.format("eth0", 0) + _DEFAULT.format("wwan0", 700), "", False),
        (_DEFAULT.format("ppp0", 0), "", True),
        ("", "", True),
        ("", "eth0", False),
    ],
)
def test_which_part_carries_the_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, routes: str, linked: str, carries: bool
) -> None:
    (tmp_path / "routes").write_text(_ROUTES + routes)
    monkeypatch.setattr(networks, "ROUTES", tmp_path / "routes")
    monkeypatch.setattr(detect_part, "SYSFS", tmp_path)
    for name, device in (("eth0", "pci/card"), ("wwan0", "usb/1-1/1-1:1.4")):
        (tmp_path / device).mkdir(parents=True)
        (tmp_path / "class/net" / name).mkdir(parents=True)
        (tmp_path / "class/net" / name / "device").symlink_to(tmp_path / device)
        (tmp_path / "class/net" / name / "carrier").write_text("1" if name == linked else "0")
    (tmp_path / "usb/1-1/idVendor").write_text("2c7c")
    modem = _modem("1-1")
    assert (detect_route.modem_of_the_network([modem]) is modem) == carries
