"""`posdiag certificate`: what a repair has changed, to hand out, and whether a certificate is as it was signed."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from diag.cli import screen
from diag.cli.compare import After, Before
from diag.cli.options import Force, Lang

if TYPE_CHECKING:
    from diag.conclusions.certified import Certificate
    from diag.reports.texts import Texts

commands = typer.Typer()

_EXIT = {"repaired": 0, "not-repaired": 1, "unproven": 3}


@commands.command(
    epilog='Examples: posdiag certificate new --work "cutter replaced" · '
    "posdiag certificate new 20260117T0912 20260118T1030 --format html --output repair.html · "
    "posdiag certificate new --format json --output repair.json --sign key.pem"
)
def new(
    before: Before = None,
    after: After = None,
    work: Annotated[str | None, typer.Option("--work", metavar="TEXT")] = None,
    technician: Annotated[str | None, typer.Option("--technician", metavar="TEXT")] = None,
    form: Annotated[Literal["text", "html", "json"], typer.Option("--format")] = "text",
    output: Annotated[Path | None, typer.Option("--output", metavar="FILE")] = None,
    sign: Annotated[Path | None, typer.Option("--sign", metavar="KEY")] = None,
    force: Force = False,
    lang: Lang = None,
) -> None:
    """Certify what two runs prove of a repair: before, what was done, after, and what stays unproven."""
    from diag.cli import output as out
    from diag.contract import signature
    from diag.contract.errors import ConfigError
    from diag.contract.said import Said
    from diag.knowledge import catalogue, words
    from diag.reports.texts import Texts

    if sign and output is None:
        raise ConfigError(Said("at", where="--sign", said=Said("needs_output")))
    made = _made(before, after, work, technician)
    kinds = [each.kind for each in made.causes] + [each.kind for each in made.measurements]
    texts = Texts(catalogue.load(kinds), lang or words.from_environment())
    text = _written(made, form, texts)
    signed = _signed(out.as_file(text, form), sign, output, force=force) if sign and output else None
    out.put(text, form, output, texts, force=force)
    if signed and output:
        out.write(signed, signature.beside(output), force=force)
    raise typer.Exit(_EXIT[made.statement])


@commands.command(epilog="Example: posdiag certificate check repair.json --key public.pem")
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    key: Annotated[Path, typer.Option("--key", metavar="PUBLIC")],
    lang: Lang = None,
) -> None:
    """Say whether a certificate is as it was signed, and whether the store's records are those that it names."""
    from diag.cli import keeping
    from diag.conclusions import certified
    from diag.contract import files, signature
    from diag.knowledge.words import from_environment, word
    from diag.reports.texts import safe
    from diag.store import runs

    language = lang or from_environment()
    data, signed = files.content(file, certified.MOST), signature.read(signature.beside(file))
    if not signature.fits(data, signed, key):
        screen.show("✗ " + word("certificate.altered", language, file=safe(file)))
        raise typer.Exit(1)
    screen.show("✓ " + word("certificate.as_signed", language, file=safe(file)))
    keeping.take_in()
    known = {run: (its_hash, runs.kept_hash(run)) for run, its_hash in certified.hashes_in(data).items()}
    for run, (named, kept) in known.items():
        mark, text = ("-", "no_record") if kept is None else ("✓", "record") if kept == named else ("✗", "other_record")
        screen.show(f"{mark} {safe(run)}  " + word(f"certificate.{text}", language))
    raise typer.Exit(1 if any(kept not in (None, named) for named, kept in known.values()) else 0)


def _made(before: str | None, after: str | None, work: str | None, technician: str | None) -> "Certificate":
    from diag.cli import which_run
    from diag.conclusions import certified, compared
    from diag.reports.formats import clean
    from diag.store import runs

    read = which_run.pair(before, after)
    first, second = map(clean, read)
    hashes = runs.sha256(read[0]), runs.sha256(read[1])
    return certified.certificate(compared.compare(first, second), first, second, hashes, work, technician)


def _written(made: "Certificate", form: str, texts: "Texts") -> str:
    import json

    from diag.records.record import to_json
    from diag.reports import certificate

    if form == "html":
        return certificate.html(made, texts)
    if form == "text":
        return certificate.text(made, texts)
    return json.dumps(to_json(made), ensure_ascii=False, indent=1)


def _signed(data: bytes, key: Path, output: Path, *, force: bool) -> bytes:
    """Return the signature, where its file may be written. Raises ConfigError."""
    from diag.contract import signature
    from diag.contract.errors import ConfigError
    from diag.contract.said import Said

    beside = signature.beside(output)
    if beside.exists() and not force:
        raise ConfigError(Said("at", where=beside, said=Said("exists_use_force")))
    return signature.sign(data, key)
