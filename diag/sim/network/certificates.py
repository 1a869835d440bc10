"""Certificates, made by openssl when a world starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from diag.sim.network.spaces import run
from diag.sim.network.world import ACQUIRER, ACQUIRER6, NAME, PRIVATE_ACQUIRER

_CONFIG = """[ca]
default_ca=any
[any]
database={folder}/index
new_certs_dir={folder}
default_md=sha256
policy=all
unique_subject=no
rand_serial=yes
email_in_dn=no
[all]
commonName=supplied
organizationName=optional
[req]
distinguished_name=name
[name]
"""
_LATE = timedelta(days=400)


@dataclass(frozen=True)
class Certificate:
    """A certificate with its key, and what a server sends along."""

    file: Path
    key: Path


@dataclass(frozen=True)
class Shown:
    """What a TLS server loads: the file of the chain, the key; `ca`: the issuers that a client needs to know."""

    chain: Path
    key: Path
    ca: Path


class Office:
    """Makes certificates in a folder, at a date."""

    def __init__(self, folder: Path, days: float) -> None:
        self._folder = folder
        self._now = datetime.now(UTC) + timedelta(days=days)
        self._config = folder / "openssl.cnf"
        self._config.write_text(_CONFIG.format(folder=folder))
        (folder / "index").touch()

    def acquirer(self, kind: str) -> Shown:
        """Return what the acquirer's server shows; `kind` says what is wrong."""
        root = self.make("Acquirer Root CA", None)
        issuer, issuers = root, [root]
        for number in range(2 if kind == "chain-of-four" else 1):
            issuer = self.make(f"Acquirer Issuing CA {number + 1}", issuer)
            issuers.insert(0, issuer)
        if kind in ("unknown-issuer", "inspected"):
            name = "Shop Gateway Inspection CA" if kind == "inspected" else "Somebody Else CA"
            issuer = self.make(name, None)
            issuers = [issuer]
        leaf = self.make(*self._leaf(kind, issuer))
        sent = [leaf] if kind in ("short", "self-signed") else [leaf, *issuers]
        return self._show(f"acquirer-{kind}", sent, root)

    def web(self, names: Sequence[str], inspected: Shown | None) -> Shown:
        """Return what all web servers show; behind an inspection, with the inspector's issuer."""
        issuer = self.make("Public Web Root CA", None)
        if inspected:
            issuer = Certificate(
                self._folder / "Shop-Gateway-Inspection-CA.pem", self._folder / "Shop-Gateway-Inspection-CA.key"
            )
        start, end = self._now - timedelta(days=30), self._now + timedelta(days=60)
        return self._show("web", [self.make(names[0], issuer, names, start, end), issuer], issuer)

    def _leaf(
        self, kind: str, issuer: Certificate
    ) -> tuple[str, Certificate | None, Sequence[str], datetime, datetime]:
        start, end = self._now - timedelta(days=30), self._now + timedelta(days=300)
        name, names = NAME, [NAME, ACQUIRER, ACQUIRER6, PRIVATE_ACQUIRER]
        if kind == "expired":
            start, end = self._now - _LATE, self._now - timedelta(days=9)
        elif kind == "not-yet-valid":
            start, end = self._now + timedelta(days=9), self._now + _LATE
        elif kind == "ends-soon":
            end = self._now + timedelta(days=3)
        elif kind == "fresh":  # began after the terminal's clock
            start = self._now - timedelta(days=1)
        elif kind == "brief":  # ended before the terminal's clock
            end = self._now + timedelta(hours=6)
        elif kind == "name":
            name, names = "old.acquirer.example", ["old.acquirer.example"]
        elif kind == "wildcard":
            name, names = "*.acquirer.example", ["*.acquirer.example"]
        return name, None if kind == "self-signed" else issuer, names, start, end

    def make(
        self,
        name: str,
        issuer: Certificate | None,
        names: Sequence[str] = (),
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> Certificate:
        """Make a certificate; one without other names is an issuer."""
        stem = self._folder / name.replace(" ", "-").replace("*", "any")
        made = Certificate(stem.with_suffix(".pem"), stem.with_suffix(".key"))
        request, extensions = stem.with_suffix(".csr"), stem.with_suffix(".ext")
        signer = issuer or made
        extensions.write_text(_extensions(names))
        run([
            "openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-utf8",
            "-config", str(self._config), "-subj", f"/O=posdiag world/CN={name}",
            "-keyout", str(made.key), "-out", str(request),
        ])  # fmt: skip
        run([
            "openssl", "ca", "-batch", "-notext", "-config", str(self._config), "-extfile", str(extensions),
            *(["-cert", str(signer.file)] if issuer else ["-selfsign"]), "-keyfile", str(signer.key),
            "-startdate", _stamp(start or self._now - timedelta(days=800)),
            "-enddate", _stamp(end or self._now + timedelta(days=3000)),
            "-in", str(request), "-out", str(made.file),
        ])  # fmt: skip
        return made

    def _show(self, stem: str, sent: Sequence[Certificate], root: Certificate) -> Shown:
        chain, ca = self._folder / f"{stem}-chain.pem", self._folder / f"{stem}-ca.pem"
        chain.write_text("".join(part.file.read_text() for part in sent))
        ca.write_text(root.file.read_text())
        return Shown(chain, sent[0].key, ca)


def _extensions(names: Sequence[str]) -> str:
    if not names:
        return "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n"
    # a certificate of the usual size: its flight is longer than one packet
    filler = [f"lane-{number}.of-a-long-name.acquirer.example" for number in range(24)]
    others = ",".join(_alternative(name) for name in [*names, *filler])
    return f"basicConstraints=CA:FALSE\nsubjectKeyIdentifier=hash\nsubjectAltName={others}\n"


def _alternative(name: str) -> str:
    try:
        return f"IP:{ip_address(name)}"
    except ValueError:
        return f"DNS:{name}"


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y%m%d%H%M%SZ")
