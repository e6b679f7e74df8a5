"""`serve` as an administrator runs it: workers, sockets, certificates, signals, real processes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import signal
import smtplib
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

HANAKO = "hanako@corp.example"
TARO = "taro@corp.example"
PATIENCE = 60


def until(found: Callable[[], object], what: str):
    """Wait until `found` returns something true, and return it."""
    deadline = time.monotonic() + PATIENCE
    while not (result := found()):
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.02)
    return result


def mail(number: int = 1) -> bytes:
    return (
        f"From: {HANAKO}\r\nTo: ann@customer.example\r\nSubject: Offer {number}\r\n"
        f"Message-ID: <{number}@corp.example>\r\n\r\nDear Ann,\r\n"
    ).encode()


class Serving:
    """A `serve` process at free ports, with its log in a file."""

    def __init__(self, command, log: Path, program: str = "") -> None:
        self.log = log
        self.clients: list[smtplib.SMTP] = []
        with log.open("w") as stderr:
            if program:
                self.process = subprocess.Popen(
                    [sys.executable, "-c", program, "serve"],
                    env=command.environment,
                    cwd=command.cwd,
                    stderr=stderr,
                )
            else:
                self.process = command.start("serve", stdout=subprocess.DEVNULL, stderr=stderr)

    def events(self, name: str) -> list[dict[str, object]]:
        lines = self.log.read_text("utf-8").splitlines(keepends=True)
        documents = [
            json.loads(line) for line in lines if line.startswith("{") and line[-1] == "\n"
        ]
        return [one for one in documents if one["event"] == name]

    def await_events(self, name: str, count: int) -> list[dict[str, object]]:
        def found():
            assert self.process.poll() is None or len(self.events(name)) >= count, (
                self.log.read_text()
            )
            return len(self.events(name)) >= count

        until(found, f"{count} times {name}")
        return self.events(name)

    def address(self, number: int = 0) -> tuple[str, int]:
        """Return the `number`th address it listens on."""
        host, _, port = self.events("serving")[0]["addresses"][number].rpartition(":")
        return host, int(port)

    def workers(self) -> list[int]:
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return list(map(int, path.read_text().split()))

    def connect(self, number: int = 0) -> smtplib.SMTP:
        client = smtplib.SMTP(*self.address(number), local_hostname="client", timeout=30)
        self.clients.append(client)
        client.ehlo()
        return client

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


@pytest.fixture
def start(command, tmp_path):
    """Start `serve`; with settings in lower case."""
    started: list[Serving] = []
    command.environment["BCC_DROPBOX_LOG_FORMAT"] = "json"
    command.environment["BCC_DROPBOX_SMTP_LISTEN"] = "127.0.0.1:0"

    def run(*, ready: bool = True, program: str = "", **settings: object) -> Serving:
        for key, value in settings.items():
            command.environment[f"BCC_DROPBOX_{key.upper()}"] = str(value)
        one = Serving(command, tmp_path / f"log-{len(started)}", program)
        started.append(one)
        if ready:
            one.await_events("serving", int(settings.get("workers", 1)))
        return one

    yield run
    for one in started:
        for client in one.clients:
            client.close()
        if one.process.poll() is None:
            one.process.terminate()
            try:
                one.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                one.process.kill()
                raise


@pytest.fixture
def certificate(tmp_path):
    """Make a certificate at the same two files: `certificate("one")`; its settings."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl command to make a certificate with")
    cert, key = tmp_path / "tls.pem", tmp_path / "tls.key"

    def make(name: str) -> dict[str, Path]:
        subprocess.run(
            [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
             "-subj", f"/CN={name}", "-days", "2", "-nodes", "-keyout", key, "-out", cert],
            check=True,
            capture_output=True,
        )  # fmt: skip
        return {"tls_cert": cert, "tls_key": key}

    return make


@pytest.fixture
def short_folder():
    """A unix socket's path has to be short."""
    with tempfile.TemporaryDirectory(prefix="bcc-") as folder:
        yield Path(folder)


class Lock:
    """Keeps others from a table of the test's database."""

    def __init__(self, url: str) -> None:
        self.url = url

    def _query(self, statement: str) -> list[asyncpg.Record]:
        async def run() -> list[asyncpg.Record]:
            connection = await asyncpg.connect(self.url)
            try:
                return await connection.fetch(statement)
            finally:
                await connection.close()

        return asyncio.run(run())

    def somebody_waits(self) -> bool:
        return bool(self._query("select from pg_locks where not granted"))

    @contextlib.contextmanager
    def __call__(self, table: str) -> Iterator[None]:
        with asyncio.Runner() as runner:
            connection = runner.run(asyncpg.connect(self.url))
            runner.run(connection.execute(f"begin; lock table {table} in access exclusive mode"))
            try:
                yield
            finally:
                runner.run(connection.close())


@pytest.fixture
def lock(database_url):
    return Lock(database_url)


def trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def shown_certificate(serving: Serving) -> bytes:
    with serving.connect() as client:
        client.starttls(context=trusting())
        return client.sock.getpeercert(binary_form=True)


def in_file(cert: Path) -> bytes:
    return ssl.PEM_cert_to_DER_cert(cert.read_text())


def recorded(listed) -> list[str]:
    return sorted(one["rfc_message_id"] for one in listed("mail", "list", "--limit", "500"))


# Several workers


def test_several_workers_share_a_port_and_every_one_takes_mail_and_is_drained(
    listed, office, start
):
    serving = start(workers=2)
    clients = [serving.connect() for _ in range(24)]
    for number, client in enumerate(clients):
        client.sendmail(HANAKO, [office], mail(number))
    assert serving.stop() == 0
    assert recorded(listed) == sorted(f"{number}@corp.example" for number in range(24))
    draining = serving.events("draining")
    assert [one["worker"] for one in sorted(draining, key=lambda one: one["worker"])] == [0, 1]
    assert all(one["connections"] for one in draining)
    assert all(client.docmd("NOOP")[0] == 421 for client in clients)
    assert [one["clean"] for one in serving.events("stopped")] == [True, True]


def test_several_workers_take_no_more_connections_in_all_than_one(start):
    serving = start(workers=2, max_connections=6)

    def greeting(stack: contextlib.ExitStack) -> bytes:
        one = stack.enter_context(socket.create_connection(serving.address(), timeout=PATIENCE))
        return one.recv(200)[:4]

    def takes_another() -> bool:
        with contextlib.ExitStack() as stack:
            return greeting(stack) == b"220 "

    # Which worker a connection comes to is chance.
    with contextlib.ExitStack() as stack:
        greetings = [greeting(stack) for _ in range(20)]
    assert greetings == [b"220 "] * 6 + [b"421 "] * 14
    until(takes_another, "room for another one")
    assert serving.stop() == 0


def test_a_killed_worker_is_replaced_and_its_siblings_go_on(listed, office, start):
    serving = start(workers=2)
    clients = [serving.connect() for _ in range(16)]
    victim = serving.workers()[0]
    os.kill(victim, signal.SIGKILL)
    alive = 0
    for client in clients:
        with contextlib.suppress(smtplib.SMTPServerDisconnected):
            alive += client.noop()[0] == 250
    assert 0 < alive < len(clients)
    serving.await_events("serving", 3)
    assert len(serving.workers()) == 2
    assert victim not in serving.workers()
    (death,) = serving.events("worker_died")
    assert death["status"] == -signal.SIGKILL
    for number in range(16):
        with serving.connect() as client:
            client.sendmail(HANAKO, [office], mail(number))
    assert len(recorded(listed)) == 16
    assert serving.stop() == 0


def test_a_killed_supervisor_leaves_no_worker_that_holds_the_port(start):
    serving = start(workers=2)
    address, workers = serving.address(), serving.workers()
    serving.process.kill()
    serving.process.wait(PATIENCE)

    def is_free():
        with socket.socket() as one, contextlib.suppress(OSError):
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind(address)
            return True
        return False

    until(is_free, "the port")
    until(lambda: not any(Path(f"/proc/{one}/exe").exists() for one in workers), "the workers")


@pytest.mark.parametrize("workers", [1, 3])
def test_without_its_database_the_daemon_does_not_start_and_says_why_once(command, inside, workers):
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        nobody = f"postgresql://dropbox@127.0.0.1:{one.getsockname()[1]}/none"
        command.environment["BCC_DROPBOX_DATABASE_URL"] = nobody
        command.environment["BCC_DROPBOX_WORKERS"] = str(workers)
        command.environment["BCC_DROPBOX_SMTP_LISTEN"] = "127.0.0.1:0"
        # Several workers are forks, which a process with tests in it is not to have.
        said = (command if workers > 1 else inside).refused("serve")
    assert said.startswith("database cannot be reached: ")


@pytest.mark.parametrize("workers", [1, 2])
def test_a_port_in_use_is_noticed(inside, start, workers):
    serving = start(workers=workers)
    host, port = serving.address()
    inside.environment["BCC_DROPBOX_SMTP_LISTEN"] = f"{host}:{port}"
    said = inside.refused("serve")
    assert said.startswith(f"cannot listen on {host}:{port}: Address already in use")
    assert serving.stop() == 0


# Signals


@pytest.fixture
def silent_database():
    """A server that takes a connection and never says anything; what has connected to it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(PATIENCE)
        yield server


@pytest.mark.parametrize("workers", [1, 2])
def test_sigterm_while_it_starts_ends_it_cleanly(start, silent_database, short_folder, workers):
    path = short_folder / "lmtp"
    url = f"postgresql://dropbox@127.0.0.1:{silent_database.getsockname()[1]}/none"
    serving = start(ready=False, workers=workers, database_url=url, lmtp_listen=f"unix:{path}")
    waiting = [silent_database.accept()[0] for _ in range(workers)]
    assert path.exists()
    assert serving.stop() == 0
    assert serving.log.read_text() == ""
    assert not path.exists()
    for one in waiting:
        one.close()


@pytest.mark.parametrize("workers", [1, 2])
def test_sighup_while_it_starts_ends_nothing(start, short_folder, workers):
    path = short_folder / "lmtp"
    serving = start(ready=False, workers=workers, lmtp_listen=f"unix:{path}")
    until(path.exists, "the start")
    while len(serving.events("serving")) < workers:
        assert serving.process.poll() is None, serving.log.read_text()
        serving.process.send_signal(signal.SIGHUP)
    assert serving.stop() == 0
    assert serving.events("worker_died") == []


def test_a_database_that_does_not_answer_is_not_waited_for_beyond_the_deadline(
    command, office, start, lock
):
    # As in `serve`, with less patience.
    program = (
        "import cli.__main__ as entry, cli.worker\ncli.worker.DRAIN_SECONDS = 0.5\nentry.main()"
    )
    # What the daemon tidies up at its start waits there too.
    with lock("delivery"):
        serving = start(program=program)
        until(lock.somebody_waits, "the tidying")
        client = serving.connect()
        client.mail(HANAKO)
        client.rcpt(office)
        client.docmd("DATA")
        client.send(mail() + b".\r\n")
        assert serving.stop() == 0
        assert serving.events("stopped")[0]["clean"] is False


@pytest.mark.parametrize("workers", [1, 2])
def test_a_mail_in_flight_is_finished_while_newcomers_are_told_to_come_again(
    listed, office, start, workers
):
    serving = start(workers=workers)
    client = serving.connect()
    client.mail(HANAKO)
    client.rcpt(office)
    assert client.docmd("DATA")[0] == 354
    serving.process.send_signal(signal.SIGTERM)
    serving.await_events("draining", workers)
    if workers > 1:
        # Only the worker with the mail is still there to answer.
        serving.await_events("stopped", workers - 1)
    with socket.create_connection(serving.address(), timeout=30) as newcomer:
        assert newcomer.recv(1000).startswith(b"421 4.3.2 ")
    serving.process.send_signal(signal.SIGTERM)
    client.send(mail() + b".\r\n")
    assert client.getreply()[0] == 250
    assert serving.process.wait(PATIENCE) == 0
    assert all(one["clean"] for one in serving.events("stopped"))
    assert recorded(listed) == ["1@corp.example"]


def test_the_connections_of_one_peer_are_counted_over_all_workers(office, start):
    serving = start(workers=3, trusted_networks="192.0.2.0/24", max_connections_per_peer=4)
    clients = [serving.connect() for _ in range(4)]
    for _ in range(6):
        # Whichever worker the kernel gives it to.
        with pytest.raises(smtplib.SMTPConnectError) as caught:
            serving.connect()
        assert caught.value.smtp_code == 421
    clients.pop().close()

    def let_in():
        with contextlib.suppress(smtplib.SMTPConnectError):
            return serving.connect()

    client = until(let_in, "the place of the one that left")
    assert client.noop()[0] == 250


def test_the_mails_of_one_address_are_counted_over_all_workers(listed, office, start):
    serving = start(workers=2, rate_per_address=5)
    said = []
    for number in range(8):
        client = serving.connect()
        client.mail(HANAKO)
        said.append(client.rcpt(office))
        if said[-1][0] == 250:
            assert client.data(mail(number))[0] == 250
        client.quit()
    assert [code for code, _ in said] == [250] * 5 + [451] * 3
    assert said[-1][1].startswith(b"4.7.1 ")
    assert len(recorded(listed)) == 5


@pytest.mark.parametrize("workers", [1, 2])
def test_however_often_it_is_told_to_stop_it_stops_once_and_in_order(start, workers):
    serving = start(workers=workers)
    deadline = time.monotonic() + PATIENCE
    while serving.process.poll() is None:
        os.kill(serving.process.pid, signal.SIGTERM)
        assert time.monotonic() < deadline
    assert serving.process.returncode == 0
    assert len(serving.events("stopped")) == workers


def test_every_connection_may_have_its_files(start):
    program = (
        "import resource, cli.__main__ as entry\n"
        "hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))\nentry.main()"
    )
    serving = start(program=program, max_connections=300)
    limits = Path(f"/proc/{serving.process.pid}/limits").read_text()
    (allowed,) = re.findall(r"Max open files\s+(\d+)", limits)
    assert int(allowed) > 2 * 300
    assert serving.stop() == 0


# LMTP


def lmtp_answers(client: smtplib.LMTP, *recipients: str) -> tuple[list[int], list[int]]:
    """Return the replies at RCPT, and those after the mail."""
    client.ehlo()
    client.mail(HANAKO)
    at_rcpt = [client.rcpt(one)[0] for one in recipients]
    assert client.docmd("DATA")[0] == 354
    client.send(mail() + b".\r\n")
    return at_rcpt, [client.getreply()[0] for code in at_rcpt if code == 250]


@pytest.mark.parametrize("kind", ["tcp", "unix"])
def test_lmtp_answers_for_each_recipient(inside, listed, office, start, short_folder, kind):
    inside.ok("user", "add", TARO, "--name", "Taro", "--account", "Corp")
    taro = inside.ok("address", "show", TARO).strip()
    path = short_folder / "lmtp"
    serving = start(lmtp_listen=f"unix:{path}" if kind == "unix" else "127.0.0.1:0")
    where = (str(path),) if kind == "unix" else serving.address(1)
    with smtplib.LMTP(*where, local_hostname="client", timeout=30) as client:
        answers = lmtp_answers(client, office, f"nobody.{'a' * 16}@dropbox.example", taro)
    assert answers == ([250, 550, 250], [250, 250])
    assert sorted(one["user"] for one in listed("mail", "list")) == [HANAKO, TARO]
    assert serving.stop() == 0


@pytest.mark.parametrize("workers", [1, 2])
def test_a_unix_socket_left_behind_is_replaced_and_ours_is_removed_at_the_end(
    listed, office, start, short_folder, workers
):
    path = short_folder / "lmtp"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    serving = start(workers=workers, lmtp_listen=f"unix:{path}")
    with smtplib.LMTP(str(path), local_hostname="client", timeout=30) as client:
        assert lmtp_answers(client, office) == ([250], [250])
    assert serving.stop() == 0
    assert not path.exists()
    assert recorded(listed) == ["1@corp.example"]


def test_a_unix_socket_that_somebody_listens_at_is_left_alone(inside, start, short_folder):
    path = short_folder / "lmtp"
    serving = start(lmtp_listen=f"unix:{path}")
    assert "Address already in use" in inside.refused("serve")
    with smtplib.LMTP(str(path), local_hostname="client", timeout=30) as client:
        assert client.ehlo()[0] == 250
    assert serving.stop() == 0


# TLS


@pytest.mark.parametrize("workers", [1, 2])
def test_sighup_reads_a_new_certificate_and_drops_no_session(
    listed, office, start, certificate, workers
):
    files = certificate("first.example")
    before = in_file(files["tls_cert"])
    serving = start(workers=workers, **files)
    client = serving.connect()
    client.starttls(context=trusting())
    assert client.sock.getpeercert(binary_form=True) == before
    certificate("second.example")
    serving.process.send_signal(signal.SIGHUP)
    serving.await_events("certificate_reloaded", workers)
    after = in_file(files["tls_cert"])
    assert after != before
    assert {shown_certificate(serving) for _ in range(6)} == {after}
    client.sendmail(HANAKO, [office], mail())
    assert recorded(listed) == ["1@corp.example"]
    assert serving.stop() == 0


def test_the_successor_of_a_killed_worker_has_the_new_certificate_too(start, certificate):
    files = certificate("first.example")
    serving = start(workers=2, **files)
    certificate("second.example")
    serving.process.send_signal(signal.SIGHUP)
    serving.await_events("certificate_reloaded", 2)
    for victim in serving.workers():
        os.kill(victim, signal.SIGKILL)
    serving.await_events("serving", 4)
    assert {shown_certificate(serving) for _ in range(6)} == {in_file(files["tls_cert"])}
    assert serving.stop() == 0


def test_at_sighup_a_certificate_that_cannot_be_used_leaves_the_old_one(start, certificate):
    files = certificate("first.example")
    before = in_file(files["tls_cert"])
    serving = start(**files)
    files["tls_cert"].write_text("no certificate")
    serving.process.send_signal(signal.SIGHUP)
    (said,) = serving.await_events("certificate_not_reloaded", 1)
    assert str(files["tls_cert"]) in said["error"]
    assert shown_certificate(serving) == before
    assert serving.stop() == 0


def test_mail_over_tls_from_the_first_byte(listed, office, start, certificate):
    serving = start(smtps_listen="127.0.0.1:0", **certificate("mx.example"))
    with smtplib.SMTP_SSL(*serving.address(1), "client", context=trusting()) as client:
        client.sendmail(HANAKO, [office], mail())
        assert not client.has_extn("starttls")
    assert recorded(listed) == ["1@corp.example"]


def test_where_tls_is_required_plain_mail_is_refused(listed, office, start, certificate):
    serving = start(require_tls="true", **certificate("mx.example"))
    with serving.connect() as client:
        assert client.mail(HANAKO)[0] == 530
        client.starttls(context=trusting())
        client.sendmail(HANAKO, [office], mail())
    assert recorded(listed) == ["1@corp.example"]


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("wrong", ["missing", "garbage", "of another key"])
def test_a_certificate_that_cannot_be_used_stops_the_start(
    inside, tmp_path, certificate, wrong, workers
):
    files = certificate("mx.example")
    if wrong == "missing":
        files["tls_cert"].unlink()
    elif wrong == "garbage":
        files["tls_cert"].write_text("no certificate")
    else:
        cert = files["tls_cert"].read_text()
        certificate("another.example")
        files["tls_cert"].write_text(cert)
    for name, file in files.items():
        inside.environment[f"BCC_DROPBOX_{name.upper()}"] = str(file)
    inside.environment["BCC_DROPBOX_WORKERS"] = str(workers)
    inside.environment["BCC_DROPBOX_SMTP_LISTEN"] = "127.0.0.1:0"
    assert f"cannot use {files['tls_cert']}" in inside.refused("serve")


# PROXY


def proxy_v1(peer: str) -> bytes:
    return f"PROXY TCP4 {peer} 192.0.2.99 40000 25\r\n".encode()


def proxy_v2(peer: str) -> bytes:
    ends = socket.inet_aton(peer) + socket.inet_aton("192.0.2.99") + struct.pack("!HH", 40000, 25)
    return b"\r\n\r\n\0\r\nQUIT\n" + b"\x21\x11" + struct.pack("!H", len(ends)) + ends


def proxy_v1_of(words: str) -> bytes:
    return f"PROXY {words}\r\n".encode()


def proxy_v2_tcp6(peer: str) -> bytes:
    ends = b"".join(socket.inet_pton(socket.AF_INET6, one) for one in (peer, "2001:db8::25"))
    ends += struct.pack("!HH", 40000, 25)
    # With a TLV behind the addresses, as balancers add them.
    ends += b"\x04\x00\x01\x00"
    return b"\r\n\r\n\0\r\nQUIT\n" + b"\x21\x21" + struct.pack("!H", len(ends)) + ends


LOCAL = b"\r\n\r\n\0\r\nQUIT\n" + b"\x20\x00\x00\x00"


def test_behind_a_balancer_every_peer_is_limited_by_its_own_address_over_all_workers(office, start):
    serving = start(workers=3, proxy_listen="127.0.0.1:0", max_connections_per_peer=2)
    opened = []

    def greeting(header: bytes) -> bytes:
        opened.append(socket.create_connection(serving.address(1), timeout=30))
        opened[-1].sendall(header)
        return opened[-1].recv(1000)[:10]

    v4 = [proxy_v1("198.51.100.7"), proxy_v2("198.51.100.7")]
    v6 = [proxy_v1_of("TCP6 2001:db8:7::1 ::1 1 25"), proxy_v2_tcp6("2001:db8:7::ffff:2")]
    same = [proxy_v1_of("TCP6 ::ffff:198.51.100.7 ::1 1 25"), proxy_v2_tcp6("::ffff:198.51.100.7")]
    try:
        assert {greeting(one)[:4] for one in (*v4, *v6)} == {b"220 "}
        # Whichever worker the kernel gives it to.
        assert {greeting(one) for one in (*v4, *v6, *same) * 2} == {b"421 4.7.0 "}
        assert greeting(proxy_v1("198.51.100.8"))[:4] == b"220 "
        assert greeting(proxy_v2_tcp6("2001:db8:7:1::1"))[:4] == b"220 "
        # A health check is the balancer's own, and that one is trusted.
        for _ in range(4):
            assert greeting(proxy_v1_of("UNKNOWN"))[:4] == b"220 "
            assert greeting(LOCAL)[:4] == b"220 "
    finally:
        for one in opened:
            one.close()
    assert serving.stop() == 0


@pytest.mark.parametrize("header", [proxy_v1, proxy_v2])
def test_behind_a_balancer_the_real_peer_is_known(listed, office, start, header):
    serving = start(proxy_listen="127.0.0.1:0")
    client = smtplib.SMTP(local_hostname="client", timeout=30)
    client.sock = socket.create_connection(serving.address(1), timeout=30)
    client.sock.sendall(header("198.51.100.7"))
    assert client.getreply()[0] == 220
    client.sendmail(HANAKO, [office], mail())
    client.close()
    (why,) = listed("mail", "why", "1@corp.example")
    assert why["peer"] == "198.51.100.7"
    assert serving.stop() == 0


# Settings


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"smtps_listen": "127.0.0.1:0"}, "SMTPS_LISTEN needs a certificate"),
        ({"require_tls": "true"}, "REQUIRE_TLS needs a certificate"),
        ({"tls_cert": "/tls.pem"}, "TLS_KEY go together"),
        ({"tls_key": "/tls.key"}, "TLS_KEY go together"),
        (
            {"proxy_listen": "127.0.0.1:0", "trusted_networks": ""},
            "TRUSTED_NETWORKS",
        ),
    ],
)
def test_settings_that_make_no_sense_together_stop_the_start(inside, settings, named):
    inside.environment["BCC_DROPBOX_SMTP_LISTEN"] = "127.0.0.1:0"
    for name, value in settings.items():
        inside.environment[f"BCC_DROPBOX_{name.upper()}"] = value
    assert named in inside.refused("serve")
