"""Settings of drivers: the keys that a component may have in a profile."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, model_validator

from diag.contract.check import Limits
from diag.contract.said import Said


class Settings(BaseModel):
    """Base of a driver's settings."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, defer_build=True)


class Range(Settings):
    """A closed range of healthy values in a profile; either end may be left open."""

    min: float | None = None
    max: float | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Range:
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(Said("min_above_max", min=self.min, max=self.max))
        return self

    @property
    def limits(self) -> Limits:
        """The range as the limits of a measurement."""
        return Limits(self.min, self.max)
