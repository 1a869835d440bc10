"""Receipt printer, ESC/POS.

Complete: DLE EOT 1 to 4 with their fixed bits, GS I identity, cover, paper, near end, cutter, errors, head
temperature flag, offline cause; a test print with the status read again after it; one question about the paper.
Missing: Star dialects, GS ( H causes, counters and wear, USB, proof of print, drawer, swap steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from diag.check import (
    Driver,
    Finding,
    Identity,
    Level,
    Limits,
    Measurement,
    NotAnswered,
    NotExamined,
    Prompt,
    Settings,
    Skipped,
    Steps,
    check,
)
from diag.errors import DeviceError, DeviceGarbled, DeviceGone, DeviceSilent
from diag.link import STREAM, SerialLine
from diag.link.stream import Stream
from drivers.printer import escpos
from drivers.printer.dialogue import Dialogue
from drivers.printer.escpos import Info, Status

_PRINT_TIMEOUT = (
    15.0  # s; a test receipt is under 500 bytes, 0.5 s at 9600 baud, and a slow impact printer prints it in 10
)


class PrinterSettings(Settings):
    """Profile keys of a receipt printer."""

    at: str = Field(
        "",
        pattern=STREAM,
        description="/dev/tty…, /dev/usb/lp*, usb:VID:PID, socket://HOST:PORT, rfc2217://HOST:PORT or hwgrep://…",
    )
    answers: Literal["status", "none"] = Field(
        "status", description="status: the model answers DLE EOT; none: it is one-way by design"
    )
    fixed_bits: Literal["epson", "any"] = Field(
        "epson",
        description="any: the family does not keep Epson's fixed bits, so every byte is taken as an answer",
    )
    near_end_sensor: bool = Field(True, description="whether the model has a paper near-end sensor")
    cutter: bool = Field(True, description="whether the model has a cutter")
    charset: Literal["ascii", "gb18030"] = Field("ascii", description="gb18030: prints Chinese from its own font")
    timeout_s: float = Field(
        1.0, gt=0, le=60, description="seconds one answer may take; makers name none, 0.5 to 2 is usual"
    )
    baud: int = Field(9600, ge=110, le=4_000_000)
    bytesize: Literal[7, 8] = 8
    parity: Literal["N", "E", "O"] = "N"
    stopbits: Literal[1, 2] = 1
    flow: Literal["none", "rts-cts", "dtr-dsr", "xon-xoff"] = "none"


class ReceiptPrinter(Driver):
    """One printer on one byte stream."""

    kind = "printer"
    Settings = PrinterSettings
    evidence: ClassVar[Mapping[type[DeviceError], str]] = {
        DeviceSilent: "PRN-MUTE",
        DeviceGarbled: "PRN-GARBLED",
        DeviceGone: "PRN-ABSENT",
    }
    udev_matches = ('SUBSYSTEM=="usb", ENV{ID_USB_INTERFACES}=="*:0701*:*"',)  # USB printer class, any maker
    settings: PrinterSettings
    stream: Stream | None = None
    printer: escpos.PrinterStatus | None = None
    cause: escpos.OfflineCause
    dialogue: Dialogue
    sent = False

    @check(Level.INTERNAL, finds=("PRN-ABSENT",))
    def connection(self) -> Steps:
        """The port opens, and its old contents are thrown away."""
        line = SerialLine(
            self.settings.baud,
            self.settings.bytesize,
            self.settings.parity,
            self.settings.stopbits,
            self.settings.flow,
        )
        self.stream = self.address.open_stream(self.settings.timeout_s, line)
        strict = self.settings.fixed_bits == "epson"
        self.dialogue = Dialogue(self.stream, self.settings.timeout_s, strict=strict)
        yield Measurement("unasked_bytes", self.dialogue.discard_old())
        if device_id := self.stream.device_id():
            yield Identity("device_id", device_id)

    @check(Level.INTERNAL, finds=("PRN-MUTE", "PRN-GARBLED", "PRN-OFFLINE"), needs=("connection",))
    def status(self) -> Steps:
        """DLE EOT 1: the printer answers, and says whether it is online."""
        if self.settings.answers == "none":
            yield NotAnswered("one-way", "this model never answers; print and look")
            return
        byte = self.dialogue.first_status()
        yield Measurement("answer_time", round(self.dialogue.answer_time, 4), "s")
        yield Measurement("answers_behind", self.dialogue.behind)
        self.printer = escpos.printer_status(byte)
        yield Measurement("online", not self.printer.offline)
        yield Measurement("drawer_pin_high", self.printer.drawer_pin_high)
        if self.printer.offline:
            yield Finding("PRN-OFFLINE", f"DLE EOT 1: {byte:02X}, bit 3")

    @check(Level.INTERNAL, finds=("PRN-COVER-OPEN",), needs=("status",))
    def cover(self) -> Steps:
        """DLE EOT 2: cover, feed button, paper-end stop, error flag."""
        byte = self.dialogue.ask(Status.OFFLINE_CAUSE)
        self.cause = escpos.offline_cause(byte)
        yield Measurement("cover_open", self.cause.cover_open)
        yield Measurement("feeding", self.cause.feeding)
        yield Measurement("stopped_on_paper_end", self.cause.paper_end_stop)
        yield Measurement("error", self.cause.error)
        if self.cause.cover_open:
            yield Finding("PRN-COVER-OPEN", f"DLE EOT 2: {byte:02X}, bit 2")

    @check(Level.INTERNAL, finds=("PRN-CUTTER", "PRN-HEAD-HOT", "PRN-MECHANISM", "PRN-BOARD"), needs=("cover",))
    def errors(self) -> Steps:
        """DLE EOT 3: recoverable, cutter, unrecoverable and self-recovering errors."""
        byte = self.dialogue.ask(Status.ERROR_CAUSE)
        errors = escpos.error_cause(byte)
        yield Measurement("recoverable_error", errors.recoverable)
        yield Measurement("cutter_error", errors.cutter)
        yield Measurement("unrecoverable_error", errors.unrecoverable)
        yield Measurement("self_recovering_error", errors.auto_recoverable)
        if errors.recoverable:
            yield Finding("PRN-MECHANISM", f"DLE EOT 3: {byte:02X}, bit 2")
        if errors.cutter:
            yield Finding("PRN-CUTTER", f"DLE EOT 3: {byte:02X}, bit 3")
        if errors.unrecoverable:
            yield Finding("PRN-BOARD", f"DLE EOT 3: {byte:02X}, bit 5")
        if (
            errors.auto_recoverable and not self.cause.cover_open
        ):  # the same bit is set by opening the cover while printing
            yield Finding("PRN-HEAD-HOT", f"DLE EOT 3: {byte:02X}, bit 6, cover closed")

    @check(Level.INTERNAL, finds=("PRN-PAPER-END", "PRN-PAPER-NEAR-END"), needs=("cover",))
    def paper(self) -> Steps:
        """DLE EOT 4: paper end and near end. With the cover open the sensors see nothing that counts."""
        byte = self.dialogue.ask(Status.PAPER)
        paper = escpos.paper_status(byte)
        yield Measurement("paper", "end" if paper.end else "near-end" if paper.near_end else "ok")
        if paper.odd:
            yield Measurement("odd_sensor_bits", f"{byte:02X}")
        if not self.settings.near_end_sensor:
            yield NotExamined(("PRN-PAPER-NEAR-END",))
        if self.cause.cover_open and not self.cause.paper_end_stop:
            yield NotAnswered("cover-open", "paper sensors are not reliable with the cover open")
        elif paper.end or self.cause.paper_end_stop:
            yield Finding("PRN-PAPER-END", f"DLE EOT 4: {byte:02X}")
        elif paper.near_end and self.settings.near_end_sensor:
            yield Finding("PRN-PAPER-NEAR-END", f"DLE EOT 4: {byte:02X}")

    @check(Level.INTERNAL, finds=("PRN-GARBLED",), needs=("paper",), essential=False)
    def identity(self) -> Steps:
        """GS I 65 to 68: what the printer says it is. Many clones never answer, some claim to be another model."""
        if self.printer is None or self.printer.offline:
            yield NotAnswered("offline", "GS I waits in the print buffer while the printer is offline")
            return
        if self.dialogue.behind:
            yield NotAnswered("answers-behind", "which text answers which question cannot be told")
            return
        for item in Info:
            text = self.dialogue.ask_info(item)
            if text is None:
                yield NotAnswered("silent", f"no answer to GS I {int(item)}; many clones have none")
                return
            if text:
                yield Identity(item.name.lower(), text)

    @check(
        Level.EXTERNAL,
        finds=(
            "PRN-MUTE",
            "PRN-HEAD-HOT",
            "PRN-PAPER-NEAR-END",
            "PRN-OFFLINE",
            "PRN-PAPER-END",
            "PRN-COVER-OPEN",
            "PRN-CUTTER",
            "PRN-BOARD",
            "PRN-MECHANISM",
        ),
        needs=("connection",),
        deadline=60.0,
    )
    def test_print(self) -> Steps:
        """A short receipt in both languages with a bar code and a cut; then the status again.

        DLE EOT overtakes the print data, so a good answer proves that the printer still lives, not that it printed.
        """
        from drivers.printer.receipt import test_receipt

        if self.printer is not None and self.printer.offline:
            yield NotAnswered("offline", "an offline printer would print the job later")
            return
        data = test_receipt(charset=self.settings.charset, cutter=self.settings.cutter)
        self.dialogue.stream.write(data, _PRINT_TIMEOUT)
        self.dialogue.stream.drain(_PRINT_TIMEOUT)
        self.sent = True
        yield Measurement("bytes_sent", len(data), "B")
        yield Measurement("languages", "en zh" if self.settings.charset == "gb18030" else "en")
        if self.settings.answers == "none":
            yield NotAnswered("unproven", "sent; a one-way printer cannot say whether it printed")
            return
        yield from self._after_print()

    @check(
        Level.INTERACTIVE,
        finds=("PRN-PRINT-BLANK", "PRN-PRINT-FAINT", "PRN-DOTS-MISSING", "PRN-PAPER-JAM", "PRN-MECHANISM"),
        needs=("connection",),
    )
    def printout(self) -> Steps:
        """What the person sees on the test receipt; the only proof that a one-way printer can give."""
        if not self.sent:
            yield Skipped("not-applicable", "nothing was printed")
            return
        seen = yield Prompt("printout", ("good", "blank", "faint", "lines", "jammed", "nothing"))
        if seen is None:
            yield Skipped("no-person")
            return
        yield Measurement("printout", seen, limits=Limits(allowed=("good",)))
        fault = {
            "blank": "PRN-PRINT-BLANK",
            "faint": "PRN-PRINT-FAINT",
            "lines": "PRN-DOTS-MISSING",
            "jammed": "PRN-PAPER-JAM",
            "nothing": "PRN-MECHANISM",
        }.get(seen)
        if fault:
            yield Finding(fault, f"seen by the person: {seen}")

    def judge(self, error: DeviceError) -> Finding | NotAnswered:
        """The silence of a one-way printer is no evidence; its absence is."""
        if self.settings.answers == "none" and not isinstance(error, DeviceGone):
            return NotAnswered(error.reason, str(error))
        return super().judge(error)

    def close(self) -> None:
        """Close the port."""
        if self.stream is not None:
            self.stream.close()

    def _after_print(self) -> Steps:
        printer = escpos.printer_status(self.dialogue.ask(Status.PRINTER))
        cause = escpos.offline_cause(self.dialogue.ask(Status.OFFLINE_CAUSE))
        errors = escpos.error_cause(self.dialogue.ask(Status.ERROR_CAUSE))
        paper = escpos.paper_status(self.dialogue.ask(Status.PAPER))
        yield Measurement("online_after_print", not printer.offline)
        for seen, fault in (
            (printer.offline, "PRN-OFFLINE"),
            (cause.cover_open, "PRN-COVER-OPEN"),
            (paper.end or cause.paper_end_stop, "PRN-PAPER-END"),
            (errors.cutter, "PRN-CUTTER"),
            (errors.recoverable, "PRN-MECHANISM"),
            (errors.unrecoverable, "PRN-BOARD"),
            (errors.auto_recoverable and not cause.cover_open, "PRN-HEAD-HOT"),
            (paper.near_end and not paper.end and self.settings.near_end_sensor, "PRN-PAPER-NEAR-END"),
        ):
            if seen:
                yield Finding(fault, "after the test print")
