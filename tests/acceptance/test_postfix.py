"""The daemon behind Postfix, by SMTP and by LMTP: what is accepted, refused, put off.

Each test has a Postfix of its own in a temporary folder, which no other one on the machine notices.
"""

from __future__ import annotations

import email.policy
import json
import os
import pwd
import re
import shutil
import smtplib
import socket
import subprocess
import tempfile
import time
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.bad_input.smuggling import smuggled

HANAKO = "hanako@corp.example"
MAILS = 500

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
myhostname = mx.corp.example
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
mydestination =
smtp_tls_security_level = none

# What docs/operations.md says, with the domain, the port and the folder of the test.
relay_domains = dropbox.example
transport_maps = texthash:{folder}/transport
message_size_limit = 47185920
address_verify_map =

# The senders' mailboxes, which is where bounces arrive.
virtual_mailbox_domains = corp.example
virtual_mailbox_base = {folder}/mailboxes
virtual_mailbox_maps = static:hanako/
virtual_uid_maps = static:{user}
virtual_gid_maps = static:{group}
virtual_minimum_uid = 1

# Impatient: a queue of its own accord tries again after seconds, not minutes.
queue_run_delay = {patience}s
minimal_backoff_time = {patience}s
maximal_backoff_time = {patience}s
"""

MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
127.0.0.1:{port_of_an_mx} inet n - n - - smtpd
    -o mynetworks=
    -o smtpd_recipient_restrictions=reject_unverified_recipient
    -o unverified_recipient_reject_code=550
    -o unverified_recipient_reject_reason=No_such_address_here
127.0.0.1:{port_of_the_lax} inet n - n - - smtpd
    -o mynetworks=
    -o smtpd_forbid_bare_newline=no
127.0.0.1:{port_of_the_strict} inet n - n - - smtpd
    -o mynetworks=
    -o smtpd_forbid_bare_newline=normalize
pickup     unix  n - n 60  1 pickup
cleanup    unix  n - n -   0 cleanup
qmgr       unix  n - n 1   1 qmgr
rewrite    unix  - - n -   - trivial-rewrite
bounce     unix  - - n -   0 bounce
defer      unix  - - n -   0 bounce
trace      unix  - - n -   0 bounce
verify     unix  - - n -   1 verify
flush      unix  n - n 1000? 0 flush
proxymap   unix  - - n -   - proxymap
smtp       unix  - - n -   - smtp
relay      unix  - - n -   - smtp
lmtp       unix  - - n -   - lmtp
virtual    unix  - n n -   - virtual
error      unix  - - n -   - error
retry      unix  - - n -   - error
showq      unix  n - n -   - showq
anvil      unix  - - n -   1 anvil
scache     unix  - - n -   1 scache
tlsmgr     unix  - - n 1000? 1 tlsmgr
postlog    unix-dgram n - n - 1 postlogd
"""


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Postfix:
    """A Postfix in `folder` that relays `dropbox.example` by `transport`."""

    def __init__(self, folder: Path, transport: str, patience: int) -> None:
        self.folder = folder
        self.client = transport.partition(":")[0]
        self.port = free_port()
        self.port_of_an_mx = free_port()
        self.ports_of_strangers = {"lax": free_port(), "strict": free_port()}
        """Lax: bare LF . LF is an end of data, as it is by default before version 3.9."""
        account = pwd.getpwnam("postfix")
        for name in ("queue", "data", "mailboxes"):
            (folder / name).mkdir()
        for name in ("data", "mailboxes"):
            os.chown(folder / name, account.pw_uid, account.pw_gid)
        values = {"folder": folder, "user": account.pw_uid, "group": account.pw_gid}
        (folder / "main.cf").write_text(MAIN.format(**values, patience=patience))
        ports = {"port": self.port, "port_of_an_mx": self.port_of_an_mx}
        ports |= {f"port_of_the_{one}": port for one, port in self.ports_of_strangers.items()}
        (folder / "master.cf").write_text(MASTER.format(**ports))
        (folder / "transport").write_text(f"dropbox.example {transport}\n")

    def start(self) -> Postfix:
        self._run("postfix", "-c", str(self.folder), "start")
        deadline = time.monotonic() + 30
        while True:
            try:
                with smtplib.SMTP("127.0.0.1", self.port, timeout=5):
                    return self
            except OSError:
                assert time.monotonic() < deadline, self.log
                time.sleep(0.05)

    def stop(self) -> None:
        self._run("postfix", "-c", str(self.folder), "stop")

    def send(self, mail: EmailMessage, *recipients: str) -> None:
        with smtplib.SMTP("127.0.0.1", self.port, timeout=30) as client:
            client.send_message(mail, HANAKO, recipients)

    def flush(self) -> None:
        self._run("postqueue", "-c", str(self.folder), "-f")

    @property
    def queue(self) -> list[dict]:
        """The mails that wait, with what the daemon said about each recipient."""
        printed = self._run("postqueue", "-c", str(self.folder), "-j")
        return [json.loads(line) for line in printed.splitlines()]

    @property
    def bounces(self) -> list[str]:
        """The delivery reports that came back to the sender."""
        return [path.read_text() for path in (self.folder / "mailboxes/hanako").glob("new/*")]

    @property
    def log(self) -> str:
        path = self.folder / "log"
        return path.read_text() if path.exists() else ""

    def await_queue(self, wanted, seconds: float = 60) -> list[dict]:
        """Return the queue once it is as `wanted` says."""
        deadline = time.monotonic() + seconds
        while not wanted(queue := self.queue):
            assert time.monotonic() < deadline, (queue, self.log[-4000:])
            time.sleep(0.1)
        return queue

    @staticmethod
    def _run(*words: str) -> str:
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return done.stdout


@pytest.fixture(params=["smtp", "lmtp"])
def transport(request, command, new_server):
    """The daemon, and how a transport map writes the way to it."""
    if os.geteuid() != 0 or not shutil.which("postfix"):
        pytest.skip("Postfix is not installed, or this is not root, as whom alone it starts")
    environment, daemon = command.environment, new_server()
    with tempfile.TemporaryDirectory(prefix="bcc-dropbox-lmtp-") as folder:
        way, _, bare_newline = request.param.partition(" ")
        environment["BCC_DROPBOX_BARE_NEWLINE"] = bare_newline or "normalize"
        match way:
            case "smtp":
                way = f"smtp:[127.0.0.1]:{daemon.port}"
            case "lmtp":
                port = free_port()
                way = f"lmtp:inet:127.0.0.1:{port}"
                environment["BCC_DROPBOX_LMTP_LISTEN"] = f"127.0.0.1:{port}"
            case "unix":
                Path(folder).chmod(0o755)
                way = f"lmtp:unix:{folder}/lmtp.sock"
                environment["BCC_DROPBOX_LMTP_LISTEN"] = f"unix:{folder}/lmtp.sock"
                environment["BCC_DROPBOX_LMTP_SOCKET_GROUP"] = "postfix"
        daemon.start()
        yield daemon, way


@pytest.fixture
def daemon(transport):
    return transport[0]


@pytest.fixture
def new_postfix(transport):
    """Start a Postfix in front of the daemon; it is stopped, and gone, after the test."""
    # Not below pytest's folder, which is closed to the user that Postfix works as.
    folder = Path(tempfile.mkdtemp(prefix="bcc-dropbox-postfix-"))
    folder.chmod(0o755)
    made: list[Postfix] = []

    def make(patience: int = 300) -> Postfix:
        made.append(Postfix(folder, transport[1], patience))
        return made[-1].start()

    yield make
    for one in made:
        one.stop()
    shutil.rmtree(folder)


def offer(number: int) -> EmailMessage:
    mail = EmailMessage(policy=email.policy.SMTP)
    mail["From"] = f"Hanako Sato <{HANAKO}>"
    mail["To"] = "Ann Lee <ann@customer.example>"
    mail["Subject"] = f"Our offer {number}"
    mail["Date"] = "Sun, 22 Nov 2026 12:00:00 +0900"
    mail["Message-ID"] = f"<offer-{number}@corp.example>"
    mail.set_content(f"Please find offer {number}.\n")
    return mail


def filed(listed) -> list[dict]:
    return [row for row in listed("mail", "list", "--limit", 1000) if row["outcome"] == "filed"]


def unknown(address: str) -> str:
    """The same address with another secret."""
    handle, _, rest = address.partition(".")
    token, _, domain = rest.partition("@")
    return f"{handle}.{'a' * len(token)}@{domain}"


def test_five_hundred_mails_are_five_hundred_filed(listed, office, new_postfix, tmp_path):
    postfix = new_postfix()
    # Without a Message-ID and a Date: Postfix gives each mail its own, as it does to a client's.
    mail = tmp_path / "mail"
    mail.write_text(
        f"From: {HANAKO}\nTo: Ann Lee <ann@customer.example>\nSubject: Our offer\n\nDear Ann,\n"
    )
    subprocess.run(
        ["smtp-source", "-s", "20", "-m", str(MAILS), "-M", "pc.corp.example", "-f", HANAKO,
         "-t", office, "-F", str(mail), f"inet:127.0.0.1:{postfix.port}"],
        check=True,
        timeout=120,
    )  # fmt: skip
    postfix.await_queue(lambda queue: not queue)
    assert f"postfix/{postfix.client}[" in postfix.log
    rows = filed(listed)
    assert len(rows) == MAILS
    assert len({row["rfc_message_id"] for row in rows}) == MAILS
    assert listed("person", "show", "ann@customer.example")["message_count"] == MAILS
    assert postfix.bounces == []


def test_a_refused_recipient_is_bounced_and_the_other_one_gets_the_mail(
    listed, office, new_postfix
):
    postfix = new_postfix()
    postfix.send(offer(1), office, unknown(office))
    postfix.await_queue(lambda queue: not queue)
    assert len(filed(listed)) == 1
    (bounce,) = postfix.bounces
    assert "Status: 5.1.1" in bounce
    assert unknown(office) in bounce
    assert office not in bounce


@pytest.mark.parametrize("transport", ["unix"], indirect=True)
def test_a_unix_socket_is_open_to_postfix_by_its_group(listed, office, new_postfix):
    postfix = new_postfix()
    postfix.send(offer(1), office)
    postfix.await_queue(lambda queue: not queue)
    assert len(filed(listed)) == 1
    assert "/lmtp.sock" in postfix.log


def test_as_an_mx_it_refuses_at_once_what_the_daemon_would_refuse(listed, office, new_postfix):
    postfix = new_postfix()
    with smtplib.SMTP("127.0.0.1", postfix.port_of_an_mx, timeout=30) as client:
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            client.sendmail(HANAKO, [unknown(office)], offer(1).as_bytes())
        ((code, said),) = refused.value.recipients.values()
        assert (code, said[:6]) == (550, b"5.1.1 ")
        client.sendmail(HANAKO, [office], offer(1).as_bytes())
    postfix.await_queue(lambda queue: not queue)
    assert len(filed(listed)) == 1
    assert postfix.bounces == []


def knock(port: int, to: str, wire: bytes) -> list[str]:
    """Send a mail as it is, with a goodbye behind it; the names of the mails that were taken."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        replies = connection.makefile("rb")
        assert replies.readline().startswith(b"220 ")
        for line in ("EHLO client.example", f"MAIL FROM:<{HANAKO}>", f"RCPT TO:<{to}>", "DATA"):
            connection.sendall(f"{line}\r\n".encode())
            while replies.readline()[3:4] == b"-":
                pass
        connection.sendall(wire + b"\r\n.\r\nQUIT\r\n")
        said = replies.read().decode()
    return re.findall(r"^250 2\.0\.0 Ok: queued as (\w+)", said, re.MULTILINE)


@pytest.mark.parametrize("transport", ["smtp", "lmtp reject"], indirect=True)
def test_of_smuggled_mail_exactly_what_postfix_took_is_recorded_or_comes_back(
    listed, office, new_postfix, transport
):
    postfix = new_postfix()
    taken = {}
    for side, port in postfix.ports_of_strangers.items():
        for one in smuggled(office, first=1000 * len(taken)):
            names = knock(port, office, one.wire)
            assert names, (one.name, side)
            assert len(names) == 1 or side == "lax", one.name
            taken |= dict.fromkeys(names, one)
    postfix.await_queue(lambda queue: not queue)
    ids = dict(re.findall(r"cleanup\[\d+\]: (\w+): message-id=<(.*)>", postfix.log))
    refused = set(re.findall(r": (\w+): .* status=bounced .* said: 550 5\.6\.11 ", postfix.log))
    assert refused <= taken.keys()
    assert sorted(ids[one].lower() for one in taken.keys() - refused) == sorted(
        row["rfc_message_id"] or "" for row in listed("mail", "list", "--limit", 1000)
    )
    assert len(postfix.bounces) == len(refused)
    assert len(taken) > sum(1 for _ in smuggled(office)) * 2, "the lax side lets nothing through"


def test_mail_waits_for_a_stopped_database_and_goes_by_itself_later(
    listed, office, new_postfix, postgres, database_url
):
    postfix = new_postfix(patience=2)
    name = urlsplit(database_url).path.strip("/")
    postgres.execute(f"alter database {name} allow_connections false")
    sessions = f"pg_stat_activity where datname = '{name}'"
    postgres.execute(f"select pg_terminate_backend(pid) from {sessions}")  # noqa: S608 - our own name
    for number in range(5):
        postfix.send(offer(number), office)
    for mail in postfix.await_queue(
        lambda queue: len(queue) == 5 and all(mail["queue_name"] == "deferred" for mail in queue)
    ):
        assert " said: 451 4.3.0 " in mail["recipients"][0]["delay_reason"]
    postgres.execute(f"alter database {name} allow_connections true")
    postfix.await_queue(lambda queue: not queue)
    assert len(filed(listed)) == 5
    assert postfix.bounces == []


def test_mail_waits_for_a_stopped_daemon_until_the_queue_is_flushed(
    listed, office, daemon, new_postfix
):
    postfix = new_postfix()
    assert daemon.stop() == 0
    postfix.send(offer(1), office)
    (waiting,) = postfix.await_queue(lambda queue: queue and queue[0]["queue_name"] == "deferred")
    assert "Connection refused" in waiting["recipients"][0]["delay_reason"]
    daemon.start()
    postfix.flush()
    postfix.await_queue(lambda queue: not queue)
    assert len(filed(listed)) == 1
