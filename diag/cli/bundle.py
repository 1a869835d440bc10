"""`posdiag bundle`: what support needs of a run, in one file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from diag.cli import screen
from diag.cli.options import Force, Lang, Trace
from diag.cli.stored_runs import RunId

if TYPE_CHECKING:
    from diag.knowledge import languages

commands = typer.Typer()


@commands.command(
    epilog="Examples: posdiag bundle · posdiag bundle 20260117T0912 --trace trace.jsonl --output case.zip · "
    "posdiag bundle --check case.zip · posdiag run --from case.zip"
)
def bundle(
    run_id: RunId = None,
    trace: Trace = None,
    output: Annotated[Path | None, typer.Option("--output", metavar="FILE")] = None,
    check: Annotated[Path | None, typer.Option("--check", metavar="FILE")] = None,
    force: Force = False,
    lang: Lang = None,
) -> None:
    """Write what support needs of a run into one file, and show what is in it; or check such a file."""
    from diag.contract.errors import ConfigError
    from diag.contract.said import Said
    from diag.knowledge.words import from_environment

    language = lang or from_environment()
    if check is None:
        _write(run_id, trace, output, language, force=force)
    elif run_id or trace or output or force:
        raise ConfigError(Said("check_alone"))
    else:
        raise typer.Exit(_check(check, language))


def _write(run_id: str | None, trace: Path | None, path: Path | None, lang: "languages.Lang", *, force: bool) -> None:
    import hashlib
    import re

    from diag.bench.bundle import archive, contents
    from diag.cli import output, which_run
    from diag.knowledge.words import word
    from diag.reports import formats

    record = formats.clean(which_run.named(run_id))
    made = contents.make(record, trace, lang)
    file = path or Path(f"posdiag-{re.sub('[^A-Za-z0-9_-]', '_', record.run.id)[:100]}.zip")
    packed = archive.packed(made.bundle)
    output.write(packed, file, force=force)
    digest = hashlib.sha256(packed).hexdigest()
    screen.show(made.listing + "\n" + word("bundle.written", lang, file=file, digest=digest))


def _check(file: Path, lang: "languages.Lang") -> int:
    """Print what a bundle holds, or what is wrong with it. Returns the exit status."""
    from diag.bench.bundle import archive, replayed
    from diag.contract.shown import in_a_line
    from diag.knowledge.wording import wording
    from diag.knowledge.words import word

    try:
        found = archive.read(file)
        replayed.record_of(found, file)
    except archive.Broken as error:
        screen.show("✗ " + in_a_line(wording(error.told, lang)))
        return 1
    for name, data in found.members.items():
        screen.show(f"  {len(data):>9}  {name}")
    screen.show("✓ " + word("bundle.whole", lang, run=in_a_line(found.run[:100]), count=len(found.members)))
    return 0
