"""Whether this computer has a font for Chinese, which a PDF needs; without one each letter becomes an empty box.

`fc-list` of fontconfig names the fonts that cover a language; Pango, which sets the PDF, asks the same library
(https://www.freedesktop.org/software/fontconfig/fontconfig-user.html). Debian's Pango brings `fc-list` along.
"""

from __future__ import annotations

import subprocess

_PATIENCE = 30.0  # s; the first call may fill fontconfig's cache


def have_chinese() -> bool:
    """Return whether a font covers simplified Chinese; False where nobody can say."""
    try:
        done = subprocess.run(["fc-list", ":lang=zh-cn", "file"], capture_output=True, timeout=_PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return bool(done.stdout.strip())
