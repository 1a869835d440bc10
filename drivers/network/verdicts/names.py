"""What name servers said of the acquirer's name."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any

from diag.contract.said import Said
from drivers.network.pure.local import STUB
from drivers.network.verdicts.verdict import Verdict

Row = Mapping[str, Any]
NO_SUCH = ("NXDOMAIN",)
_SAYS_NOTHING = ("silent", "refused", "unreachable", "garbled")


def of_servers(servers: Sequence[Row], others: Sequence[Row], name: str) -> Verdict | None:
    """Judge the name servers by the acquirer's name. `others`: the answers of servers that are not the terminal's."""
    says = [row["name"] or {"says": "silent", "addresses": []} for row in servers]
    good = [bool(_addresses(row)) for row in servers]
    if servers[0]["address"] == STUB and not good[0]:  # programs ask nobody else
        return _none_knows(servers[:1], [*says[1:], *others], name, says[:1])
    if not any(good):
        return _none_knows(servers, others, name, says)
    if bogus := [address for row in says for address in row["addresses"] if _is_bogus(address)]:
        return Verdict("NET-DNS-WRONG", Said("bogus_address", name=name, address=bogus[0]))
    return None


def heard_any(servers: Sequence[Row]) -> bool:
    """Return whether a name server has said anything about any name, or that it serves none."""
    return heard(servers) or any(row["name"] and row["name"]["says"] == "refused" for row in servers)


def all_silent(servers: Sequence[Row]) -> bool:
    """Return whether no name server has said anything of the acquirer's name."""
    return all(row["name"] is None or row["name"]["says"] == "silent" for row in servers)


def heard(servers: Sequence[Row]) -> bool:
    """Return whether a name server has answered a question about any name: it works, and packets reach it."""
    answers = [answer for row in servers for answer in (row["name6"], row["tcp"], row["known"], *row["random"])]
    return any(answer and says(answer) for answer in answers)


def says(answer: Row) -> bool:
    """Return whether this is an answer of a name server, be it a refusal, and not the lack of one."""
    return answer["says"] not in _SAYS_NOTHING


def first_is_bad(servers: Sequence[Row]) -> Said | None:
    """Return what is wrong with the first name server, where another serves: each question waits for the first."""
    if servers[0]["name"] and not _addresses(servers[0]):
        says = (servers[0]["name"] or {"says": "silent"})["says"]
        return Said("first_server_bad", server=servers[0]["address"], why=_word(says))
    return None


def invented(servers: Sequence[Row]) -> set[str]:
    """Return the addresses that are told of names that nobody has."""
    return {each for row in servers for answer in row["random"] if answer for each in answer["addresses"]}


def hijacked(servers: Sequence[Row]) -> Verdict | None:
    """Judge by names that nobody has: a server that knows an address for both invents answers."""
    for row in servers:
        told = [answer["addresses"] if answer else [] for answer in row["random"]]
        if all(told):
            return Verdict("NET-DNS-HIJACK", Said("invents_names", server=row["address"], address=told[0][0]))
    return None


def known_names(servers: Sequence[Row]) -> Verdict | None:
    """Judge the name servers where the profile names no acquirer: by the name of a host that everybody knows."""
    says = [row["known"]["says"] if row["known"] else "silent" for row in servers]
    if says and all(word != "NOERROR" for word in says):
        said = Said("servers_bad", servers=[row["address"] for row in servers], why=_word(says[0]))
        return Verdict("NET-DNS", said, proves=_proved(says))
    return None


def _none_knows(servers: Sequence[Row], others: Sequence[Row], name: str, says: Sequence[Row]) -> Verdict:
    asked = [row["address"] for row in servers]
    denied = [row for row in says if row["says"] in NO_SUCH or (row["says"] == "NOERROR" and not row["addresses"])]
    elsewhere = [row for row in others if row["addresses"]]
    if denied and elsewhere:
        address = elsewhere[0]["addresses"][0]
        return Verdict("NET-DNS-WRONG", Said("known_elsewhere", name=name, servers=asked, address=address))
    if denied:
        confirmed = any(row["says"] in NO_SUCH for row in others)
        knows_others = any(row["known"] and row["known"]["addresses"] for row in servers)
        left = () if confirmed or knows_others or len(denied) > 1 else ("NET-DNS-WRONG",)
        return Verdict("NET-HOST-NAME", Said("no_such_name", name=name, servers=asked), left)
    over_tcp = [row["address"] for row in servers if row["tcp"] and row["tcp"]["addresses"]]
    if over_tcp:
        return Verdict("NET-DNS", Said("only_over_tcp", servers=over_tcp), ("NET-FIREWALL",))
    said = Said("servers_bad", servers=asked, why=_word(says[0]["says"]))
    return Verdict("NET-DNS", said, proves=_proved([row["says"] for row in says]))


def _proved(says: Sequence[str]) -> tuple[str, ...]:
    """Return what an answer without an address proves: nothing stands between the terminal and a name server."""
    return () if all(word in _SAYS_NOTHING for word in says) else ("name-server-heard",)


def _addresses(row: Row) -> list[str]:
    return [address for kind in ("name", "name6") if row[kind] for address in row[kind]["addresses"]]


def _is_bogus(address: str) -> bool:
    ip = ipaddress.ip_address(address)
    return ip.is_loopback or ip.is_unspecified or ip.is_multicast


def _word(says: str) -> str | Said:
    """Return what a server said, in words where it said nothing; else the rcode as it stands in every manual."""
    words = {
        "silent": Said("dns_silent"), "refused": Said("dns_refused"), "unreachable": Said("dns_unreachable"),
        "garbled": Said("dns_garbled"),
    }  # fmt: skip
    return words.get(says, says)
