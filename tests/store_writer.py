"""A process that keeps runs as posdiag does: `python -m tests.store_writer FOLDER NAME COUNT [PAUSE]`.

Each run is a file of its own folder first, and then comes into the store; its id is printed when the store has the run.
"""

from __future__ import annotations

import sys
from pathlib import Path

from diag.conclusions import stored
from diag.records.journal import Journal
from diag.records.record import to_json
from diag.store.database import StoreAway
from tests.stores import record, renamed


def main(folder: Path, name: str, count: int) -> None:
    for number in range(count):
        made = renamed(record(number), f"{name}-{number:06}")
        journal = Journal(folder, made.run.id)
        journal.append("{}")
        journal.finish(to_json(made))
        try:
            stored.take_in(folder)
        except StoreAway as error:
            print(f"away: {error}", file=sys.stderr)
            continue
        print(made.run.id, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
