"""Numbers of pcsclite.h and reader.h (pcsc-lite 1.9.9), and what each return code says about whom.

When pcsc-lite gives which code: winscard.c, winscard_clnt.c, winscard_msg.c of that version.
"""

from __future__ import annotations

from diag.contract.errors import (
    CardAbsent,
    CardMute,
    CardProtocol,
    DeviceGarbled,
    DeviceGone,
    HostBusy,
    HostDenied,
    HostService,
    PosdiagError,
)
from diag.contract.links.pcscd import with_users
from diag.contract.said import Said

SHARE_SHARED, SHARE_DIRECT = 2, 3
PROTOCOL_UNDEFINED, PROTOCOL_ANY = 0, 3
LEAVE_CARD, RESET_CARD, UNPOWER_CARD = 0, 1, 2
STATE_CHANGED, STATE_UNKNOWN, STATE_UNAVAILABLE = 0x0002, 0x0004, 0x0008
STATE_PRESENT, STATE_EXCLUSIVE, STATE_INUSE, STATE_MUTE = 0x0020, 0x0080, 0x0100, 0x0200
ANY_READER = "\\\\?PnP?\\Notification"  # as a reader's name: tells when the number of readers changes

SUCCESS = 0
TIMEOUT = 0x8010000A
COMM_ERROR = 0x80100013
SHARING_VIOLATION = 0x8010000B
NO_SERVICE = 0x8010001D
NO_READERS = 0x8010002E
CARD_WAS_RESET = 0x80100068
MUTE = (0x80100016, 0x80100066, 0x80100067)  # SCARD_E_NOT_TRANSACTED, SCARD_W_UNRESPONSIVE_CARD, …_UNPOWERED_CARD

ATTRIBUTES = {
    "vendor": 0x00010100,  # SCARD_ATTR_VENDOR_NAME
    "model": 0x00010101,  # SCARD_ATTR_VENDOR_IFD_TYPE
    "version": 0x00010102,  # SCARD_ATTR_VENDOR_IFD_VERSION
    "serial": 0x00010103,  # SCARD_ATTR_VENDOR_IFD_SERIAL_NO
    "channel": 0x00020110,  # SCARD_ATTR_CHANNEL_ID
    "default_clock": 0x00030121,  # SCARD_ATTR_DEFAULT_CLK, kHz
    "max_clock": 0x00030122,  # SCARD_ATTR_MAX_CLK, kHz
    "default_data_rate": 0x00030123,  # SCARD_ATTR_DEFAULT_DATA_RATE, bit/s
    "max_data_rate": 0x00030124,  # SCARD_ATTR_MAX_DATA_RATE, bit/s
    "max_input": 0x0007A007,  # SCARD_ATTR_MAXINPUT, bytes of a command
}
GET_FEATURES = 0x42000000 + 3400  # CM_IOCTL_GET_FEATURE_REQUEST, PC/SC part 10 clause 2.2
FEATURE_PROPERTIES = 0x12  # FEATURE_GET_TLV_PROPERTIES

_ERRORS: dict[int, tuple[type[PosdiagError], str]] = {
    0x80100009: (DeviceGone, "SCARD_E_UNKNOWN_READER"),
    SHARING_VIOLATION: (HostBusy, "SCARD_E_SHARING_VIOLATION"),
    0x8010000C: (CardAbsent, "SCARD_E_NO_SMARTCARD"),
    0x8010000F: (CardProtocol, "SCARD_E_PROTO_MISMATCH"),
    COMM_ERROR: (CardProtocol, "SCARD_F_COMM_ERROR"),
    0x80100016: (CardMute, "SCARD_E_NOT_TRANSACTED"),
    0x80100017: (DeviceGone, "SCARD_E_READER_UNAVAILABLE"),
    NO_SERVICE: (HostService, "SCARD_E_NO_SERVICE"),
    0x8010001E: (HostService, "SCARD_E_SERVICE_STOPPED"),
    NO_READERS: (DeviceGone, "SCARD_E_NO_READERS_AVAILABLE"),
    0x8010002F: (CardProtocol, "SCARD_E_COMM_DATA_LOST"),
    0x80100065: (CardProtocol, "SCARD_W_UNSUPPORTED_CARD"),
    0x80100066: (CardMute, "SCARD_W_UNRESPONSIVE_CARD"),
    0x80100067: (CardMute, "SCARD_W_UNPOWERED_CARD"),
    CARD_WAS_RESET: (HostBusy, "SCARD_W_RESET_CARD"),
    0x80100069: (CardAbsent, "SCARD_W_REMOVED_CARD"),
    0x8010006A: (HostDenied, "SCARD_W_SECURITY_VIOLATION"),
}

#: what some codes mean, for people
_WHY = {
    CARD_WAS_RESET: "reset_by_others",
    0x8010006A: "refused_by_policy",
    SHARING_VIOLATION: "shared_with_others",
    NO_SERVICE: "no_pcscd",
    0x80100066: "card_mute",
    0x80100067: "card_mute",
    0x8010000C: "card_out",
    0x80100069: "card_out",
}


ESTABLISH = "SCardEstablishContext"  # the service answers this call alone, without a reader


def error(code: int, call: str) -> PosdiagError:
    """Return what a failed call's code means, with the other programs where one is in the way."""
    unknown = HostService if call == ESTABLISH else DeviceGarbled
    kind, name = _ERRORS.get(code, (unknown, "unexpected"))
    said = Said("pcsc_code", call=call, name=name, code=f"0x{code:08X}")
    if why := _WHY.get(code):
        said = Said("pcsc_code_means", said=said, why=Said(why))
    return kind(with_users(said) if kind is HostBusy else said)
