"""The runs of the store: added once, found by what they are searched for, read whole, forgotten."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import get_args

from diag.contract.errors import ConfigError
from diag.contract.said import Said
from diag.records import brief
from diag.records.record import Origin, Record, Verdict, check_moment, fields, from_json
from diag.store import database
from diag.store.chain import Chain, hash_of
from diag.store.database import Connection

# what comes of data that are no record
_NO_RECORD = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)
_LONGEST = 200  # characters of what is searched; the record has all of it
_AT_ONCE = 200  # records that are read at a time
_BRIEFS_AT_FIRST, _BRIEFS_AT_ONCE = 10, 500
_NO_LIMIT = 1 << 62  # more than any store has
_ORIGINS, _VERDICTS = get_args(Origin), get_args(Verdict)

_CONDITIONS = {
    "serial_number": "number IN (SELECT run FROM run_serial WHERE serial_number = :serial_number)",
    "profile": "profile = :profile",
    "verdict": "verdict = :verdict",
    "fault": "number IN (SELECT run FROM run_fault WHERE fault = :fault)",
    "host": "host = :host",
    "since": "started >= :since",
    "until": "started < :until",
    "origin": "origin = :origin",
}


@dataclass(frozen=True)
class Wanted:
    """Which runs; None does not matter. `serial_number`: of the terminal or of a part. `fault`: as a cause.

    `since`, `until`: when the run began, from and up to; with a zone.
    """

    serial_number: str | None = None
    profile: str | None = None
    verdict: str | None = None
    fault: str | None = None
    host: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    origin: Origin | None = None

    def condition(self) -> tuple[str, dict[str, object]]:
        """Return the condition in SQL, and its values."""
        given = {name: value for name, value in asdict(self).items() if value is not None}
        values: dict[str, object] = {
            name: _time(value) if isinstance(value, datetime) else _searched(value) for name, value in given.items()
        }
        return " AND ".join(["1 = 1", *(_CONDITIONS[name] for name in given)]), values


@dataclass(frozen=True)
class Summary:
    """What a list of runs says of one run. `started`: UTC, ISO 8601. `causes`: codes, the likeliest first."""

    id: str
    started: str
    interrupted: bool
    origin: Origin
    verdict: Verdict
    profile: str
    serial_number: str | None
    causes: list[str]


def add(records: Iterable[Record]) -> int:
    """Add runs that the store does not have yet, all or none; return how many. Raises StoreAway."""
    with database.writing() as base:
        chain = Chain(base)
        return sum(_add(base, chain, record) for record in records)


def find(wanted: Wanted, last: int | None = None) -> list[Summary]:
    """Return the wanted runs, or the last few of them, in the order in which they came. Raises StoreAway."""
    condition, values = wanted.condition()
    found: dict[str, Summary] = {}
    with database.reading() as base:
        for run, started, interrupted, *columns, cause in base.rows(
            "SELECT id, started, interrupted, origin, verdict, profile, serial_number, fault FROM"
            " (SELECT number, id, started, interrupted, origin, verdict, profile, serial_number FROM run"
            f" WHERE {condition} ORDER BY number DESC LIMIT :last) AS wanted"
            " LEFT JOIN run_fault ON run_fault.run = number ORDER BY number, place",
            last=_NO_LIMIT if last is None else last,
            **values,
        ):
            origin, verdict, profile, serial_number = columns
            new = Summary(run, started, bool(interrupted), origin, verdict, profile, serial_number, [])
            found.setdefault(run, new).causes.extend([cause] if cause else [])
    for each in found.values():
        _check(each)
    return list(found.values())


def ids(beginning: str = "", host: str | None = None) -> list[str]:
    """Return the ids that begin so, in the order in which the runs came. Raises StoreAway."""
    condition, values = Wanted(host=host).condition()
    with database.reading() as base:
        found = base.rows(
            f"SELECT id FROM run WHERE substr(id, 1, :size) = :beginning AND {condition} ORDER BY number",
            size=len(beginning), beginning=beginning, **values,
        )  # fmt: skip
    return [run for (run,) in found]


def read(run: str) -> Record:
    """Return the record of a run. Raises StoreAway; ConfigError for a record that is damaged, or not there."""
    with database.reading() as base:
        for (text,) in base.rows("SELECT record FROM run WHERE id = :run", run=run):
            return _record(run, text)
    raise ConfigError(Said("no_such_run", run=run, where=database.shown()))


def sha256(record: Record) -> str:
    """Return the SHA-256 of a record's text, in hex: of the text that the store has of it, as its chain has the hash.

    Of a record that the store does not have, it is that of the text that would be kept. Raises StoreAway.
    """
    with database.reading() as base:
        kept = [text for (text,) in base.rows("SELECT record FROM run WHERE id = :run", run=record.run.id)]
    for text in kept:
        with contextlib.suppress(ConfigError):  # damaged
            if _record(record.run.id, text) == record:
                return hash_of(text)
    return hash_of(as_text(record))


def kept_hash(run: str) -> str | None:
    """Return the SHA-256 of the text that the store has of a run; None where it has no such run. Raises StoreAway."""
    with database.reading() as base:
        return next((hash_of(text) for (text,) in base.rows("SELECT record FROM run WHERE id = :run", run=run)), None)


def latest(wanted: Wanted) -> Iterator[Record]:
    """Yield the wanted runs, the last that came first; damaged records are left out. Raises StoreAway."""
    condition, values = wanted.condition()
    before = _NO_LIMIT
    while True:
        with database.reading() as base:
            found = base.rows(
                f"SELECT number, id, record FROM run WHERE number < :before AND {condition}"
                " ORDER BY number DESC LIMIT :most",
                before=before, most=_AT_ONCE, **values,
            )  # fmt: skip
        for number, run, text in found:
            before = number
            try:
                yield _record(run, text)
            except ConfigError:
                continue  # `history verify` names it
        if len(found) < _AT_ONCE:
            return


def briefly(ids: Sequence[str]) -> Iterator[Record]:
    """Yield the runs of these ids in brief, in their order; those whose record is damaged are left out.

    A run is put in brief when that is first wanted, so that keeping it costs nothing more. Raises StoreAway.
    """
    start, size = 0, _BRIEFS_AT_FIRST
    while chosen := ids[start : start + size]:
        start, size = start + size, _BRIEFS_AT_ONCE
        found = _kept_briefs(chosen)
        found |= _new_briefs([run for run in chosen if run not in found])
        for run in chosen:
            with contextlib.suppress(*_NO_RECORD):
                yield brief.from_text(found[run])


def _kept_briefs(ids: Sequence[str]) -> dict[str, str]:
    names = {f"run_{place}": run for place, run in enumerate(ids)}
    places = ", ".join(f":{name}" for name in names)
    statement = f"SELECT id, brief FROM run JOIN run_brief ON run_brief.run = number WHERE id IN ({places})"
    with database.reading() as base:
        return dict(base.rows(statement, **names))


def _new_briefs(ids: Sequence[str]) -> dict[str, str]:
    """Return the briefs of runs that have none yet, and keep them where the store can be written."""
    made: dict[str, str] = {}
    for run in ids:
        try:
            text = brief.to_text(read(run))
        except ConfigError as error:
            if isinstance(error, database.StoreAway):
                raise
            continue  # damaged, or forgotten meanwhile
        if text is not None:
            made[run] = text
    if made:
        with contextlib.suppress(database.StoreAway), database.writing() as base:
            for run, text in made.items():
                base.change(
                    "INSERT INTO run_brief (run, brief) SELECT number, :brief FROM run WHERE id = :run"
                    " ON CONFLICT DO NOTHING",
                    brief=text, run=run,
                )  # fmt: skip
    return made


def forget(wanted: Wanted) -> int:
    """Delete the wanted runs, and leave their links in the chain; return how many. Raises StoreAway."""
    condition, values = wanted.condition()
    with database.writing() as base:
        Chain(base)  # one writer at a time
        numbers = f"SELECT number FROM run WHERE {condition}"
        now = _time(datetime.now(UTC))
        base.change(f"UPDATE chain SET forgotten = :now WHERE number IN ({numbers})", now=now, **values)
        gone = "SELECT number FROM chain WHERE forgotten IS NOT NULL"
        for table in ("run_brief", "run_fault", "run_serial"):
            base.change(f"DELETE FROM {table} WHERE run IN ({gone})")
        return base.change(f"DELETE FROM run WHERE number IN ({gone})")


def count() -> int:
    """Return how many runs the store has. Raises StoreAway."""
    with database.reading() as base:
        return int(base.rows("SELECT count(*) FROM run")[0][0])


def as_text(record: Record) -> str:
    """Return a record as the text that is kept."""
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"), default=fields)
    return text.encode("utf-8", "replace").decode()  # halves of a pair are no UTF-8


def _add(base: Connection, chain: Chain, record: Record) -> bool:
    run = record.run
    if base.rows("SELECT 1 FROM run WHERE id = :run", run=run.id):
        return False
    text = as_text(record)
    number = chain.link(run.id, text)
    base.change(
        "INSERT INTO run (number, id, started, interrupted, origin, host, profile, serial_number, verdict, record)"
        " VALUES (:number, :id, :started, :interrupted, :origin, :host, :profile, :serial_number, :verdict, :record)",
        number=number, id=run.id, started=_time(datetime.fromisoformat(run.started)), interrupted=run.interrupted,
        origin=run.origin, host=_searched(run.host), profile=_searched(record.terminal.profile),
        serial_number=_searched(record.terminal.serial_number), verdict=record.verdict, record=text,
    )  # fmt: skip
    for place, cause in enumerate(record.diagnosis.causes):
        base.change(
            "INSERT INTO run_fault (run, place, fault) VALUES (:run, :place, :fault)",
            run=number, place=place, fault=_searched(cause.fault),
        )  # fmt: skip
    for serial_number in _serial_numbers(record):
        base.change(
            "INSERT INTO run_serial (serial_number, run) VALUES (:serial_number, :run)",
            serial_number=serial_number, run=number,
        )  # fmt: skip
    return True


def _serial_numbers(record: Record) -> Sequence[str]:
    said = [record.terminal.serial_number, *(part.identity.get("serial_number") for part in record.components)]
    return list(dict.fromkeys(number for number in map(_searched, said) if number))


def _record(run: str, text: str) -> Record:
    try:
        return from_json(json.loads(text))
    except _NO_RECORD as error:
        raise ConfigError(Said("at", where=run, said=Said("no_record"))) from error


def _check(summary: Summary) -> None:
    """Raise StoreAway where columns of a run hold what is none of theirs."""
    try:
        check_moment(summary.started)
        texts = (summary.id, summary.profile, summary.serial_number or "", *summary.causes)
        known = summary.origin in _ORIGINS and summary.verdict in _VERDICTS
        if not known or not all(isinstance(text, str) for text in texts):
            raise ValueError(summary)
    except (ValueError, TypeError) as error:
        raise database.damaged(f"{summary.id}: {error}") from error


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _searched(text: str | None) -> str | None:
    """Return what is searched of a text of a device or a person: PostgreSQL takes no zero byte, and no long keys."""
    return None if text is None else text.replace("\0", "").encode("utf-8", "replace").decode()[:_LONGEST]
