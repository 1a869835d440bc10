"""Profile keys of a network path."""

from __future__ import annotations

import ipaddress
import re
import ssl
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from diag.contract.errors import ConfigError
from diag.contract.files import content
from diag.contract.settings import Settings

_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
_LONGEST_SSID = 32  # bytes (IEEE 802.11 clause 9.4.2.2)
_MOST = 1 << 22  # bytes of a file with certificates; a system's bundle has a quarter of a megabyte
_SCHEMES = {"tcp": 443, "dns": 53, "ntp": 123, "http": 80}
#: hosts that answer nearly everywhere, in China and elsewhere; an address first, so that names are not needed
CONTROL = [
    *("tcp://223.5.5.5:443", "tcp://1.1.1.1:443", "tcp://[2400:3200::1]:443"),
    *("dns://223.5.5.5", "dns://1.1.1.1"),
    *("http://connect.rom.miui.com/generate_204", "http://www.gstatic.com/generate_204"),
    *("ntp://ntp.aliyun.com", "ntp://pool.ntp.org", "ntp://203.107.6.88"),
]


class NetworkLimits(Settings):
    """What a healthy path reads."""

    latency_ms: float = Field(default=1500, gt=0, description="milliseconds to the server and back")
    loss_pct: float = Field(default=10, ge=0, lt=100, description="% of pings that may be lost")
    level_dbm: float = Field(default=-80, ge=-100, le=0, description="dBm of the access point; opinions differ")
    clock_s: float = Field(default=300, gt=0, description="seconds that the clock may be wrong")


class NetworkSettings(Settings):
    """Profile keys of a network path."""

    at: str = Field("net:", pattern=r"^(net:|trace:.+)$", description="net: for this computer's network")
    interface: str = Field(
        "", pattern=r"^[^\s/:\x00-\x1f]{0,15}$", description="the adapter, such as eth0; else that of the default route"
    )
    adapter: Literal["expected", "optional"] = Field(
        "expected", description="optional: nothing is known of the terminal's network; it may have none, or no Internet"
    )
    ssid: str = Field("", description="the Wi-Fi network that the terminal has to join; else those that it is set to")
    host: str = Field("", description="the acquirer's name or address")
    port: int = Field(443, ge=1, le=65535, description="the acquirer's port, 1 to 65535")
    tls: bool = Field(False, description="whether the acquirer speaks TLS at this port")
    protocol: Literal["tcp", "tls", "https"] = Field("tcp", description="tls and https include tls: true")
    server_name: str = Field("", description="the name in the acquirer's certificate, where it is not the host")
    ca: str = Field("", description="a PEM file with the certificates that the terminal trusts; else the system's")
    client_certificate: str = Field("", description="a PEM file with the terminal's own certificate and key")
    private: bool = Field(False, description="a leased line or private APN: the Internet is not expected")
    proxy: str = Field("system", description="system, none, or http://HOST:PORT")
    control: list[str] = Field(
        CONTROL, description="hosts beside the acquirer's: tcp://HOST:PORT, dns://ADDRESS, http://URL, ntp://HOST"
    )
    expect: str = Field("dhcp", description="dhcp, or the fixed address that the terminal has to have")
    dns: list[str] = Field([], description="addresses of the name servers; else those of /etc/resolv.conf")
    timeout_s: float = Field(4.0, ge=1, le=10, description="seconds for one answer")
    limits: NetworkLimits = Field(NetworkLimits(), description="what a healthy path reads")

    @field_validator("control", "dns", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        """Take a list that is typed as text apart at its commas."""
        return [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value

    @field_validator("host", "server_name")
    @classmethod
    def _is_name(cls, value: str) -> str:
        if value and not is_host(value):
            raise ValueError("a host name or an IP address is expected")
        return value

    @field_validator("ssid")
    @classmethod
    def _is_ssid(cls, value: str) -> str:
        if len(value.encode()) > _LONGEST_SSID:
            raise ValueError("a name of at most 32 bytes is expected")
        return value

    @field_validator("dns")
    @classmethod
    def _are_addresses(cls, value: list[str]) -> list[str]:
        for item in value:
            if not is_address(item):
                raise ValueError(f"{item!r} is not the IP address of a name server")
        return value

    @field_validator("expect")
    @classmethod
    def _is_expected(cls, value: str) -> str:
        if value != "dhcp" and not is_address(value.partition("/")[0]):
            raise ValueError("dhcp or an IP address is expected")
        return value

    @field_validator("control")
    @classmethod
    def _are_controls(cls, value: list[str]) -> list[str]:
        for item in value:
            target(item)
        return value

    @field_validator("proxy")
    @classmethod
    def _is_proxy(cls, value: str) -> str:
        if value not in ("system", "none") and proxy_target(value) is None:
            raise ValueError("system, none or http://HOST:PORT is expected")
        return value

    @field_validator("ca")
    @classmethod
    def _has_certificates(cls, value: str) -> str:
        if value:
            text = _read(value)
            try:
                ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=text)
            except ssl.SSLError as error:
                raise ValueError(f"{value}: holds no certificate in PEM form") from error
        return value

    @field_validator("client_certificate")
    @classmethod
    def _has_certificate_and_key(cls, value: str) -> str:
        if value:
            _read(value)
            try:
                ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(value, password=b"")
            except (ssl.SSLError, OSError, ValueError) as error:
                raise ValueError(f"{value}: holds no certificate with its key in PEM form") from error
        return value

    @property
    def speaks_tls(self) -> bool:
        """Whether TLS is expected behind the port."""
        return self.tls or self.protocol != "tcp"

    @property
    def tls_name(self) -> str:
        """The name that the server's certificate has to bear: without a dot at its end (RFC 6066 section 3)."""
        return (self.server_name or self.host).removesuffix(".")


def has_host(settings: NetworkSettings) -> bool:
    """Tell whether the profile names an acquirer."""
    return bool(settings.host)


def speaks_tls(settings: NetworkSettings) -> bool:
    """Tell whether the profile names an acquirer that speaks TLS."""
    return bool(settings.host) and settings.speaks_tls


def is_address(text: str) -> bool:
    """Tell whether a text is an IP address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def is_host(text: str) -> bool:
    """Tell whether a text is an IP address or a host name (RFC 1123 section 2.1, with the underscore in use)."""
    if is_address(text):
        return True
    if re.fullmatch(r"[0-9.]+", text) or len(text) > 253:
        return False
    try:
        ascii_name = text.encode("idna").decode("ascii") if not text.isascii() else text
    except UnicodeError:
        return False
    return all(_LABEL.fullmatch(label) for label in ascii_name.removesuffix(".").split("."))


def target(item: str) -> tuple[str, str, int, str]:
    """Return scheme, host, port and path of a control host. Raises ValueError."""
    text = item if "://" in item else f"tcp://{item}"
    parts = urlsplit(text)
    try:
        host, port = parts.hostname or "", parts.port or _SCHEMES.get(parts.scheme, 443)
    except ValueError as error:
        raise ValueError(f"{item!r} has no port from 1 to 65535") from error
    scheme = "tcp" if parts.scheme == "https" else parts.scheme
    if scheme not in _SCHEMES or not is_host(host):
        raise ValueError(f"{item!r}: tcp://HOST:PORT, dns://ADDRESS, http://URL or ntp://HOST is expected")
    return scheme, host, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def proxy_target(url: str) -> tuple[str, int] | None:
    """Return host and port of a proxy; None where a text is no address of one."""
    parts = urlsplit(url if "://" in url else f"http://{url}")
    try:
        host, port = parts.hostname or "", parts.port or 3128
    except ValueError:
        return None
    return (host, port) if parts.scheme in ("http", "https") and is_host(host) else None


def _read(name: str) -> str:
    """Return a PEM file's text; what is no ASCII stands beside the certificates, which are base64."""
    try:
        return content(Path(name), _MOST).decode("ascii", "replace").replace("\ufffd", "?")
    except ConfigError as error:
        raise ValueError(str(error)) from error
