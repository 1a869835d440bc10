"""Swipes through the kernel's own drivers, as keys and as reports: nothing of a card is written, in whatever form."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Done
from tests.lab.conftest import Guest
from tests.test_overheard import NUMBER, assert_nothing_is_written

pytestmark = pytest.mark.lab

_TRACK_1, _TRACK_2 = f"%B{NUMBER}^TEST/CARD^29121010000000000000?", f";{NUMBER}=29121010000000000000?"
#: what a reader types or reports for each prompt, in turn
SAID = {
    "text": (_TRACK_1 + _TRACK_2,),
    "no sentinels": (_TRACK_2[1:-1],),
    "in pieces": (_TRACK_1[:9], _TRACK_1[9:16], _TRACK_1[16:] + _TRACK_2[:12], _TRACK_2[12:]),
    "in groups": ("3782 822463 10005",),
    "in hex": (_TRACK_2.encode().hex().upper(),),
}
READERS = {
    "wedge": ("gadget-hid-msr", "magtek/sureswipe-keyboard"),
    "hid": ("gadget-hid-msr-raw", "magtek/sureswipe-hid"),
}


def test_nothing_of_a_swipe_is_written(guest: Guest, tmp_path: Path) -> None:
    """Record, store, journal, trace and screen of each run are searched, as they are for the other rooms."""
    tmp_path.chmod(0o777)  # the guest's root is somebody else out here
    cases = [(reader, form) for reader in READERS for form in SAID if reader == "wedge" or form != "in hex"]
    script = r"""
    # swiping CASE READER PROFILE TEXT...: the texts in turn, one for each prompt
    swiping() {
      HOME=/out/$1 reader=$2 profile=$3; export HOME; shift 3; mkdir -p "$HOME"; mkfifo /tmp/prompts
      echo "magstripe.was_it_swiped=yes" > /tmp/answers
      (while read -r line; do echo "$line" >> "$HOME/stderr"; case "$line" in
        magstripe.swipe*) labctl swipe "$reader" "$1" > /dev/null; set -- "$@" "$1"; shift;;
      esac; done < /tmp/prompts) &
      python -m diag.cli run "$profile" --level interactive --answers /tmp/answers --json --set magstripe.max_swipes=4 \
        --trace "$HOME/trace.jsonl" > "$HOME/stdout" 2> /tmp/prompts
      echo "exit $?"; wait $!; rm /tmp/prompts
    }
    """
    for reader, form in cases:
        texts = " ".join(f"'{text}'" for text in SAID[form])
        script += f"swiping '{reader}-{form.replace(' ', '-')}' {' '.join(READERS[reader])} {texts}\n"
    printed = guest("gadget-hid-msr,gadget-hid-msr-raw", script, "--out", str(tmp_path))
    assert printed.split("\n").count("exit 70") == 0
    runs = sorted(folder for folder in tmp_path.iterdir() if (folder / "stdout").exists())
    assert len(runs) == len(cases) == printed.count("exit ")
    for folder in runs:
        said = Done(0, (folder / "stdout").read_text(), (folder / "stderr").read_text())
        assert said.check("magstripe", "swipes")["measurements"] or said.causes, folder.name  # a swipe has come
        assert_nothing_is_written(said, folder)
