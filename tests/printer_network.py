"""A computer and a network printer in network namespaces of their own, which end with the process.

    unshare -rn python printer_network.py PRINTER ROUTE COMMAND...

This computer has 192.168.1.10/24. PRINTER, at 192.168.1.87: `hangs`: its print port takes no connection any more, and
its web page lives; `closed`: nothing listens at its print port; `web`: a web server does; `none`: nobody has that
address. ROUTE: `default`: other networks are reached through a router (that is not there); `none`: they are not.
COMMAND is run where this computer is, and its exit status is given.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading

COMPUTER, PRINTER, ROUTER = "192.168.1.10", "192.168.1.87", "192.168.1.1"
PAGE = b"HTTP/1.0 400 Bad Request\r\nServer: receipts\r\n\r\n<h1>400 Bad Request</h1>"


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


def serve(port: int) -> None:
    """Be a web server."""
    server = socket.create_server((PRINTER, port))

    def pages() -> None:
        while True:
            connection, _ = server.accept()
            connection.recv(4096)
            connection.sendall(PAGE)
            connection.close()

    threading.Thread(target=pages, daemon=True).start()


def printer(what: str) -> None:
    """Run where the printer is, until standard input ends."""
    sys.stdin.readline()  # the cable is there
    ip("link", "set", "lo", "up")
    ip("addr", "add", f"{PRINTER}/24", "dev", "eth1")
    ip("link", "set", "eth1", "up")
    serve(80)
    kept: list[socket.socket] = []
    if what == "web":
        serve(9100)
    elif what == "hangs":
        kept.append(socket.create_server((PRINTER, 9100), backlog=0))
        for _ in range(3):  # others who never closed their connections
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex((PRINTER, 9100))
            kept.append(client)
    print("ready", flush=True)
    sys.stdin.read()


def main() -> int:
    what, route, *command = sys.argv[1:]
    if what == "--printer":
        printer(route)
        return 0
    ip("link", "set", "lo", "up")
    ip("link", "add", "eth0", "type", "veth", "peer", "name", "eth1")
    ip("addr", "add", f"{COMPUTER}/24", "dev", "eth0")
    words = ["unshare", "-n", sys.executable, os.path.abspath(__file__), "--printer", what]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        if what != "none":
            while os.readlink(f"/proc/{other.pid}/ns/net") == os.readlink("/proc/self/ns/net"):
                pass
            ip("link", "set", "eth1", "netns", str(other.pid))
            other.stdin.write("\n")
            other.stdin.flush()
            other.stdout.readline()
        ip("link", "set", "eth0", "up")
        if route == "default":
            ip("route", "add", "default", "via", ROUTER)
        done = subprocess.run(command, check=False)
        other.stdin.close()
        if what == "none":
            other.kill()
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
