"""The IPP service of a simulated network printer, for settings `ipp` and `ipp_port`.

`ipp`: printer; missing (a web server without the service); mute (takes the connection and says nothing); garbage.
`ipp_reasons`: printer-state-reasons in place of those of the faults, with commas.
"""

from __future__ import annotations

import http.server
import struct
import threading
from collections.abc import Mapping

from diag.sim.printer.machine import Machine

_REASONS = {
    "PAPER-NEAR-END": "media-low-warning",
    "PAPER-END": "media-empty-error",
    "COVER-OPEN": "cover-open-error",
    "PAPER-JAM": "media-jam-error",
    "OFFLINE": "offline-report",
    "RIBBON": "marker-supply-empty-error",
}


def serve(machine: Machine, settings: Mapping[str, str]) -> int:
    """Answer at the port of the settings, or any, in a thread of its own; return the port."""
    kind = settings["ipp"]

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if kind == "mute":
                threading.Event().wait()
            if kind == "missing" or self.path != "/ipp/print":
                self.send_error(404)
                return
            content = b"<html>" if kind == "garbage" else _answer(asked, machine, settings)
            self.send_response(200)
            self.send_header("Content-Type", "application/ipp")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(settings.get("ipp_port", 0))), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


def _answer(asked: bytes, machine: Machine, settings: Mapping[str, str]) -> bytes:
    reasons = [reason for name, reason in _REASONS.items() if machine.has(name)]
    if "ipp_reasons" in settings:
        reasons = settings["ipp_reasons"].split(",")
    stopped = any(reason.endswith(("-error", "-report")) for reason in reasons)
    fields = [
        (0x01, None, b""),
        (0x47, "attributes-charset", b"utf-8"),
        (0x48, "attributes-natural-language", b"en"),
        (0x04, None, b""),
        (0x41, "printer-make-and-model", b"Simulated IPP printer"),
        (0x23, "printer-state", struct.pack(">i", 5 if stopped else 3)),
        (0x22, "printer-is-accepting-jobs", b"\1"),
        *((0x44, "" if at else "printer-state-reasons", text.encode()) for at, text in enumerate(reasons or ["none"])),
        (0x03, None, b""),
    ]
    return b"\1\1\0\0" + asked[4:8] + b"".join(_field(*field) for field in fields)


def _field(tag: int, name: str | None, value: bytes) -> bytes:
    if name is None:
        return bytes((tag,))
    return bytes((tag,)) + struct.pack(">H", len(name)) + name.encode() + struct.pack(">H", len(value)) + value
