"""Every printer profile: a simulated printer with its settings is healthy, and is printed on to its width."""

from __future__ import annotations

import re

import pytest

from diag.bench import simulate
from diag.contract.check import Level
from diag.knowledge import profile
from diag.suite.examine import examine, findings, keeps_the_contract, outcomes
from tests.conftest import ROOT, Simulator

PRINTERS = [
    name
    for name in profile.available()
    if not name.startswith("demo/") and list(profile.load(name).components) == ["printer"]
]
MODELS = [name for name in PRINTERS if not name.startswith("generic/")]


def test_there_are_many() -> None:
    assert len(MODELS) >= 20
    loaded = [profile.load(name).components["printer"].settings.model_dump() for name in MODELS]
    assert {one["dialect"] for one in loaded} == {"escpos", "star"}
    assert {one["technology"] for one in loaded} == {"thermal", "impact"}


@pytest.mark.parametrize("name", MODELS)
def test_sources_are_named(name: str) -> None:
    text = (ROOT / "profiles" / f"{name}.yaml").read_text(encoding="utf-8")
    comment = " ".join(line[2:] for line in text.splitlines() if line.startswith("# "))
    assert re.search(
        r"manual|specification|guide|reference|usb\.ids|escpos-printer-db|ReceiptPrinterEncoder", comment, re.IGNORECASE
    )


@pytest.mark.parametrize("name", PRINTERS)
def test_a_healthy_one(simulator: Simulator, name: str) -> None:
    part = profile.load(name).components["printer"]
    fast = ["--set", "baud=0"]  # the line's speed is no matter here
    words = [word for item in simulate._settings(part) for word in ("--set", item)]
    served = simulator("printer", *words, *fast)
    settings = {**part.settings.model_dump(), "at": served.at, "timeout_s": 5.0}
    events, _ = examine("printer", level=Level.EXTERNAL, **settings)
    keeps_the_contract("printer", events)
    assert findings(events) == set()
    got = outcomes(events)
    if settings["answers"] == "none":
        assert got["status"] == got["test_print"] == "not-answered"
    else:
        assert got["status"] == got["cover"] == got["errors"] == got["paper"] == got["test_print"] == "passed"
        assert got["head_page"] == "passed"
    printed = served.said()["printed"]
    assert "posdiag test print" in printed
    if (
        settings["technology"] == "thermal"
        and settings["image"] in ("raster", "graphic")
        and settings["answers"] != "none"
    ):
        width = -(-settings["dots"] // 8) * 8
        page = served.said()["printed"]
        assert any(line in (f"[image {width} x 64]", "[image]") for line in page)
