"""Ends posdiag with its exit status: of a verdict, or of an error, which gives a line and never a traceback."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn

from diag.cli import letters, screen, signals, streams

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
    gc.disable()  # imports leave no garbage, and the search takes a tenth of a short run; a run enables the search
    try:
        signals.prepare()
        from diag.contract.errors import ConfigError
        from diag.contract.said import Said, system

        streams.prepare()
        letters.prepare()
        try:
            _refuse_other_encodings()
            command()
        finally:
            gc.freeze()  # or the interpreter, when it ends, searches all that was imported for garbage
            gc.enable()
            letters.say_lacking()
            streams.finish()
            signals.end()  # a signal would print a traceback
    except KeyboardInterrupt:  # looked at first: the other errors may not be imported yet
        sys.exit(EXIT_INTERRUPTED)
    except Misused as error:
        _complain(error.told, "usage")
        sys.exit(EXIT_USAGE)
    except ConfigError as error:
        _complain(error.told, "configuration")
        sys.exit(EXIT_CONFIG)
    except OSError as error:
        if error.filename is None:
            _end_defect(error)
        # a file or folder that the user named
        _complain(Said("says", what=error.filename, why=system(error.errno, error)), "configuration")
        sys.exit(EXIT_CONFIG)
    except streams.OutputLost as error:
        _complain(Said("output_lost", why=system(error.number)), "output")
        sys.exit(EXIT_DEFECT)
    except Exception as error:
        _end_defect(error)
    sys.exit()


def _end_defect(error: Exception) -> NoReturn:
    from diag.contract.said import Said

    if os.environ.get("POSDIAG_DEBUG"):
        raise error
    _complain(Said("defect", error=f"{type(error).__name__}: {error}"), "defect")
    sys.exit(EXIT_DEFECT)


def _refuse_other_encodings() -> None:
    """Raise ConfigError for an argument that is not UTF-8, which no record and no message can hold."""
    from diag.contract.errors import ConfigError
    from diag.contract.said import Said

    for number, word in enumerate(sys.argv[1:], 1):
        try:
            word.encode()
        except UnicodeEncodeError:
            raise ConfigError(Said("argument_no_utf8", number=number)) from None


def _complain(told: Told, kind: str) -> None:
    """Say what is wrong on standard error, and, where --json was given, in English in a JSON document."""
    import contextlib
    import json

    from diag.cli import language
    from diag.contract import privacy, shown
    from diag.contract.said import to_data
    from diag.knowledge.wording import wording

    def clean(text: str) -> str:
        return shown.in_a_line(privacy.scan(text)[0])

    with contextlib.suppress(OSError):
        screen.show(f"posdiag: {clean(wording(told, language.asked()))}", sys.stderr)
        if "--json" in sys.argv[1:]:
            said = None if isinstance(told, str) else to_data(told)
            document = {"kind": kind, "message": clean(wording(told)), "said": privacy.scan(said)[0]}
            print(json.dumps({"schema": "posdiag.error/1", "error": document}), flush=True)
