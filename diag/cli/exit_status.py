"""Ends posdiag with its exit status: of a verdict, or of an error, which gives a line and never a traceback."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from typing import NoReturn

from diag.cli import letters, screen, signals, streams

#: the verdict of a run; `diag/conclusions/conclude.py` reaches it
EXIT_OF_VERDICT = {"pass": 0, "fail": 1, "inconclusive": 3}
EXIT_USAGE, EXIT_DEFECT, EXIT_CONFIG, EXIT_INTERRUPTED = 2, 70, 78, 130


def end_with(command: Callable[[], None]) -> NoReturn:
    """Run a command, then end the process with the exit status that belongs to how the command ended."""
    from diag.contract.errors import ConfigError

    gc.disable()  # imports leave no garbage, and the search takes a tenth of a short run; a run enables the search
    try:
        signals.prepare()
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
            signals.ignore()  # what is left takes no time, and a signal would print a traceback
    except SystemExit as end:
        if end.code == EXIT_USAGE:
            _complain("the arguments are not understood; see above", "usage")
        raise
    except ConfigError as error:
        _complain(str(error), "configuration")
        sys.exit(EXIT_CONFIG)
    except OSError as error:
        if error.filename is None:
            _end_defect(error)
        _complain(f"{error.filename}: {error.strerror}", "configuration")  # a file or folder that the user named
        sys.exit(EXIT_CONFIG)
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
    except streams.OutputLost as error:
        _complain(str(error), "output")
        sys.exit(EXIT_DEFECT)
    except Exception as error:
        _end_defect(error)
    sys.exit()


def _end_defect(error: Exception) -> NoReturn:
    if os.environ.get("POSDIAG_DEBUG"):
        raise error
    _complain(f"defect: {type(error).__name__}: {error} (POSDIAG_DEBUG=1 shows where)", "defect")
    sys.exit(EXIT_DEFECT)


def _refuse_other_encodings() -> None:
    """Raise ConfigError for an argument that is not UTF-8, which no record and no message can hold."""
    from diag.contract.errors import ConfigError

    for number, word in enumerate(sys.argv[1:], 1):
        try:
            word.encode()
        except UnicodeEncodeError:
            raise ConfigError(f"argument {number} is not UTF-8") from None


def _complain(message: str, kind: str) -> None:
    """Print a message to standard error, and, where --json was given, as a JSON document to standard output."""
    import contextlib
    import json

    from diag.contract import privacy, shown

    clean = shown.in_a_line(privacy.scan(message)[0])
    with contextlib.suppress(OSError):
        screen.show(f"posdiag: {clean}", sys.stderr)
        if "--json" in sys.argv[1:]:
            print(json.dumps({"schema": "posdiag.error/1", "error": {"kind": kind, "message": clean}}), flush=True)
