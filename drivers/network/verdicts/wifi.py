"""Why a terminal is not in its Wi-Fi, or hardly.

A wrong password and a weak signal lose the same frames: only a good level, and two failures, make it the password.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from diag.contract.said import Said
from drivers.network.verdicts.verdict import Verdict

Row = Mapping[str, Any]
_FAINT = -70  # dBm below which a failed exchange of keys may be the level's
#: reasons (IEEE 802.11 clause 9.4.1.7) with which access points end an exchange of keys that fails
_KEY_REASONS = (2, 15)
_TWICE = 2
_RETRIES, _FAILED = 50, 2  # % of the frames sent
_ENOUGH = 50  # frames, from which shares count


def of_absence(seen: Row) -> Verdict:
    """Judge a radio that is connected to no access point."""
    level = (seen["own"] or {}).get("level")
    name = ", ".join(seen["wanted"]) or "–"
    left = () if seen["told"] else ("NET-WIFI-PASSWORD", "NET-WIFI-DENIED")
    if not seen["own"] and seen["wanted"] and seen["heard"]:  # whatever was refused before, it is not there now
        return Verdict("NET-WIFI-ABSENT", Said("wifi_not_heard", network=name, others=seen["heard"]), left)
    events = _latest(seen["events"])
    failures = _key_failures(events)
    if failures:
        return _of_keys(failures, level, name, seen)
    if refused := next((row for row in events if row["what"] in ("auth", "assoc", "connect")), None):
        return Verdict("NET-WIFI-DENIED", Said("wifi_denied", network=name, code=refused["code"]))
    if not seen["wanted"]:
        return Verdict("NET-WIFI-ABSENT", Said("wifi_unset" if seen["told"] else "wifi_unread"), left)
    if not seen["own"]:
        return Verdict("NET-WIFI-ABSENT", Said("wifi_not_heard", network=name, others=seen["heard"]))
    if level is not None and level < _FAINT - 10:
        return Verdict("NET-WIFI-WEAK", Said("wifi_faint", network=name, level=level), ("NET-WIFI-PASSWORD",))
    said = Said("wifi_not_joined", network=name, level=level if level is not None else "?")
    return Verdict("NET-WIFI-PASSWORD", said, ("NET-WIFI-DENIED", "NET-WIFI-ABSENT", "NET-WIFI-WEAK"))


def _of_keys(failures: int, level: int | None, name: str, seen: Row) -> Verdict:
    if level is not None and level < _FAINT:
        said = Said("wifi_keys_lost", network=name, level=level)
        return Verdict("NET-WIFI-WEAK", said, ("NET-WIFI-PASSWORD",))
    sure = failures >= _TWICE or seen["disabled"]
    said = Said("wifi_key_refused", network=name)
    return Verdict("NET-WIFI-PASSWORD", said, () if sure else ("NET-WIFI-WEAK", "NET-WIFI-DENIED"))


def _latest(events: list[Row]) -> list[Row]:
    """Return the last refusals of one kind: those before may belong to another setting of the terminal."""
    refusals = [row for row in events if row["what"] != "lost"]
    for place in range(len(refusals) - 1, -1, -1):
        if _is_key(refusals[place]) != _is_key(refusals[-1]):
            return refusals[place + 1 :]
    return refusals


def _key_failures(events: list[Row]) -> int:
    """Return how often the exchange of keys has failed."""
    told = max((row["code"] for row in events if row["what"] == "wrong-key"), default=0)
    return max(told, len([row for row in events if row["what"] != "wrong-key" and _is_key(row)]))


def _is_key(row: Row) -> bool:
    """Return whether an exchange of keys has failed."""
    if row["what"] in ("deauth", "disconnect"):
        return row["code"] in _KEY_REASONS
    return row["what"] in ("wrong-key", "keys")


def of_level(station: Row, limit: float) -> Said | None:
    """Return why a connection is poor: its level, or frames that get lost at a level that is not good."""
    level = station["level"]
    if level is not None and level < limit:
        return Said("wifi_level", level=level, limit=limit)
    sent = station["sent"]
    if sent < _ENOUGH or (level is not None and level >= _FAINT):
        return None
    retries, failed = 100 * station["retries"] // sent, 100 * station["failed"] // sent
    if failed > _FAILED or retries > _RETRIES:
        return Said("wifi_repeats", level=level if level is not None else "?", retries=retries, failed=failed)
    return None
