"""Metrics and health of the real daemon: deaths of workers, a lost database, a drain."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import smtplib
import socket
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from prometheus_client.parser import text_string_to_metric_families

HANAKO = "hanako@corp.example"
UNKNOWN = f"nobody.{'qrst' * 4}@dropbox.example"
PATIENCE = 60


def until(found: Callable[[], object], what: str):
    deadline = time.monotonic() + PATIENCE
    while not (result := found()):
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.02)
    return result


def mail(number: int, sender: str = HANAKO) -> bytes:
    return (
        f"From: {sender}\r\nTo: ann@customer.example\r\nSubject: Offer {number}\r\n"
        f"Message-ID: <{number}@corp.example>\r\n\r\nDear Ann,\r\n"
    ).encode()


class Watched:
    """A daemon, and what it says at its admin listener."""

    def __init__(self, server, port: int) -> None:
        self.server = server
        self.port = port

    def get(self, path: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()

    def says(self, path: str, status: int, word: str) -> bool:
        # Who asks a worker at the moment when it ends gets no answer.
        with contextlib.suppress(ConnectionResetError, http.client.RemoteDisconnected):
            return self.get(path) == (status, f"{word}\n")
        return False

    def numbers(self) -> dict[str, float]:
        status, text = self.get("/metrics")
        assert status == 200
        return {
            one.name.removeprefix("bcc_dropbox_")
            + "".join(f"{{{','.join(one.labels.values())}}}" if one.labels else ""): one.value
            for family in text_string_to_metric_families(text)
            for one in family.samples
        }

    def counted(self) -> dict[str, float]:
        """Return the reasons that anything ended for."""
        return {
            name.removeprefix("outcomes_total").strip("{}").partition(",")[2]: value
            for name, value in self.numbers().items()
            if name.startswith("outcomes_total") and value
        }

    def workers(self) -> list[int]:
        process = self.server.process.pid
        return [*map(int, Path(f"/proc/{process}/task/{process}/children").read_text().split())]


@pytest.fixture
def watch(command, new_server):
    """Start a daemon with an admin listener."""

    def start(workers: int = 1) -> Watched:
        with socket.create_server(("127.0.0.1", 0)) as one:
            port = one.getsockname()[1]
        command.environment["BCC_DROPBOX_WORKERS"] = str(workers)
        command.environment["BCC_DROPBOX_ADMIN_LISTEN"] = f"127.0.0.1:{port}"
        return Watched(new_server().start(), port)

    return start


def all_ready(watched: Watched, workers: int) -> None:
    until(lambda: watched.numbers()["workers{ready}"] == workers, "all workers")


@pytest.mark.parametrize("workers", [1, 2])
def test_metrics_and_health_are_right_from_the_first_mail_to_the_last(
    office, watch, postgres, database_url, workers
):
    """One story, because a daemon costs more than all that is asked of it here."""
    watched = watch(workers)
    all_ready(watched, workers)
    what_is_sent_is_counted(watched, office)
    if workers > 1:
        killed_workers_take_nothing_with_them(watched, office)
    a_lost_database_is_noticed(watched, Database(postgres, database_url))
    a_drain_is_said(watched, office)


def what_is_sent_is_counted(watched: Watched, office: str) -> None:
    for number in range(6):
        watched.server.send(mail(number), office, sender=HANAKO)
    watched.server.send(mail(0), office, sender=HANAKO)
    watched.server.send(mail(7, "eve@evil.example"), office, sender="eve@evil.example")
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        watched.server.send(mail(8), UNKNOWN)
    with smtplib.SMTP("127.0.0.1", watched.server.port, "client", timeout=30) as client:
        client.ehlo()
        assert client.docmd("MAIL", f"FROM:<{HANAKO}> SIZE=999999999")[0] == 552
        assert client.docmd("NONSENSE")[0] == 500
    assert watched.counted() == {
        "filed": 6,
        "seen_before": 1,
        "sender_not_allowed": 1,
        "no_such_address": 1,
        "too_big": 1,
        "syntax": 1,
    }
    numbers = watched.numbers()
    for name in ("batch_mails", "transaction_seconds", "commit_seconds", "reply_seconds"):
        assert numbers[f"{name}_count"] == 8, name
    assert numbers["batch_mails_sum"] == 8
    assert numbers["limits_hit_total{max_message_bytes}"] == 1
    assert numbers["mail_in_flight_bytes{memory}"] == 0
    until(lambda: not watched.numbers()["open_connections"], "the last connection to be gone")


def killed_workers_take_nothing_with_them(watched: Watched, office: str) -> None:
    before = watched.counted()
    clients = [smtplib.SMTP("127.0.0.1", watched.server.port, timeout=30) for _ in range(8)]
    assert watched.numbers()["open_connections"] == 8
    for count, victim in enumerate(watched.workers(), 1):
        os.kill(victim, signal.SIGKILL)
        until(lambda count=count: watched.numbers()["worker_restarts_total"] == count, "its death")
        until(lambda: watched.says("/readyz", 200, "ready"), "whoever is left")
        all_ready(watched, 2)
    assert watched.counted() == before
    assert watched.numbers()["open_connections"] == 0
    for client in clients:
        client.close()
    watched.server.send(mail(9), office, sender=HANAKO)
    assert watched.counted() == {**before, "filed": before["filed"] + 1}


class Database:
    """The test's database, as its administrator sees it."""

    def __init__(self, postgres, url: str) -> None:
        self.execute = postgres.execute
        self.name = urlsplit(url).path.strip("/")

    def go_away(self) -> None:
        self.execute(f"alter database {self.name} allow_connections false")
        terminate = "select pg_terminate_backend(pid) from pg_stat_activity where datname = "
        self.execute(f"{terminate}'{self.name}'")

    def come_back(self) -> None:
        self.execute(f"alter database {self.name} allow_connections true")


def a_lost_database_is_noticed(watched: Watched, database: Database) -> None:
    assert watched.says("/readyz", 200, "ready")
    database.go_away()
    until(lambda: watched.says("/readyz", 503, "database_down"), "the loss to be noticed")
    assert watched.says("/healthz", 200, "alive")
    until(lambda: not watched.numbers()["ready"], "all to notice")
    database.come_back()
    until(lambda: watched.says("/readyz", 200, "ready"), "the database")


def a_drain_is_said(watched: Watched, office: str) -> None:
    one = smtplib.SMTP("127.0.0.1", watched.server.port, "client", timeout=30)
    with contextlib.closing(one) as client:
        client.ehlo()
        client.mail(HANAKO)
        until(lambda: client.rcpt(office)[0] == 250, "the routes")
        assert client.docmd("DATA")[0] == 354
        client.send(mail(10))
        until(lambda: watched.numbers()["mail_in_flight_bytes{memory}"], "the mail")
        watched.server.process.send_signal(signal.SIGTERM)
        until(lambda: watched.says("/readyz", 503, "draining"), "the drain")
        assert watched.says("/healthz", 200, "alive")
        numbers = watched.numbers()
        assert (numbers["ready"], numbers["open_connections"]) == (0, 1)
        assert numbers["mail_in_flight_bytes{memory}"] > 0
        client.send(b".\r\n")
        assert client.getreply()[0] == 250
    assert watched.server.process.wait(PATIENCE) == 0
    with pytest.raises(ConnectionRefusedError):
        watched.get("/healthz")


def test_a_daemon_that_still_looks_for_its_database_is_alive_and_starting(command, new_server):
    server = new_server()
    with socket.create_server(("127.0.0.1", 0)) as silent, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        watched = Watched(server, free.getsockname()[1])
        free.close()
        command.environment["BCC_DROPBOX_ADMIN_LISTEN"] = f"127.0.0.1:{watched.port}"
        url = f"postgresql://dropbox@127.0.0.1:{silent.getsockname()[1]}/none"
        command.environment["BCC_DROPBOX_DATABASE_URL"] = url
        server.process = command.start("serve", stdout=None, stderr=None)
        silent.settimeout(PATIENCE)
        waiting, _ = silent.accept()
        assert watched.says("/readyz", 503, "starting")
        assert watched.says("/healthz", 200, "alive")
        assert watched.numbers()["workers{starting}"] == 1
        assert server.stop() == 0
        waiting.close()


@pytest.mark.parametrize("workers", [1, 2])
def test_an_admin_port_in_use_stops_the_start(inside, workers):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        inside.environment["BCC_DROPBOX_WORKERS"] = str(workers)
        inside.environment["BCC_DROPBOX_SMTP_LISTEN"] = "127.0.0.1:0"
        inside.environment["BCC_DROPBOX_ADMIN_LISTEN"] = f"127.0.0.1:{port}"
        said = inside.refused("serve")
    assert said.startswith(f"cannot listen on 127.0.0.1:{port}: Address already in use")
