"""What PC/SC answers, as plain data; and the same as the JSON values that a trace holds."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from diag.contract.errors import ConfigError
from diag.contract.said import Said


@dataclass(frozen=True, slots=True)
class SlotState:
    """What SCardGetStatusChange says of one reader name; pcsc-lite names each slot of a reader."""

    available: bool
    present: bool
    mute: bool
    #: another program holds the card
    exclusive: bool
    #: another program is connected to the card
    in_use: bool
    #: insertions and removals since the reader came
    events: int
    atr: bytes

    def to_json(self) -> dict[str, Any]:
        """Return the state as a trace holds it."""
        return {**asdict(self), "atr": self.atr.hex()}

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> SlotState:
        """Return the state that a trace holds. Raises ConfigError where the trace is damaged."""
        names = ("available", "present", "mute", "exclusive", "in_use", "events")
        with trace_is_sound():
            return cls(**{name: fields[name] for name in names}, atr=bytes.fromhex(fields["atr"]))


@dataclass(frozen=True, slots=True)
class About:
    """What a reader's driver tells: attributes as named in `pcsc_codes`, PC/SC part 10 features and properties."""

    attributes: dict[str, bytes]
    features: bytes
    properties: bytes

    def to_json(self) -> dict[str, Any]:
        """Return the answer as a trace holds it."""
        attributes = {name: value.hex() for name, value in self.attributes.items()}
        return {"attributes": attributes, "features": self.features.hex(), "properties": self.properties.hex()}

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> About:
        """Return the answer that a trace holds. Raises ConfigError where the trace is damaged."""
        with trace_is_sound():
            attributes = {name: bytes.fromhex(value) for name, value in fields["attributes"].items()}
            return cls(attributes, bytes.fromhex(fields["features"]), bytes.fromhex(fields["properties"]))


@dataclass(frozen=True, slots=True)
class Response:
    """What may be known of a response APDU: status word, length of the data, and what the asker kept of the data."""

    word: int
    length: int
    kept: Any

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> Response:
        """Return the response that a trace holds. Raises ConfigError where the trace is damaged."""
        with trace_is_sound():
            return cls(int(fields["sw"], 16), fields["length"], fields["kept"])


@contextlib.contextmanager
def trace_is_sound() -> Iterator[None]:
    """Turn what a damaged trace brings about into ConfigError: a trace may have been edited."""
    try:
        yield
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(Said("trace_cannot_be")) from error
