"""What `posdiag check --tell` does with the result: a notice on the desktop, a webhook, and a file of metrics.

POSDIAG_WEBHOOK and POSDIAG_METRICS say where to; an address that holds a secret belongs on no command line. What
cannot be told is said in a line, and never changes the exit status.
"""

from __future__ import annotations

import contextlib
import hashlib
import html
import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from diag.contract.errors import ConfigError
from diag.contract.said import Said, Told, system
from diag.records.record import Record
from diag.reports import as_metrics, formats
from diag.reports.texts import Texts

WEBHOOK, METRICS = "POSDIAG_WEBHOOK", "POSDIAG_METRICS"
_DEADLINE = 10.0  # s that a webhook may take in all
_NOTICE = 5.0  # s that the desktop may take
_SESSIONS = ("DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY")
_NO_NAME = re.compile(r"[^A-Za-z0-9_-]")
_LONGEST = 100  # characters of a file's name


def refuse_wrong() -> None:
    """Raise ConfigError where a setting cannot be right, before a run is made for it."""
    address = os.environ.get(WEBHOOK)
    if address is not None:
        _host(address)
    folder = os.environ.get(METRICS)
    if folder is not None and not Path(folder).is_dir():
        raise ConfigError(Said("at", where=f"{METRICS}={folder}", said=Said("no_folder")))


def tell(record: Record, notice: str, texts: Texts) -> Iterator[Told]:
    """Tell the result wherever the settings say, and the desktop where there is one; yield what went wrong.

    `notice`: the verdict in words.
    """
    record = formats.clean(record)
    _on_the_desktop(notice)
    address, folder = os.environ.get(WEBHOOK), os.environ.get(METRICS)
    if address and (why := _posted(address, json.dumps(_body(record)).encode())):
        yield Said("not_told", where=_host(address), why=why)
    if folder and record.run.origin == "live":  # figures of simulated devices would stand among those of real ones
        try:
            _replace(Path(folder) / _name(record), as_metrics.metrics(record, texts))
        except OSError as error:
            yield Said("says", what=f"{METRICS}={folder}", why=system(error.errno, error))


def _body(record: Record) -> dict[str, object]:
    """Return what a webhook is told: which run of which terminal, verdict and codes; nothing that a device says."""
    return {
        "schema": "posdiag.told/1",
        "run": record.run.id,
        "started": record.run.started,
        "origin": record.run.origin,
        "terminal": {"profile": record.terminal.profile, "serial_number": record.terminal.serial_number},
        "verdict": record.verdict,
        "codes": list(dict.fromkeys(cause.fault for cause in record.diagnosis.causes)),
    }


def _host(address: str) -> str:
    """Return the host of a webhook, which may be shown; the rest may be secret. Raises ConfigError."""
    with contextlib.suppress(ValueError):
        parts = urlsplit(address)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
            return parts.hostname
    raise ConfigError(Said("at", where=WEBHOOK, said=Said("no_webhook")))


def _posted(address: str, body: bytes) -> Told | None:
    """Post a body; return why that did not succeed before the deadline, or None.

    The time-out of a socket is one of each call, and a server that drips would hold us; so a thread is left behind.
    """
    answers: list[Told | None] = []
    thread = threading.Thread(target=lambda: answers.append(_answer(address, body)), daemon=True)
    thread.start()
    thread.join(_DEADLINE)
    return answers[0] if answers else Said("not_ended", seconds=_DEADLINE)


def _answer(address: str, body: bytes) -> Told | None:
    import http.client
    from urllib.error import HTTPError, URLError
    from urllib.request import HTTPRedirectHandler, Request, build_opener

    class Nowhere(HTTPRedirectHandler):
        """Follows no redirection: it would lead the body to a place that nobody has set."""

        def redirect_request(self, *_: object) -> None:
            return None

    request = Request(address, body, {"Content-Type": "application/json"})  # noqa: S310 -- http or https, see `_host`
    try:
        with build_opener(Nowhere).open(request, timeout=_DEADLINE):
            return None
    except HTTPError as error:
        return Said("answers_status", status=error.code)
    except URLError as error:
        reason = error.reason
        return system(reason.errno, reason) if isinstance(reason, OSError) else str(reason)
    except (OSError, http.client.HTTPException, ValueError) as error:
        return str(error) or type(error).__name__


def _on_the_desktop(notice: str) -> None:
    """Show a notice where somebody is logged in at a desktop that takes notices; it is a convenience, and may fail.

    Servers of notices may read the body as markup (Desktop Notifications Specification, Markup).
    """
    program = shutil.which("notify-send")
    if program and any(os.environ.get(name) for name in _SESSIONS):
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            words = [program, "--app-name=posdiag", "--", "posdiag", html.escape(notice)]
            subprocess.run(words, capture_output=True, timeout=_NOTICE, check=False)


def _name(record: Record) -> str:
    """Return the name of a terminal's file; terminals whose names differ have files of their own."""
    whose = as_metrics.terminal(record)
    plain = _NO_NAME.sub("_", whose)[:_LONGEST]
    if plain != whose:
        plain += "-" + hashlib.sha256(whose.encode("utf-8", "replace")).hexdigest()[:8]
    return f"posdiag-{plain}.prom"


def _replace(path: Path, text: str) -> None:
    """Write a file that appears whole, and that the exporter, another user, may read. Raises OSError."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".posdiag-", suffix=".tmp")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            os.fchmod(file.fileno(), 0o644)
        os.replace(temporary, path)
    except OSError:
        os.unlink(temporary)
        raise
