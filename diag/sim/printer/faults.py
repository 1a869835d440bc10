"""The faults that a printer with given settings can show, and the level of the checks that see them."""

from __future__ import annotations

import json
from collections.abc import Mapping

from diag.sim.printer import escpos, star

INTERNAL, EXTERNAL, INTERACTIVE = "internal", "external", "interactive"


def able(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the codes of the faults, each with its level."""
    shown = {**_seen(settings), **({} if settings.get("answers") == "none" else _told(settings))}
    fitted = {
        "PRN-PAPER-NEAR-END": settings.get("near_end_sensor", "True") == "True",
        "PRN-CUTTER": settings.get("cutter", "True") == "True",
        "PRN-CUTTER-WORN": settings.get("cutter", "True") == "True",
    }
    return {code: level for code, level in shown.items() if fitted.get(code, True)}


def _seen(settings: Mapping[str, str]) -> dict[str, str]:
    """Return what is seen without any answer: on the port, and on the paper."""
    missing = "PRN-PIN-MISSING" if settings.get("technology") == "impact" else "PRN-DOTS-MISSING"
    pages = ("PRN-PRINT-BLANK", "PRN-PRINT-FAINT", missing)
    return {"PRN-ABSENT": INTERNAL, **dict.fromkeys(pages, INTERACTIVE)}


def _told(settings: Mapping[str, str]) -> dict[str, str]:
    """Return what is seen of a printer that answers."""
    language = star if settings.get("dialect") == "star" else escpos
    thermal = settings.get("technology") != "impact"
    swaps = ("PRN-PAPER-BAD", "PRN-HEAD-DEAD") if thermal else ("PRN-RIBBON",)
    worn = {"head": "PRN-HEAD-WORN", "cuts": "PRN-CUTTER-WORN"}
    counters = json.loads(settings.get("counters", "[]"))
    shown = {
        **dict.fromkeys(("PRN-PAPER-JAM", "PRN-CABLE", *swaps), INTERACTIVE),
        **({"PRN-SUPPLY-LOW": INTERACTIVE} if settings.get("battery") == "True" else {}),
        **({"PRN-DRAWER": EXTERNAL} if settings.get("drawer", "none") != "none" else {}),
        **dict.fromkeys(("PRN-MUTE", "PRN-GARBLED"), INTERNAL),
        **{code: INTERNAL for counter, code in worn.items() if counter in counters},
    }
    for name in language.told(settings):
        shown[f"PRN-{name}"] = EXTERNAL if name in _UNDER_LOAD else INTERNAL
    return shown


#: faults that break in while the printer prints
_UNDER_LOAD = ("PAPER-JAM", "SUPPLY-LOW", "SUPPLY-HIGH")
