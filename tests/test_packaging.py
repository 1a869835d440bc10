"""The Debian package and the lists of versions agree with pyproject.toml; `.ci/build-deb` builds the package."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import diag
from tests.forkserver import ROOT

CI = ROOT / ".ci"
DEBIAN_NAMES = {"pillow": "pil", "pypng": "png", "pyserial": "serial", "pyusb": "usb", "pyyaml": "yaml"}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def pinned(file: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9.-]+)==(\S+) \\$", file.read_text(encoding="utf-8"), re.MULTILINE))


def from_debian() -> dict[str, str]:
    """Return the Python packages that Debian's package takes from Debian, as .ci/lock has them."""
    block = re.search(r"^debian=\((.*?)^\)", (CI / "lock").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert block
    return dict(word.split("==") for word in block[1].split())


def requirements(*extras: str) -> list[Requirement]:
    words = [*PROJECT["dependencies"], *(word for extra in extras for word in PROJECT["optional-dependencies"][extra])]
    return [Requirement(word) for word in words]


@pytest.mark.parametrize(
    ("versions", "required"),
    [
        (pinned(CI / "requirements.txt"), requirements("dev", "suite")),
        (pinned(CI / "debian" / "requirements.txt") | from_debian(), requirements()),
    ],
    ids=["development", "Debian package"],
)
def test_the_versions_are_those_that_the_project_allows(versions: dict[str, str], required: list[Requirement]) -> None:
    """Regenerate: .ci/lock."""
    for each in required:
        assert versions[canonicalize_name(each.name)] in each.specifier


def test_every_dependency_has_an_upper_bound() -> None:
    for each in requirements():
        assert any(bound.operator == "<" for bound in each.specifier), each


def test_what_is_installed_has_hashes() -> None:
    for file in (CI / "requirements.txt", CI / "debian" / "requirements.txt"):
        text = file.read_text(encoding="utf-8")
        names = pinned(file)
        assert names
        assert len(re.findall(r"^\S+==\S+ \\\n    --hash=sha256:[0-9a-f]{64}", text, re.MULTILINE)) == len(names)


def test_the_package_and_the_development_environment_have_the_same_versions() -> None:
    package, development = pinned(CI / "debian" / "requirements.txt"), pinned(CI / "requirements.txt")
    assert package.items() <= development.items()


def test_the_package_depends_on_what_it_takes_from_debian() -> None:
    control = (CI / "debian" / "control").read_text(encoding="utf-8").partition("\nDepends:\n")[2]
    depends = set(re.findall(r"^ (python3-[\w-]+),$", control, re.MULTILINE))
    # qrcode brings png, which nothing of posdiag asks for
    assert depends == {f"python3-{DEBIAN_NAMES.get(name, name)}" for name in from_debian()} - {"python3-png"}


def test_the_package_has_the_version_of_posdiag() -> None:
    first = (CI / "debian" / "changelog").read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith(f"posdiag ({diag.__version__}-")
