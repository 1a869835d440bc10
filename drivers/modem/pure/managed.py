"""What ModemManager tells of a modem (`mmcli -J`): what of that may leave the link, and what it means.

States and words: MMModemState, MMModemStateFailedReason, MMModemLock, MMModem3gppRegistrationState and others of
ModemManager's D-Bus interface, which mmcli prints as they are named there. mmcli prints `--` for what is not known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from drivers.modem.pure import shapes
from drivers.modem.pure.answers import Heard, Registration, Signal, Sim

#: what goes on to the checks; the subscriber's numbers, own numbers and passwords do not
_GENERIC = (
    "manufacturer", "model", "revision", "equipment-identifier", "state", "state-failed-reason", "power-state",
    "unlock-required", "unlock-retries", "signal-quality", "access-technologies", "current-modes", "supported-modes",
    "sim", "bearers", "ports", "device",
)  # fmt: skip
_NETWORK = (
    "imei", "registration-state", "operator-name", "packet-service-state", "network-rejection-error", "enabled-locks",
)  # fmt: skip
_STATES = {
    "idle": "off", "home": "home", "searching": "searching", "denied": "denied", "unknown": "unknown",
    "roaming": "roaming", "home-sms-only": "home-sms", "roaming-sms-only": "roaming-sms", "emergency-only": "emergency",
    "home-csfb-not-preferred": "home", "roaming-csfb-not-preferred": "roaming", "attached-rlos": "emergency",
}  # fmt: skip
_FAILED = {"sim-missing": Sim.ABSENT, "sim-error": Sim.FAILED, "esim-without-profiles": Sim.ABSENT}
_LOCKS = {"sim-pin": Sim.PIN, "sim-puk": Sim.PUK}
#: the technology of a signal -> the value that tells most, and what it is called
_LEVELS = (("5g", "rsrp", "SS-RSRP"), ("lte", "rsrp", "RSRP"), ("umts", "rscp", "RSCP"), ("umts", "rssi", "RSSI"),
           ("gsm", "rssi", "RSSI"))  # fmt: skip
#: errors of a connection that name the access point or the plan (3GPP TS 24.008 clause 10.5.6.6: 27 to 33)
_ACCESS_POINT = re.compile(
    r"apn|not-?subscribed|authentication|operator-?determined|access-?point|option-?not", re.IGNORECASE
)
_NEWER = ("lte", "5gnr", "nr5g", "lte-nb", "lte-cat-m")
_WEAK_NEWER = (
    10.0  # %: RSRP -105 dBm where ModemManager counts from RSRP (-110 to -60), RSSI -107 where it counts from that
)


def known(value: object) -> str:
    """Return a value in words; empty where ModemManager does not know the value."""
    return "" if not isinstance(value, str) or value == "--" else value


def kept_of_modem(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of `mmcli -m` may leave the link; empty where there is no modem in the answer."""
    modem = answer.get("modem") or {}
    generic, network = modem.get("generic") or {}, modem.get("3gpp") or {}
    eps = ((network.get("eps") or {}).get("initial-bearer") or {}).get("settings") or {}
    kept = {name: generic[name] for name in _GENERIC if name in generic}
    kept |= {name: network[name] for name in _NETWORK if name in network}
    return {**kept, "initial-apn": known(eps.get("apn"))} if kept else {}


def kept_of_sim(answer: Mapping[str, Any]) -> dict[str, str]:
    """Return what of `mmcli -i` may leave the link: the last four digits of both numbers, and the card's network."""
    told = (answer.get("sim") or {}).get("properties") or {}
    imsi, iccid = known(told.get("imsi")), known(told.get("iccid"))
    return {"imsi": imsi[-4:], "iccid": iccid[-4:], "home": imsi[:6], "active": known(told.get("active"))}


def kept_of_bearer(answer: Mapping[str, Any]) -> dict[str, str]:
    """Return what of `mmcli -b` may leave the link; an error's name, and no text of the network's."""
    told = answer.get("bearer") or {}
    status, asked = told.get("status") or {}, told.get("properties") or {}
    kept = {name: known(status.get(name)) for name in ("connected", "suspended", "interface")}
    kept["error"] = known((status.get("connection-error") or {}).get("name")).rpartition(".")[2]
    kept |= {"apn": known(asked.get("apn")), "roaming": known(asked.get("roaming"))}
    for family in ("ipv4", "ipv6"):
        config = told.get(f"{family}-config") or {}
        kept |= {f"{family}-{name}": known(config.get(name)) for name in ("method", "address")}
    return kept


def kept_of_levels(answer: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Return the levels of `mmcli --signal-get`."""
    told = (answer.get("modem") or {}).get("signal") or {}
    return {name: {key: known(value) for key, value in (told.get(name) or {}).items()} for name, _, _ in _LEVELS}


def kept_of_scan(answer: Mapping[str, Any]) -> list[list[Any]] | None:
    """Return name, number and whether it is forbidden of each network of `mmcli --3gpp-scan`; None without an answer.

    Where no network was heard, mmcli has an error in the place of an answer. mmcli tells a network as an object, and
    up to 1.20 in one string: operator-code: 46000, operator-name: CMCC, …
    """
    found = (answer.get("modem") or {}).get("3gpp") or {}
    if "scan-networks" not in found:
        return None
    networks = [_of_scan(entry) for entry in found["scan-networks"] or ()]
    return [
        [shapes.operator(known(one.get("operator-name"))) or code, code, one.get("availability") == "forbidden"]
        for one in networks
        if re.fullmatch(r"\d{5,6}", code := known(one.get("operator-code")))
    ]


def _of_scan(entry: object) -> Mapping[str, Any]:
    if isinstance(entry, dict):
        return entry
    return dict(re.findall(r"(operator-code|operator-name|availability): (.*?)(?=, [a-z-]+: |$)", str(entry)))


def heard(kept: list[list[Any]]) -> list[Heard]:
    """Return the networks of `kept_of_scan`."""
    return [Heard(*one) for one in kept]


def looks_like_subscriber(number: str) -> bool:
    """Return whether a module's number may be the subscriber's, which some firmware tells in its place (E.212)."""
    return bool(re.match(r"[2-7]|901|001", number))


@dataclass(frozen=True, slots=True)
class View:
    """One modem as ModemManager sees the modem; made of what `kept_of_modem` has let through."""

    told: Mapping[str, Any]

    def word(self, name: str) -> str:
        """Return a value in words; empty where ModemManager does not know the value."""
        return known(self.told.get(name))

    @property
    def index(self) -> str:
        """ModemManager's number of the modem, another one whenever ModemManager has found the modem anew."""
        return self.word("index")

    def stayed_plugged(self, before: View) -> bool:
        """Return whether the modem is the USB device of before: one that starts again gets another number."""
        number = self.word("plugged")
        return bool(number) and (number, self.word("device")) == (before.word("plugged"), before.word("device"))

    @property
    def state(self) -> str:
        """State of the modem: failed, locked, disabled, searching, registered, connected and more."""
        return self.word("state")

    @property
    def reason(self) -> str:
        """Why the modem failed; empty where it did not."""
        return self.word("state-failed-reason") if self.state == "failed" else ""

    @property
    def starting(self) -> bool:
        """Whether ModemManager still finds out what the modem is."""
        return self.state in ("", "unknown", "initializing")

    @property
    def switching(self) -> bool:
        """Whether ModemManager is about to switch the modem's radio on."""
        return self.state == "enabling"

    @property
    def imei(self) -> str:
        """The module's number."""
        return self.word("equipment-identifier") or self.word("imei")

    @property
    def card(self) -> Sim:
        """State of the SIM card. A second PIN (sim-pin2) guards no network."""
        if self.reason:
            return _FAILED.get(self.reason, Sim.UNKNOWN)
        lock = self.word("unlock-required")
        if lock in _LOCKS or lock.startswith("ph-"):
            return _LOCKS.get(lock, Sim.LOCKED)
        if not self.word("sim"):
            return Sim.UNKNOWN
        return Sim.UNKNOWN if self.state == "locked" else Sim.READY

    @property
    def asks_for_pin(self) -> bool:
        """Whether the card asks for a PIN whenever the modem starts (TS 27.007 clause 7.4, facility SC)."""
        return "sim" in (self.told.get("enabled-locks") or ())

    @property
    def out(self) -> bool:
        """Whether the card cannot be read, or is not there."""
        return self.card in (Sim.ABSENT, Sim.FAILED)

    @property
    def tries(self) -> int | None:
        """How often what unlocks the card may still be entered; None where that is not told."""
        lock = self.word("unlock-required")
        for entry in self.told.get("unlock-retries") or ():
            if match := re.fullmatch(rf"{re.escape(lock)} \((\d+)\)", str(entry)):
                return int(match[1])
        return None

    @property
    def quality(self) -> tuple[float, bool] | None:
        """The signal in percent, and whether that was measured within the last minute; None where not told."""
        told = self.told.get("signal-quality") or {}
        value = known(told.get("value"))
        return (float(value), told.get("recent") == "yes") if value.isdecimal() else None

    @property
    def newer_network(self) -> bool:
        """Whether the modem uses LTE or NR."""
        return any(name in _NEWER for name in self.told.get("access-technologies") or ())

    def weak_percent(self, rssi: float) -> float:
        """Return the percentage below which the signal is weak; `rssi` is the limit in dBm.

        ModemManager counts RSSI from -113 dBm (0 %) to -51 dBm (100 %), as +CSQ does in 31 steps.
        """
        return _WEAK_NEWER if self.newer_network else round(max(0.0, (rssi + 113) * 100 / 62), 1)

    @property
    def registration(self) -> Registration | None:
        """The registration; None where ModemManager does not tell of one."""
        state = _STATES.get(self.word("registration-state"))
        technologies = self.told.get("access-technologies") or ()
        return Registration(state, "/".join(map(str, technologies))) if state else None

    @property
    def lets_in(self) -> bool:
        """Whether a network has let the modem in."""
        return self.registration is not None and self.registration.good

    @property
    def missing_technologies(self) -> tuple[str, ...]:
        """What the modem can and may not use: 2g, 3g, 4g, 5g."""
        able = {mode for entry in self.told.get("supported-modes") or () for mode in _allowed(str(entry))}
        may = _allowed(self.word("current-modes"))
        return tuple(sorted(able - may)) if may else ()


def _allowed(modes: str) -> set[str]:
    match = re.match(r"allowed: ([^;]*)", modes)
    found = set(re.findall(r"[2-5]g", match[1])) if match else set()
    return found or ({"2g", "3g", "4g", "5g"} if match and "any" in match[1] else set())


@dataclass(frozen=True, slots=True)
class Bearer:
    """One data connection; made of what `kept_of_bearer` has let through."""

    told: Mapping[str, str]

    @property
    def connected(self) -> bool:
        """Whether the network has accepted the connection."""
        return self.told["connected"] == "yes"

    @property
    def suspended(self) -> bool:
        """Whether the connection is held up for a while, by a call for instance."""
        return self.told["suspended"] == "yes"

    @property
    def addresses(self) -> list[str]:
        """The addresses that the network has given."""
        return [self.told[f"{family}-address"] for family in ("ipv4", "ipv6") if self.told[f"{family}-address"]]

    @property
    def asks_elsewhere(self) -> bool:
        """Whether the address comes by DHCP or PPP, which ModemManager does not see."""
        return any(self.told[f"{family}-method"] in ("dhcp", "ppp") for family in ("ipv4", "ipv6"))

    @property
    def access_point_refused(self) -> bool:
        """Whether the connection failed for its access point, its password or the plan."""
        return bool(_ACCESS_POINT.search(self.told["error"]))


def level(told: Mapping[str, Mapping[str, str]]) -> Signal | None:
    """Return the level that ModemManager was told to measure; None where it measures none."""
    for technology, key, quantity in _LEVELS:
        value = told.get(technology, {}).get(key, "")
        if re.fullmatch(r"-\d{1,3}(\.\d+)?", value):
            return Signal(quantity, float(value))
    return None
