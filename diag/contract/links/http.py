"""One request to a web service of a device, with a deadline for all of it."""

from __future__ import annotations

import http.client

from diag.contract.errors import DeviceGarbled, DeviceSilent
from diag.contract.links.bounded import BoundedLine, Overdue
from diag.contract.links.tcp import resolve
from diag.contract.said import Said

_MOST = 1 << 16  # bytes of an answer


def post(host: str, port: int, path: str, content_type: str, body: bytes, seconds: float) -> bytes:
    """Return the content of the answer to a POST request.

    Raises: DeviceSilent where nothing answers in time; DeviceGarbled where what answers is no such service.
    """
    line = BoundedLine(f"http {host}")
    where = f"{host}:{port}"
    try:
        status, content = line.call(seconds, lambda: _post(host, port, path, content_type, body, seconds))
    except Overdue:
        raise DeviceSilent(Said("http_silent", where=where, seconds=seconds)) from None
    except OSError as error:
        raise DeviceSilent(Said("http_silent", where=where, seconds=seconds)) from error
    except http.client.HTTPException as error:
        raise DeviceGarbled(Said("http_garbled", where=where)) from error
    finally:
        line.end()
    if status != http.client.OK:
        raise DeviceGarbled(Said("http_status", where=where, status=status))
    return content


def _post(host: str, port: int, path: str, content_type: str, body: bytes, seconds: float) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(resolve(host, seconds)[0], port, timeout=seconds)
    try:
        connection.request("POST", path, body, {"Content-Type": content_type, "Host": f"{host}:{port}"})
        answer = connection.getresponse()
        return answer.status, answer.read(_MOST)
    finally:
        connection.close()
