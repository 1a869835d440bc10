"""The chain of hashes over all runs of a store: a changed, missing or slipped-in record does not go unseen.

A link's hash is made of the hash before, the run's id and the hash of its record. A forgotten run leaves its link. The
chain shows accidents and careless hands; who can write the database can also make a new chain.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from diag.store.database import Connection, damaged

_AT_ONCE = 500  # links that are read at a time; a record has ten thousand bytes as a rule


@dataclass(frozen=True)
class Trouble:
    """What is wrong with a link. `run`: its id."""

    kind: Literal["changed", "missing", "unlinked", "broken", "cut-off"]
    run: str


@dataclass(frozen=True)
class Seen:
    """What was verified: how many runs are there, how many were forgotten, and what is wrong."""

    runs: int
    forgotten: int
    troubles: list[Trouble]


class Chain:
    """The end of the chain, held until the transaction ends, so that one writer links at a time.

    Raises StoreAway where there is no such end.
    """

    def __init__(self, base: Connection) -> None:
        self._base = base
        base.change("UPDATE chain_end SET number = number")
        ends = base.rows("SELECT number, hash FROM chain_end")
        if len(ends) != 1 or not isinstance(ends[0][0], int):
            raise damaged("the end of the chain")
        self._number, self._hash = int(ends[0][0]), str(ends[0][1])

    def link(self, run: str, record: str) -> int:
        """Add a link, and return its number."""
        self._number += 1
        content = hash_of(record)
        self._hash = _link(self._hash, run, content)
        self._base.change(
            "INSERT INTO chain (number, run, content, hash) VALUES (:number, :run, :content, :hash)",
            number=self._number, run=run, content=content, hash=self._hash,
        )  # fmt: skip
        self._base.change("UPDATE chain_end SET number = :number, hash = :hash", number=self._number, hash=self._hash)
        return self._number


def verify(base: Connection) -> Seen:
    """Go through the whole chain, and through all records."""
    runs, forgotten, before = 0, 0, ""
    troubles = [
        Trouble("unlinked", run)
        for (run,) in base.rows("SELECT id FROM run WHERE number NOT IN (SELECT number FROM chain)")
    ]
    for run, content, its_hash, when, record in _links(base):
        if its_hash != _link(before, run, content):
            troubles.append(Trouble("broken", run))
        before = its_hash
        forgotten += when is not None
        runs += record is not None
        if record is None and when is None:
            troubles.append(Trouble("missing", run))
        elif record is not None and hash_of(record) != content:
            troubles.append(Trouble("changed", run))
    if base.rows("SELECT hash FROM chain_end") != [(before,)]:
        troubles.append(Trouble("cut-off", "-"))
    return Seen(runs, forgotten, troubles)


def _links(base: Connection) -> Iterator[tuple[str, str, str, str | None, str | None]]:
    last = 0
    while found := base.rows(
        "SELECT chain.number, chain.run, content, hash, forgotten, record FROM chain LEFT JOIN run"
        " ON run.number = chain.number WHERE chain.number > :last ORDER BY chain.number LIMIT :most",
        last=last, most=_AT_ONCE,
    ):  # fmt: skip
        last = found[-1][0]
        yield from (row[1:] for row in found)


def _link(before: str, run: str, content: str) -> str:
    return hash_of(f"{before}\n{run}\n{content}")


def hash_of(text: str) -> str:
    """Return the SHA-256 of a text, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()
