"""Units of systemd that check a terminal each morning (systemd.timer(5), systemd.service(5), systemd.exec(5))."""

from __future__ import annotations

import os
from pathlib import Path

from diag.bench import udev
from diag.contract import files
from diag.contract.errors import ConfigError
from diag.contract.said import Said, system

SERVICE, TIMER = "posdiag-check.service", "posdiag-check.timer"


def units(time: str) -> dict[str, str]:
    """Return the files: name -> text. `time`: when, as HH:MM."""
    program = udev.posdiag().replace("%", "%%")
    service = (
        "# Made by `posdiag timer`. As root: /etc/systemd/system; for one user: ~/.config/systemd/user\n"
        "[Unit]\nDescription=Check of the payment terminal before opening\nAfter=pcscd.socket network.target\n\n"
        "[Service]\nType=oneshot\n"
        "# /etc/posdiag/environment, of one user ~/.config/posdiag/environment: POSDIAG_WEBHOOK=…, POSDIAG_METRICS=…\n"
        "EnvironmentFile=-%E/posdiag/environment\n"
        f'ExecStart="{program}" check --tell\n'
        "# the exit status is that of check; 3, not everything could be judged, is no failure of the service\n"
        "SuccessExitStatus=3\nTimeoutStartSec=10min\nUMask=0077\n"
    )
    timer = (
        "# Made by `posdiag timer`. To begin: systemctl enable --now posdiag-check.timer (of one user: with --user)\n"
        "[Unit]\nDescription=Check of the payment terminal each morning\n\n"
        f"[Timer]\nOnCalendar=*-*-* {time}:00\n# where the computer was off at that time, when it starts\n"
        "Persistent=true\n\n[Install]\nWantedBy=timers.target\n"
    )
    return {SERVICE: service, TIMER: timer}


def write(folder: Path, time: str, *, force: bool) -> list[Path]:
    """Write the files to a folder; return their paths. Raises ConfigError."""
    try:
        files.folder_for_all(folder)
    except OSError as error:
        raise ConfigError(Said("says", what=f"--output {folder}", why=system(error.errno, error))) from error
    written = []
    for name, text in units(time).items():
        with os.fdopen(files.create_for(folder / name, "--output", force=force), "w", encoding="utf-8") as file:
            file.write(text)
        written.append(folder / name)
    return written
