"""Serial ports over Bluetooth (rfcomm): opening one calls the device, and the kernel says why the call has failed.

The numbers are those of bt_to_errno in Linux's net/bluetooth/lib.c, from the error codes of the Bluetooth Core
specification (volume 1, part F); of rfcomm_recv_dm (the device refuses the channel); and of l2cap_chan_connect (this
computer has no adapter that is on).
"""

from __future__ import annotations

import errno
import os

from diag.contract.errors import HostService, PeerAway, PosdiagError
from diag.contract.said import Said, Told

CALL = 8.0  # s; a call is given up after 5.12 s by default (Core specification, Page_Timeout), then it connects
_RFCOMM = 216  # Documentation/admin-guide/devices.txt
_OWN = {errno.EHOSTUNREACH, errno.ENETDOWN, errno.ENODEV}
_STRANGE = {errno.EACCES, errno.EPERM, errno.EBADE}  # authentication failed, pairing not allowed; the key is missing
#: the channel or the connection is refused; too many connections; the device hangs up
_REFUSES = {errno.ECONNREFUSED, errno.EMLINK, errno.ECONNRESET}


def is_bluetooth(node: str) -> bool:
    """Return whether a node is a serial port over Bluetooth."""
    try:
        return os.major(os.stat(node).st_rdev) == _RFCOMM
    except OSError:
        return False


def failed_call(node: str, number: int | None, why: Told) -> PosdiagError | None:
    """Return what it means that a port did not open; None for an error that is not the call's.

    `number`: the errno, None where the call took too long; `why`: what is said of it.
    """
    if number == errno.EBUSY or (number in (errno.EACCES, errno.EPERM) and not os.access(node, os.R_OK | os.W_OK)):
        return None
    if number in _OWN:
        return HostService(Said("bluetooth_off", what=node, why=why))
    if number in _STRANGE:
        return PeerAway(Said("bluetooth_not_paired", what=node, why=why))
    if number in _REFUSES:
        return PeerAway(Said("bluetooth_refuses", what=node, why=why))
    return PeerAway(Said("no_bluetooth_answer", what=node, why=why))
