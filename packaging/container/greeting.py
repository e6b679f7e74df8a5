"""The health check of the image: exit 0 when the daemon greets at its first SMTP address."""

from __future__ import annotations

import socket
import sys

from config import load

ANY_HOST = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what is bound is the setting's


def main() -> int:
    host, port = load().smtp_listen[0]
    try:
        with socket.create_connection((ANY_HOST.get(host, host), port), timeout=5) as one:
            greeting = one.makefile("rb").readline(512)
            one.sendall(b"QUIT\r\n")
    except OSError as error:
        sys.stderr.write(f"{host}:{port}: {error}\n")
        return 1
    sys.stdout.write(greeting.decode("ascii", "replace"))
    return 0 if greeting.startswith(b"220 ") else 1


sys.exit(main())
