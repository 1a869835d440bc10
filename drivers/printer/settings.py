"""Profile keys of a receipt printer."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from diag.contract.links import STREAM
from diag.contract.links.printer_node import is_printer_node
from diag.contract.links.replay import opened
from diag.contract.said import Said
from diag.contract.settings import Settings

Counter = Literal["lines", "head", "cuts", "hours"]
RealTime = Literal[1, 2, 3, 4]


def has_status_lines(settings: PrinterSettings) -> bool:
    """Return whether the port may have status lines of its own: USB, a parallel port, or a trace of one."""
    return any(address.startswith("usb:") or is_printer_node(address) for address in opened(settings.at))


def on_network(settings: PrinterSettings) -> bool:
    """Return whether the printer has a network address of its own, or a trace was of one that has."""
    return any(address.startswith("socket:") for address in opened(settings.at))


def may_have_a_rate(settings: PrinterSettings) -> bool:
    """Return whether the port may be a serial line: USB, parallel ports and networks hold the sender back."""
    addresses = opened(settings.at)
    return not any(address.startswith(("usb:", "socket:")) or is_printer_node(address) for address in addresses)


class RatedLife(Settings):
    """What the maker promises; wear is counted against it."""

    lines: int | None = Field(default=None, gt=0, description="lines of the mechanism")
    head: int | None = Field(default=None, gt=0, description="pulses (thermal) or characters (impact) of the head")
    cuts: int | None = Field(default=None, gt=0, description="cuts of the cutter")


class PrinterSettings(Settings):
    """One printer: how it is reached, what it says, what it can print, what is fitted."""

    at: str = Field(
        "",
        pattern=STREAM,
        description="/dev/tty…, /dev/usb/lp*, usb:VID:PID[:SERIAL], usb:BUS-PORT, socket://HOST:PORT, "
        "rfc2217://HOST:PORT or hwgrep://…",
    )
    timeout_s: float = Field(
        1.0, gt=0, le=60, description="seconds one answer may take; makers name none, 0.5 to 2 is usual"
    )
    snmp_port: int = Field(
        161, ge=0, le=65535, description="UDP port at which a network printer whose own port is silent, or refuses, is "
        "asked by SNMP; 0: never",
    )  # fmt: skip
    ipp_port: int = Field(631, ge=0, le=65535, description="the same, by IPP: the TCP port; 0: never")
    baud: int = Field(9600, ge=110, le=4_000_000)
    bytesize: Literal[7, 8] = 8
    parity: Literal["N", "E", "O"] = "N"
    stopbits: Literal[1, 2] = 1
    flow: Literal["none", "rts-cts", "dtr-dsr", "xon-xoff"] = "none"

    dialect: Literal["escpos", "star"] = Field("escpos", description="star: Star Line Mode and StarPRNT")
    answers: Literal["status", "auto", "paper", "unknown", "none"] = Field(
        "status",
        description="how it tells its status. status: DLE EOT (star: ESC ACK SOH); auto: GS a only; paper: GS r or "
        "ESC v only; unknown: asked in every way, and silence is no fault, for it may be one-way; none: one-way by "
        "design",
    )
    real_time: list[RealTime] = Field(
        [1, 2, 3, 4], min_length=1, description="n of DLE EOT that the family answers; some know a single one"
    )
    fixed_bits: Literal["epson", "any"] = Field(
        "epson", description="any: the family does not keep Epson's fixed bits, so every byte is taken as an answer"
    )
    other_meaning: list[Literal["recoverable", "cutter", "self-recovering"]] = Field(
        [], description="error bits of DLE EOT 3 that mean something else, or nothing, on this model"
    )
    busy_bit: bool = Field(
        False, description="the offline bit of DLE EOT 1 is also on while the receive buffer is nearly full (busy)"
    )
    process_response: bool = Field(False, description="has GS ( H 48: says when all it got is printed")
    offline_response: bool = Field(False, description="has GS ( H 49: says why it goes offline")
    full_status: bool = Field(
        False, description="has DLE EOT 20 (Custom): ticket in the throat, jam, presenter, supply, memory"
    )
    counters: list[Counter] = Field([], description="maintenance counters that GS g 2 reads")
    rated_life: RatedLife = RatedLife()
    wear_percent: float = Field(80.0, gt=0, le=200, description="used life that is worth a notice")

    technology: Literal["thermal", "impact"] = "thermal"
    dots: int = Field(384, ge=64, le=4096, description="dots of a full line; 384 is 48 mm at 8 dots a millimetre")
    image: Literal["raster", "column", "graphic", "none"] = Field(
        "raster",
        description="raster: GS v 0 (star: ESC * r); column: ESC * (star: ESC K); graphic: star, ESC GS S (StarPRNT)",
    )
    charset: Literal["ascii", "gb18030"] = Field("ascii", description="gb18030: prints Chinese from its own font")
    bar_code: bool = Field(True, description="prints bar codes by itself")
    qr: Literal["native", "image", "none"] = Field("image", description="QR codes: by itself, or as an image")
    ribbon: Literal["black", "black-red"] = Field("black", description="impact: colours of the ribbon")

    near_end_sensor: bool = Field(True, description="whether the model has a paper near-end sensor")
    cutter: bool = Field(True, description="whether the model has a cutter")
    self_test: Literal["feed", "feed-twice", "none"] = Field(
        "feed",
        description="its own test page. feed: feed button held while switching on; feed-twice: the page stops after "
        "its first part, and goes on when the feed button is pressed; none: it has none",
    )
    battery: bool = Field(False, description="whether it can print on a battery")
    drawer: Literal["none", "2", "5"] = Field("none", description="drive pin of the cash drawer on its connector")
    drawer_open_level: Literal["high", "low", "unknown"] = Field(
        "unknown", description="level of the sensor pin while the drawer is open; it depends on the drawer's switch"
    )

    @model_validator(mode="after")
    def _dialect_has_it(self) -> PrinterSettings:
        if self.image == "graphic" and self.dialect != "star":
            raise ValueError(Said("not_together", one="image: graphic", other=f"dialect: {self.dialect}"))
        if self.counters and self.dialect == "star":
            raise ValueError(Said("not_together", one="counters", other="dialect: star"))
        return self
