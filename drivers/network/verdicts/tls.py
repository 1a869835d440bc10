"""What became of the handshake."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from diag.contract.said import Said
from drivers.network.verdicts.verdict import Verdict

Row = Mapping[str, Any]
# OpenSSL's X509_V_ERR numbers (x509_vfy.h)
_NOT_YET, _EXPIRED = 9, 10
_SELF_SIGNED, _ROOT_SENT, _NO_ISSUER, _FIRST = 18, 19, 20, 21
_NAMES = (62, 64)
#: what is wrong with a certificate that is refused for another reason than its time: nothing that a clock does
_IN_TIME = ("certificate-in-time",)
#: issuers that firewalls and virus scanners put on certificates of their own
_INSPECTORS = (
    "fortinet", "fortigate", "zscaler", "blue coat", "bluecoat", "palo alto", "sophos", "check point", "checkpoint",
    "kaspersky", "eset ssl filter", "avast", "bitdefender", "mitmproxy", "charles proxy", "squid", "sonicwall",
    "watchguard", "barracuda", "forcepoint", "netskope", "untangle", "sangfor", "inspection", "interception",
)  # fmt: skip


def of_handshake(tls: Row, second: Row, name: str, seconds_wrong: float | None, limit: float) -> Verdict | None:
    """Judge the handshake and the moment after it.

    `seconds_wrong`: by how much this computer's clock is behind others; None where no other clock answered.
    """
    match tls["outcome"]:
        case "ok":
            return _afterwards(tls.get("after", {}))
        case "refused-certificate":
            return _certificate(tls["code"], second, name, seconds_wrong, limit)
        case "silent":
            return _silent(second)
        case "not-tls":
            return Verdict("NET-TLS-SETTING", Said("no_tls_there"), ("NET-HOST-PORT",))
        case "closed" | "reset":
            return _hung_up(tls["outcome"], second)
        case _:
            return _alert(str(tls.get("reason", "")))


def _afterwards(after: Row) -> Verdict | None:
    """Judge the first moment after a good handshake: with TLS 1.3 only now a missing client certificate is told."""
    if after.get("outcome") in ("alert", "error"):
        return _alert(str(after.get("reason", "")))
    if after.get("outcome") in ("closed", "reset"):
        return Verdict("NET-HOST-CLOSES", Said("closes_after_handshake"))
    return None


def _alert(reason: str) -> Verdict:
    word = reason.upper()
    if "UNRECOGNIZED_NAME" in word:
        return Verdict("NET-TLS-NAME", Said("alert", reason=reason), proves=("tls-spoken",))
    if any(each in word for each in ("CERTIFICATE_REQUIRED", "UNKNOWN_CA", "BAD_CERTIFICATE", "CERTIFICATE_UNKNOWN")):
        return Verdict("NET-TLS-SETTING", Said("client_certificate", reason=reason), proves=("tls-spoken",))
    return Verdict("NET-TLS-SETTING", Said("alert", reason=reason or "?"), proves=("tls-spoken",))


def _silent(second: Row) -> Verdict:
    if second.get("small", {}).get("outcome") == "ok":
        return Verdict("NET-MTU", Said("small_passes"))
    if second.get("nameless", {}).get("outcome") == "ok":
        return Verdict("NET-FIREWALL", Said("name_is_dropped"), ("NET-TLS-NAME", "NET-HOST-MUTE"))
    return Verdict(
        "NET-HOST-MUTE", Said("mute_after_hello"), ("NET-FIREWALL", "NET-HOST-PORT", "NET-MTU", "NET-HOST-DOWN")
    )


def _hung_up(outcome: str, second: Row) -> Verdict:
    if second.get("nameless", {}).get("outcome") == "ok":
        return Verdict("NET-FIREWALL", Said("name_is_filtered"), ("NET-TLS-NAME",))
    said = Said("reset_after_hello") if outcome == "reset" else Said("closed_after_hello")
    return Verdict("NET-HOST-CLOSES", said, ("NET-FIREWALL", "NET-TLS-INSPECTED", "NET-TLS-SETTING", "NET-HOST-DOWN"))


def _certificate(code: int, second: Row, name: str, seconds_wrong: float | None, limit: float) -> Verdict:
    shown = second.get("shown", {}).get("certificate") or {}
    issuer = str(shown.get("issuer", "?"))
    if code in (_NOT_YET, _EXPIRED):
        return _times(code, shown, seconds_wrong, limit)
    if inspector := _inspected(shown, second):
        return inspector
    if code in _NAMES:
        names = shown.get("names") or [shown.get("subject", "?")]
        return Verdict("NET-TLS-NAME", Said("other_name", name=name, names=names), ("NET-DNS-WRONG",))
    if code == _SELF_SIGNED or shown.get("self_signed"):
        return Verdict("NET-TLS-ISSUER", Said("self_signed", subject=shown.get("subject", "?")), ("NET-TLS-INSPECTED",))
    if code == _ROOT_SENT:
        return Verdict("NET-TLS-ISSUER", Said("unknown_issuer", issuer=issuer), ("NET-TLS-INSPECTED",))
    if code in (_NO_ISSUER, _FIRST):
        return _no_issuer(shown, second, issuer)
    return Verdict("NET-TLS-CERT", Said("certificate_refused", code=code))


def _no_issuer(shown: Row, second: Row, issuer: str) -> Verdict:
    """Judge a certificate whose issuer is missing: its organisation tells whether the chain is only short."""
    if shown.get("sent", 0) > 1:
        return Verdict("NET-TLS-ISSUER", Said("unknown_issuer", issuer=issuer), ("NET-TLS-INSPECTED",))
    if shown.get("issuer_organisation") and shown["issuer_organisation"] in second.get("organisations", []):
        return Verdict("NET-TLS-CERT", Said("chain_short", issuer=issuer), ("NET-TLS-ISSUER",), _IN_TIME)
    return Verdict(
        "NET-TLS-ISSUER", Said("issuer_or_chain", issuer=issuer), ("NET-TLS-CERT", "NET-TLS-INSPECTED"), _IN_TIME
    )


def _times(code: int, shown: Row, seconds_wrong: float | None, limit: float) -> Verdict:
    """Judge a certificate that is out of its time by this clock: by other clocks, where some answered."""
    begin, until = _day(shown.get("from")), _day(shown.get("until"))
    said = Said("not_yet_valid", date=begin) if code == _NOT_YET else Said("expired", date=until)
    if seconds_wrong is None:
        return Verdict("NET-TLS-CERT", said, ("NET-CLOCK",))
    right = dt.datetime.now(dt.UTC).timestamp() + seconds_wrong
    if abs(seconds_wrong) > limit and shown.get("from", right) <= right <= shown.get("until", right):
        return Verdict("NET-CLOCK", Said("valid_by_others", date=_day(right)))
    return Verdict("NET-TLS-CERT", said)


def _inspected(shown: Row, second: Row) -> Verdict | None:
    """Return the verdict where a box between makes certificates of its own: by their issuer, or made for any name."""
    issuer = f"{shown.get('issuer', '')} {shown.get('issuer_organisation', '')}"
    if second.get("minted"):
        return Verdict("NET-TLS-INSPECTED", Said("minted", issuer=shown.get("issuer", "?")))
    others = [(row.get("certificate") or {}).get("issuer", "") for row in second.get("controls", [])]
    if shown.get("issuer", "?") in others or any(word in issuer.lower() for word in _INSPECTORS):
        return Verdict("NET-TLS-INSPECTED", Said("inspector", issuer=shown.get("issuer", "?")))
    return None


def _day(moment: float | None) -> str:
    if moment is None:
        return "?"
    return dt.datetime.fromtimestamp(moment, dt.UTC).strftime("%Y-%m-%d")
