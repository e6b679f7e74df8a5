"""The admin listener, asked rightly and wrongly over a socket."""

from __future__ import annotations

import asyncio
import http.client
import socket

import pytest
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families

import cli.admin
from cli.admin import MOST_CONNECTIONS, MOST_HEADER_BYTES, Admin, Pulse
from dropbox.metrics import Board, Metrics, State
from dropbox.wire.listeners import bind

SECRET = "hanako.abcdefghijklmnop@dropbox.example"


class Asked:
    """An admin listener, and a database that answers as it is told."""

    def __init__(self) -> None:
        self.board = Board()
        self.metrics = Metrics(self.board)
        self.metrics.become(State.READY)
        self.answers = True
        self.questions = 0
        (self.listener,) = bind("127.0.0.1:0")
        self.port = self.listener.socket.getsockname()[1]
        self.admin = Admin(self.board, Pulse(self._ask), [self.listener.socket])

    async def _ask(self) -> bool:
        self.questions += 1
        return self.answers

    async def get(self, path: str, method: str = "GET") -> tuple[int, str, dict[str, str]]:
        """Ask as a client does that was written by others."""

        def ask():
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            connection.request(method, path)
            response = connection.getresponse()
            body = response.read().decode()
            connection.close()
            return response.status, body, dict(response.getheaders())

        return await asyncio.to_thread(ask)

    async def says(self, sent: bytes) -> bytes:
        """Send these bytes and nothing after; return all that comes back."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(sent)
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""
        finally:
            writer.close()


@pytest_asyncio.fixture
async def asked():
    one = Asked()
    async with one.admin:
        yield one
    one.listener.socket.close()


async def test_alive_ready_and_what_is_in_the_way(asked, monkeypatch):
    monkeypatch.setattr(cli.admin, "FRESH_SECONDS", 0.0)
    said = {}
    for state in State:
        asked.metrics.become(state)
        for asked.answers in (True, False):
            said[state, asked.answers] = (await asked.get("/readyz"))[:2]
            assert (await asked.get("/healthz"))[:2] == (200, "alive\n")
    assert said == {
        (State.STARTING, True): (503, "starting\n"),
        (State.STARTING, False): (503, "starting\n"),
        (State.READY, True): (200, "ready\n"),
        (State.READY, False): (503, "database_down\n"),
        (State.DRAINING, True): (503, "draining\n"),
        (State.DRAINING, False): (503, "draining\n"),
    }


async def test_metrics_say_whether_mail_is_taken(asked):
    asked.answers = False
    status, body, headers = await asked.get("/metrics")
    assert status == 200
    assert headers["Content-Type"].startswith("text/plain; version=")
    found = {one.name: one for one in text_string_to_metric_families(body)}
    assert found["bcc_dropbox_ready"].samples[0].value == 0


async def test_however_many_ask_the_database_is_asked_once(asked):
    answers = await asyncio.gather(*(asked.get("/readyz") for _ in range(8)))
    assert {status for status, _, _ in answers} == {200}
    assert asked.questions == 1


async def test_head_says_how_long_it_would_be_and_no_more(asked):
    status, body, headers = await asked.get("/readyz", "HEAD")
    assert (status, body, headers["Content-Length"]) == (200, "", "6")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/metrics/", 404),
        ("GET", f"/{SECRET}", 404),
        ("GET", "/../../etc/passwd", 404),
        ("GET", f"/readyz?to={SECRET}", 200),
        ("POST", "/readyz", 405),
        ("DELETE", f"/{SECRET}", 404),
    ],
)
async def test_there_is_nothing_else_and_nothing_asked_is_repeated(asked, method, path, status):
    found, body, headers = await asked.get(path, method)
    assert found == status
    assert SECRET not in f"{body}{headers}"
    assert ("Allow" in headers) == (status == 405)


@pytest.mark.parametrize(
    "sent",
    [
        b"EHLO client\r\n\r\n",
        b"GET http://elsewhere.example/readyz HTTP/1.1\r\n\r\n",
        b"GET /readyz\r\n\r\n",
        b"GET /readyz HTTP/2.0\r\n\r\n",
        b"GET /ready\xc3\xa9 HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\r\n\r\n",
        b"\r\n\r\n",
        b"\0" * 100 + b"\r\n\r\n",
    ],
)
async def test_what_is_no_request_is_told_so(asked, sent):
    assert (await asked.says(sent)).startswith(b"HTTP/1.1 400 Bad Request\r\n")


async def test_an_endless_request_is_cut_off(asked):
    endless = b"GET /readyz HTTP/1.1\r\nX: " + b"x" * 4 * MOST_HEADER_BYTES
    said = await asked.says(endless)
    assert said.startswith(b"HTTP/1.1 431 ") or not said
    assert (await asked.get("/readyz"))[0] == 200


async def test_who_dawdles_is_not_waited_for(asked, monkeypatch):
    monkeypatch.setattr(cli.admin, "REQUEST_SECONDS", 0.05)
    assert await asked.says(b"GET /readyz HTTP/1.1\r\n") == b""


async def test_one_connection_too_many_is_closed_and_the_places_come_free(asked):
    open_ones = [
        await asyncio.open_connection("127.0.0.1", asked.port) for _ in range(MOST_CONNECTIONS)
    ]
    for _, writer in open_ones:
        writer.write(b"GET /healthz HTTP/1.1\r\n")
    assert await asked.says(b"GET /healthz HTTP/1.1\r\n\r\n") == b""
    for reader, writer in open_ones:
        writer.write(b"\r\n")
        assert (await reader.read()).endswith(b"alive\n")
        writer.close()
    assert (await asked.get("/healthz"))[0] == 200


async def test_it_answers_nobody_any_more_behind_its_block():
    one = Asked()
    async with one.admin:
        with socket.create_connection(("127.0.0.1", one.port)):
            await asyncio.sleep(0)
    with pytest.raises(ConnectionRefusedError):
        await one.says(b"")
