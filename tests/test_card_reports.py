"""Card readers as public reports have them, by a pcscd of ours."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT, Command, Done

Run = Callable[[str], Done]


@pytest.fixture
def run(tmp_path: Path, posdiag: Command) -> Iterator[Run]:
    """Examine a card of a kind."""
    served: list[subprocess.Popen[str]] = []

    def examined(kind: str) -> Done:
        at = str(tmp_path / "pcscd.comm")
        words = [sys.executable, "-m", "tests.pcscd_alone", at, kind]
        served.append(subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=ROOT))
        assert served[-1].stdout is not None
        assert served[-1].stdout.readline() == "serving\n"
        return posdiag("run", "generic/pcsc", "--json", env={"PCSCLITE_CSOCK_NAME": at})

    yield examined
    for process in served:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("kind", ["payment", "four-bytes"])
def test_a_healthy_card(run: Run, kind: str) -> None:
    """Also one whose ATR has four historical bytes alone, and that can be connected to."""
    done = run(kind)
    assert (done.status, done.causes) == (0, [])


def test_a_memory_card_is_not_mute(run: Run) -> None:
    """LudovicRousseau/pcsc-tools issue 46: SLE 4442 is seen, and "unresponsive" to who connects."""
    done = run("memory")
    assert (done.status, done.causes) == (3, [])
    told = done.check("card_reader", "answer_to_reset")
    assert told["reason"] == "other-protocol"
    assert "memory card" in told["detail"]


def test_one_lost_command_condemns_no_contacts(run: Run) -> None:
    """LudovicRousseau/PCSC issue 154: the reader was reset on USB, once. One reset of one was 91 % ICC-INTERMITTENT."""
    done = run("one-loss")
    assert (done.status, done.causes) == (3, [])
    told = done.check("card_reader", "contact_quality")
    assert told["reason"] == "unsteady"
    assert "1 of 20" in told["detail"]
    assert done.record["diagnosis"]["next_step"]["kind"] == "check"


def test_resets_that_fail_more_than_once_do(run: Run) -> None:
    done = run("restless")
    assert (done.status, done.causes) == (1, ["ICC-INTERMITTENT"])


def test_a_service_that_comes_back_may_deny_at_first(run: Run) -> None:
    """Whom it asks may have started later than pcscd; that is no missing permission, and nothing is lost."""
    done = run("restarts")
    assert (done.status, done.causes) == (0, [])
    told = {each["name"]: each["value"] for each in done.check("card_reader", "kept_connected")["measurements"]}
    assert told["service_restarts"] == 1
