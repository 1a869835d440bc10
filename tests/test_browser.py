"""The HTML report in a browser that is not ours: Chromium sets it, runs nothing in it, and fetches nothing for it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from diag.contract.said import Said, to_data
from diag.knowledge import catalogue, fonts
from diag.knowledge.languages import LANGUAGES, Lang
from diag.records.record import from_json, to_json
from diag.reports import formats
from diag.reports.texts import Texts
from tests.test_formats import NASTY, hostile

BROWSER = shutil.which("chromium")
pytestmark = [
    pytest.mark.skipif(BROWSER is None, reason="chromium is missing: apt-get install chromium"),
    pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is missing: apt-get install poppler-utils"),
]


def printed(page: str, folder: Path) -> tuple[str, str]:
    """What Chromium prints of a page, read by Poppler, and what it says of the page."""
    (folder / "page.html").write_text(page)
    assert BROWSER
    done = subprocess.run(
        [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/browser",
         "--no-pdf-header-footer", "--enable-logging=stderr", f"--print-to-pdf={folder}/page.pdf",
         (folder / "page.html").as_uri()],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    said = "\n".join(line for line in done.stderr.splitlines() if "CONSOLE" in line)
    text = subprocess.run(["pdftotext", folder / "page.pdf", "-"], capture_output=True, text=True, check=True).stdout
    return text, said


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_report_is_set_with_its_pictures(tmp_path: Path, lang: Lang) -> None:
    if lang == "zh" and not fonts.have_chinese():
        pytest.skip("no font has Chinese: apt-get install fonts-wqy-microhei")
    way = Said("path_on", before=Said("link_terminal"), link=Said("link_router"))
    data = to_json(hostile("x"))
    [part] = data["components"]
    part["kind"] = "network"
    part["checks"][0]["facts"] = [{"name": "path", "detail": "…", "said": to_data(Said("path_whole", before=way))}]
    text, said = printed(formats.written(from_json(data), "html", Texts(catalogue.load({"network"}), lang)), tmp_path)
    assert said == ""
    for word in {"en": ("terminal", "router"), "zh": ("POS机", "路由器", "序列号")}[lang]:
        assert word in text


def test_nothing_of_a_device_runs(tmp_path: Path) -> None:
    nasty = NASTY + "<img src=x onerror=alert(1)><svg onload=alert(1)>"
    page = formats.written(hostile(nasty), "html", Texts(catalogue.load({"printer"}), "en"))
    text, said = printed(page, tmp_path)
    assert said == ""
    assert "<script>alert(1)</script>" in text.replace("\n", "")
    assert "onerror=alert(1)" in text.replace("\n", "")


def test_the_policy_of_the_page_itself_forbids_scripts(tmp_path: Path) -> None:
    """Even what slips through escaping does not run, and Chromium says so: the test above would see it."""
    page = formats.written(hostile("x"), "html", Texts(catalogue.load({"printer"}), "en"))
    text, said = printed(page.replace("</main>", "<script>document.title='ran'</script></main>"), tmp_path)
    assert text
    assert "violates" in said
