"""What a person may have meant by a name that does not exist."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, get_args

from diag.contract.links import nodes
from diag.contract.said import Said, any_of

if TYPE_CHECKING:
    from pydantic import BaseModel

_HOST = r"\[[0-9a-fA-F:]+\]|[A-Za-z0-9][A-Za-z0-9.-]*"


def near(name: str, known: Collection[str], *, most: int = 1, cutoff: float = 0.6) -> list[str]:
    """Return the known names that are most like a name, upper and lower case alike."""
    by_lower = {other.lower(): other for other in known}
    return [by_lower[each] for each in difflib.get_close_matches(name.lower(), by_lower, n=most, cutoff=cutoff)]


def of_name(said: Said, name: str, known: Collection[str]) -> Said:
    """Return what is said of an unknown name with the name that was meant, or else with all that there are."""
    if found := near(name, known):
        return Said("did_you_mean", said=said, names=any_of(found))
    return Said("there_are", said=said, names=known) if known else Said("there_is_none", said=said)


def of_run(said: Said, run: str, ids: Sequence[str]) -> Said:
    """Return what is said of an unknown run with the run that was meant, or else the command that lists the runs.

    The ids begin with the time, so that all ids of one month are alike: more than two wrong signs are no slip.
    """
    starts = {each[: len(run)]: each for each in ids}  # the last run with each beginning
    found = [each for each in ids if run in each] or [starts[start] for start in near(run, starts, cutoff=0.8)]
    if found:
        return Said("did_you_mean", said=said, names=found[-1])
    return Said("list_runs", said=said) if ids else said


def of_address(said: Said, at: str, pattern: str) -> Said | None:
    """Return what is said of an address that does not fit with what was meant; None where nothing like it is known.

    `pattern` is that of the addresses that a driver takes.
    """
    if re.fullmatch(r"COM\d+:?", at, re.IGNORECASE):
        found = nodes.existing(*nodes.SERIAL)
        if not found:
            return Said("no_serial_ports", said=said)
    else:
        found = [address for address in dict.fromkeys(_meant(at)) if re.search(pattern, address)]
    return Said("did_you_mean", said=said, names=any_of(found)) if found else None


def of_key(said: Said, model: type[BaseModel], path: tuple[int | str, ...], besides: Sequence[str]) -> Said:
    """Return what is said of an unknown key with a key beside it, or a key of that name below another key.

    `besides`: keys at the top that the model does not have.
    """
    *above, key = map(str, path)
    inner = model
    for part in above:
        inner = _model_below(inner, part) or inner
    beside = [*_keys(inner), *(() if above else besides)]
    dotted = [name for name in _dotted_keys(model) if "." in name]
    count = Counter(name.rpartition(".")[2] for name in dotted)
    below = {last: name for name in dotted if count[last := name.rpartition(".")[2]] == 1}
    if found := near(key, beside):
        return Said("did_you_mean", said=said, names=any_of(found))
    if found := near(key, below):
        return Said("did_you_mean", said=said, names=below[found[0]])
    return Said("there_are", said=said, names=beside) if above else said


def _meant(at: str) -> Iterator[str]:
    """Yield addresses that a person may have meant, the likeliest first."""
    if match := re.fullmatch(r"(?:(\w+):/{0,2})?([0-9a-f]{4}:[0-9a-f]{4})", at, re.IGNORECASE):
        schemes = [match[1].lower()] if match[1] else ["usb", "input", "hidraw"]
        yield from (f"{scheme}:{match[2]}" for scheme in schemes)
    elif match := re.fullmatch(rf"(?:[a-z]+:/{{0,2}})?({_HOST}):(\d{{1,5}})/?", at, re.IGNORECASE):
        yield f"socket://{match[1]}:{match[2]}"
    if match := re.fullmatch(r"(?:[a-z]+:/{0,2})?(\d{1,3}(?:\.\d{1,3}){3})/?", at, re.IGNORECASE):
        yield f"socket://{match[1]}:9100"
    if re.match(r"(tty[A-Z]+|rfcomm|usb/lp|lp|hidraw)\d|(input|serial)/", at):
        yield f"/dev/{at}"
    yield at.lower()
    if at.endswith(".jsonl"):
        yield f"trace:{at}"
    if at.startswith("/sys/"):
        yield f"sysfs:{at}"
    if "/" not in at:
        yield f"pcsc:{at}"


def _keys(model: type[BaseModel]) -> list[str]:
    return [entry.alias or name for name, entry in model.model_fields.items()]


def _dotted_keys(model: type[BaseModel], above: str = "") -> Iterator[str]:
    """Yield every key of settings, as --set names it."""
    for key in _keys(model):
        yield above + key
        if inner := _model_below(model, key):
            yield from _dotted_keys(inner, f"{above}{key}.")


def _model_below(model: type[BaseModel], key: str) -> type[BaseModel] | None:
    """Return the model of what stands below a key; None where no keys stand below it."""
    entry = model.model_fields.get(key)
    from pydantic import BaseModel

    kinds = [entry.annotation, *get_args(entry.annotation)] if entry else []
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)
