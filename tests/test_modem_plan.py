"""Which checks a modem of a profile has, and which faults each can find there."""

from __future__ import annotations

import pytest

from diag.knowledge import profile
from drivers.modem.driver import Modem

CELLULAR, DIALUP = "generic/cellular-modem", "generic/dialup-modem"


def plan(name: str, *items: str) -> dict[str, tuple[str, ...]]:
    """The checks of a profile's modem, and what each can find."""
    part = profile.load(name, [f"modem.{item}" for item in items]).components["modem"]
    return {check.name: check.finds for check in Modem.plan(part.settings)}


def test_a_modem_of_one_technology_has_no_check_of_the_other() -> None:
    assert list(plan(DIALUP, "test_number=95555")) == [
        "present", "identity", "line", "dial_tone", "call", "blind_call", "pulse_call", "outside_line", "telephone",
        "kept_running",
    ]  # fmt: skip
    assert list(plan(CELLULAR, "host=192.0.2.1")) == [
        "present", "identity", "radio", "supply", "sim", "signal", "registration", "attach", "context", "reachability",
        "restrictions", "networks", "restart", "outdoors", "other_sim", "kept_card", "kept_network", "kept_running",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("items", "missing"),
    [
        ([], {"reachability"}),
        (["host=192.0.2.1", "family=huawei"], {"reachability"}),
        (["host=192.0.2.1", "domain=cs"], {"attach", "context", "reachability"}),
        (["host=192.0.2.1", "sim=none"], {"sim", "other_sim", "kept_card"}),
    ],
)
def test_what_a_profile_does_not_ask_for_is_not_planned(items: list[str], missing: set[str]) -> None:
    assert set(plan(CELLULAR, "host=192.0.2.1")) - set(plan(CELLULAR, *items)) == missing


def test_a_dial_up_modem_without_number_or_voltmeter() -> None:
    numbered = set(plan(DIALUP, "test_number=1"))
    assert numbered - set(plan(DIALUP, "family=standard")) == {"blind_call", "call", "pulse_call", "outside_line"}
    assert plan(DIALUP, "family=standard")["line"] == ()


def test_a_fault_is_claimed_only_where_the_profile_lets_it_be_found() -> None:
    assert plan(CELLULAR)["identity"] == plan(CELLULAR, "host=192.0.2.1")["context"] == ()
    assert plan(CELLULAR, "apn=cmnet")["context"] == ("MDM-APN",)
    assert plan(CELLULAR, "model=EC25")["identity"] == ("MDM-OTHER-MODEL",)
    assert "MDM-DETACHED" not in plan(CELLULAR, "domain=cs")["other_sim"]
