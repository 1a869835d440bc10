"""Charging that software stops on purpose, and the attribute that says so.

Documentation/ABI/testing/sysfs-class-power: charge_control_start_threshold, charge_control_end_threshold,
charge_behaviour. Vendors of Android have switches of their own; the list of github.com/VR-25/acc has those in use.
"""

from __future__ import annotations

from drivers.power.pure.attributes import Attributes, number

_THRESHOLDS = (  # the last two are the older names of the first two (thinkpad_acpi)
    "charge_control_start_threshold", "charge_control_end_threshold", "charge_start_threshold", "charge_stop_threshold",
)  # fmt: skip
_ENDS = ("charge_control_end_threshold", "charge_stop_threshold")
_STARTS_BELOW_PCT = 5  # the firmware's own step down from the end (macsmc-battery; TLP's "Battery Care" page)
_STOPPING = ("inhibit-charge", "force-discharge")  # of charge_behaviour; inhibit-charge-awake among them
#: switches that stop charging at 0
_ENABLING = (
    "battery_charging_enabled", "charge_enabled", "charging_enable", "charging_enabled", "enable_charger",
    "mmi_charging_enable",
)  # fmt: skip
#: switches that stop charging at 1
_DISABLING = (
    "batt_slate_mode", "charge_disable", "charging_suspend_en", "disable_charger", "input_suspend", "op_disable_charge",
    "store_mode",
)  # fmt: skip

ATTRIBUTES = (*_THRESHOLDS, "charge_behaviour", *_ENABLING, *_DISABLING)


def held_back(attributes: Attributes, capacity: float | None) -> str:
    """Return the user's threshold that the charge has reached; "" where there is none.

    Where only the end can be set, firmware charges again some steps below it.
    """
    for name in _THRESHOLDS:
        limit = number(attributes, name)
        alone = name in _ENDS and not any(number(attributes, start) for start in _THRESHOLDS if start not in _ENDS)
        reached = None if limit is None or limit <= 0 else limit - (_STARTS_BELOW_PCT if alone and limit < 100 else 0)
        if capacity is not None and reached is not None and reached <= capacity:
            return f"{name} {limit:g}"
    return ""


def switched_off(attributes: Attributes) -> str:
    """Return the switch by which charging is switched off; "" where there is none."""
    if any(f"[{choice}" in attributes.get("charge_behaviour", "") for choice in _STOPPING):
        return f"charge_behaviour {attributes['charge_behaviour']}"
    for name in _ENABLING:
        if number(attributes, name) == 0:
            return f"{name} 0"
    for name in _DISABLING:
        value = number(attributes, name)
        if value is not None and value > 0:
            return f"{name} {value:g}"
    return ""
