"""The PDF report: read by Poppler, in both languages, and refused with its remedy where it cannot be made."""

from __future__ import annotations

import importlib
import os
import pty
import shutil
import stat
import subprocess
import time
from pathlib import Path

import pytest

from diag.contract.errors import ConfigError
from diag.knowledge import catalogue, fonts
from diag.knowledge.languages import LANGUAGES, Lang
from diag.reports import as_pdf, formats
from diag.reports.texts import Texts
from tests.conftest import Command
from tests.forkserver import POSDIAG, ROOT
from tests.stores import record
from tests.test_formats import NASTY, hostile


def text_of(file: Path) -> str:
    """The text that Poppler finds in a PDF."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is missing: apt-get install poppler-utils")
    return subprocess.run(["pdftotext", file, "-"], capture_output=True, text=True, check=True).stdout


@pytest.fixture(autouse=True)
def _can_be_made(request: pytest.FixtureRequest) -> None:
    if "nothing_installed" in request.fixturenames:
        return
    try:
        importlib.import_module("weasyprint")
    except (ImportError, OSError) as error:  # OSError: it finds no Pango
        pytest.skip(f"WeasyPrint is missing, or Pango (apt-get install libpango-1.0-0 libpangoft2-1.0-0): {error}")


@pytest.fixture
def _chinese() -> None:
    if not fonts.have_chinese():
        pytest.skip("no font has Chinese: apt-get install fonts-wqy-microhei")


@pytest.mark.usefixtures("_chinese")
def test_a_pdf_is_read_in_both_languages(posdiag: Command, folder: Path) -> None:
    posdiag("demo", "--component", "printer", "--fault", "PRN-COVER-OPEN")
    for lang in LANGUAGES:
        done = posdiag("report", "--format", "pdf", "--lang", lang, "--output", f"{lang}.pdf")
        assert (done.status, done.err) == (0, "")
        text = text_of(folder / f"{lang}.pdf")
        assert "PRN-COVER-OPEN" in text
        assert ("打印机" in text) == (lang == "zh")
    assert stat.S_IMODE((folder / "en.pdf").stat().st_mode) == 0o600
    again = posdiag("report", "--format", "pdf", "--output", "en.pdf")
    assert (again.status, again.err.count("\n")) == (78, 1)


@pytest.mark.usefixtures("_chinese")
@pytest.mark.parametrize("text", [NASTY, "W" * 10_000], ids=["script", "endless word"])
def test_a_hostile_record_is_harmless_and_quick(tmp_path: Path, text: str) -> None:
    """WeasyPrint's time grows with the square of a word's length; without the cut this takes minutes."""
    began = time.process_time()
    made = formats.pdf(hostile(text), Texts(catalogue.load({"printer"}), "en"))
    assert time.process_time() - began < 20
    (tmp_path / "r.pdf").write_bytes(made)
    read = text_of(tmp_path / "r.pdf").replace("\n", "")
    assert ("<script>alert(1)</script>" in read) == (text == NASTY)
    assert b"/JavaScript" not in made
    assert b"/URI" not in made


def test_nothing_is_fetched(tmp_path: Path) -> None:
    (tmp_path / "seen").write_text("SECRET")
    made = as_pdf.pdf(f"<p>text<img src='file://{tmp_path}/seen'><img src='http://127.0.0.1:9/'><object data='x'>")
    (tmp_path / "r.pdf").write_bytes(made)
    assert text_of(tmp_path / "r.pdf").strip() == "text"


@pytest.mark.parametrize(("lang", "works"), [("en", True), ("zh", False)])
def test_chinese_needs_a_font(monkeypatch: pytest.MonkeyPatch, lang: Lang, works: bool) -> None:
    monkeypatch.setattr(fonts, "have_chinese", lambda: False)
    texts = Texts(catalogue.load({"printer"}), lang)
    if works:
        assert formats.pdf(record(0), texts).startswith(b"%PDF-")
        return
    with pytest.raises(ConfigError, match="fonts-wqy-microhei"):
        formats.pdf(record(0), texts)


@pytest.mark.parametrize(("listed", "have"), [("/usr/share/fonts/a.ttc: \n", True), ("", False)])
def test_fontconfig_is_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, listed: str, have: bool) -> None:
    (tmp_path / "fc-list").write_text(f"#!/bin/sh\nprintf '{listed}'\n")
    (tmp_path / "fc-list").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert fonts.have_chinese() is have
    (tmp_path / "fc-list").unlink()
    assert fonts.have_chinese() is False


@pytest.mark.parametrize(("listed", "line"), [("a.ttc: ", "✓ "), ("", "· no font has Chinese")])
def test_doctor_tells_whether_a_pdf_can_hold_chinese(
    posdiag: Command, environment: dict[str, str], tmp_path: Path, listed: str, line: str
) -> None:
    (tmp_path / "fc-list").write_text(f"#!/bin/sh\nprintf '{listed}'\n")
    (tmp_path / "fc-list").chmod(0o755)
    done = posdiag("doctor", env={"PATH": f"{tmp_path}:{environment['PATH']}"})
    [told] = [each for each in done.out.splitlines() if "PDF" in each]
    assert told.startswith(line)
    assert ("sudo apt-get install fonts-wqy-microhei" in told) == (not listed)


@pytest.fixture
def nothing_installed(folder: Path) -> dict[str, str]:
    """An environment in which WeasyPrint is not installed."""
    (folder / "without").mkdir()
    (folder / "without" / "weasyprint.py").write_text("raise ModuleNotFoundError(__name__)\n")
    return {"PYTHONPATH": f"{folder / 'without'}:{ROOT}"}


def test_a_missing_extra_is_told_with_the_remedy(
    posdiag: Command, folder: Path, nothing_installed: dict[str, str]
) -> None:
    (folder / "r.json").write_text(formats.written(record(0), "json", Texts(catalogue.load({"printer"}), "en")))
    done = posdiag("report", "./r.json", "--format", "pdf", "--output", "r.pdf", env=nothing_installed)
    assert (done.status, done.out, done.err.count("\n")) == (78, "", 1)
    assert "pip install 'posdiag[pdf]'" in done.err
    assert not (folder / "r.pdf").exists()


def test_standard_output_gets_a_pdf_unless_it_is_a_screen(environment: dict[str, str], folder: Path) -> None:
    (folder / "r.json").write_text(formats.written(record(0), "json", Texts(catalogue.load({"printer"}), "en")))
    words = [POSDIAG, "report", "./r.json", "--format", "pdf"]
    done = subprocess.run(words, capture_output=True, env=environment, cwd=folder, check=True)
    assert (done.stdout[:5], done.stderr) == (b"%PDF-", b"")
    screen, end = pty.openpty()
    shown = subprocess.run(words, stdout=end, stderr=subprocess.PIPE, env=environment, cwd=folder, check=False)
    os.close(end)
    os.close(screen)
    assert (shown.returncode, shown.stderr.count(b"\n")) == (78, 1)
    assert b"--output" in shown.stderr
