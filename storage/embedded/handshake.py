"""The first two messages of the Postgres protocol: a server is there, and lets us in."""

import socket
import struct
from pathlib import Path

from storage.embedded.folder import SOCKET_NAME

PROTOCOL_3 = 196608
STARTUP = b"user\0dropbox\0database\0dropbox\0\0"
NOT_YET = "57P03"
FULL = "53300"


class Refused(Exception):
    """The server runs and will not let us in; the message is its own."""


def answers(socket_dir: Path, timeout: float = 5.0) -> bool:
    """Whether the server takes connections to its database; False while it is starting or gone.

    Raises Refused when it runs and waiting will not help.
    """
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(timeout)
            connection.connect(str(socket_dir / SOCKET_NAME))
            connection.sendall(struct.pack("!ii", 8 + len(STARTUP), PROTOCOL_3) + STARTUP)
            kind = _receive(connection, 1)
            (length,) = struct.unpack("!i", _receive(connection, 4))
            body = _receive(connection, min(length - 4, 65536))
            if kind == b"R":
                connection.sendall(b"X" + struct.pack("!i", 4))
                return True
    except OSError:
        return False
    if kind != b"E":
        return False
    error = {part[:1]: part[1:].decode("utf-8", "replace") for part in body.split(b"\0")}
    code = error.get(b"C", "")
    if code == NOT_YET:
        return False
    if code == FULL:
        return True
    raise Refused(error.get(b"M", "connection refused"))


def _receive(connection: socket.socket, count: int) -> bytes:
    received = b""
    while len(received) < count:
        more = connection.recv(count - len(received))
        if not more:
            raise ConnectionResetError("the server hung up")
        received += more
    return received
