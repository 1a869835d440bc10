"""A report as PDF: the HTML report, set by WeasyPrint (https://doc.courtbouillon.org/weasyprint/), the extra `pdf`.

WeasyPrint does not know the page's own policy, so it may fetch by no protocol. Breaking a word of ten
thousand letters takes it minutes; long texts are cut.
"""

from __future__ import annotations

import logging
import re
from typing import Any

from diag.contract.errors import ConfigError
from diag.contract.said import Said
from diag.knowledge import fonts

LONGEST = 2000  # letters of one text
_HAN = re.compile("[\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_LIBRARY_LOGS = ("weasyprint", "fontTools")


def pdf(page: str) -> bytes:
    """Return an HTML report, with no text longer than `LONGEST`, as PDF.

    Raises ConfigError with the remedy where WeasyPrint or its libraries are not installed, and where the report holds
    Chinese and no font of this computer does.
    """
    if _HAN.search(page) and not fonts.have_chinese():
        raise ConfigError(Said("at", where="--format pdf", said=Said("no_chinese_font")))
    make, fetcher = _weasyprint()
    return bytes(make(string=page, url_fetcher=fetcher(allowed_protocols=())).write_pdf())


def _weasyprint() -> tuple[Any, Any]:
    """Import WeasyPrint, which is silent from then on; return what makes documents, and what would fetch for them.

    Raises ConfigError.
    """
    for name in _LIBRARY_LOGS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        from weasyprint import HTML
        from weasyprint.urls import URLFetcher
    except ImportError as error:  # or one that is too old
        raise ConfigError(Said("at", where="--format pdf", said=Said("no_pdf"))) from error
    except OSError as error:  # Pango, which no Python package brings
        raise ConfigError(Said("at", where="--format pdf", said=Said("no_pango"))) from error
    return HTML, URLFetcher
