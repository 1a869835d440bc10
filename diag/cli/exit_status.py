"""Ends posdiag with its exit status: of a verdict, or of an error, which gives a line and never a traceback."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn

from diag.cli import letters, screen

if TYPE_CHECKING:
    from diag.contract.said import Told

#: the verdict of a run; `diag/conclusions/conclude.py` reaches it
EXIT_OF_VERDICT = {"pass": 0, "fail": 1, "inconclusive": 3}
EXIT_USAGE, EXIT_DEFECT, EXIT_CONFIG, EXIT_INTERRUPTED = 2, 70, 78, 130


class Misused(Exception):
    """The arguments of this process are wrong; `told` says how."""

    def __init__(self, told: Told) -> None:
        super().__init__(told)
        self.told = told


def end_with(command: Callable[[], None]) -> NoReturn:
    """Run a command, then end the process with the exit status that belongs to how the command ended."""
    from diag.contract.errors import ConfigError
    from diag.contract.said import Said

    gc.disable()  # imports leave no garbage, and the search takes a tenth of a short run; a run enables the search
    letters.prepare()
    try:
        try:
            command()
        finally:
            gc.freeze()  # or the interpreter, when it ends, searches all that was imported for garbage
            gc.enable()
            letters.say_lacking()
            sys.stdout.flush()  # a full disk shows here, not in a traceback after the end
    except Misused as error:
        _complain(error.told, "usage")
        sys.exit(EXIT_USAGE)
    except ConfigError as error:
        _complain(error.told, "configuration")
        sys.exit(EXIT_CONFIG)
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
    except BrokenPipeError:  # whoever read the output has gone, as `head` does; a last flush would fail again
        os._exit(1)
    except Exception as error:
        if os.environ.get("POSDIAG_DEBUG"):
            raise
        _complain(Said("defect", error=f"{type(error).__name__}: {error}"), "defect")
        os._exit(EXIT_DEFECT)  # not sys.exit: its last flush would fail again where the output cannot be written
    sys.exit()


def _complain(told: Told, kind: str) -> None:
    """Say what is wrong on standard error, and, where --json was given, in English in a JSON document."""
    import contextlib
    import json

    from diag.cli import language
    from diag.contract import privacy
    from diag.contract.said import to_data
    from diag.knowledge.wording import wording

    with contextlib.suppress(OSError):
        screen.show(f"posdiag: {privacy.scan(wording(told, language.asked()))[0]}", sys.stderr)
        if "--json" in sys.argv[1:]:
            said = None if isinstance(told, str) else to_data(told)
            document = {"kind": kind, "message": wording(told), "said": said}
            print(json.dumps({"schema": "posdiag.error/1", "error": privacy.scan(document)[0]}), flush=True)
