"""A secret address is shown whole to whoever asks for it, and nowhere else; a password nowhere.

What is looked for is the token: sixteen random letters that stand in no text by accident.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import re
import signal
import smtplib
import socket
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
import typer

import cli.main

HANAKO = "hanako@corp.example"
TARO = "taro@corp.example"
DOMAIN = "dropbox.example"
UNKNOWN = f"nobody.{'qrst' * 4}@{DOMAIN}"
PATIENCE = 60

VIEWS = ("leads", "contacts", "timeline", "deliveries")

ADDRESS = ("show", "regenerate", "vcard", "qr")
ASKED_FOR = {("user", "add"), *(("address", name) for name in ADDRESS)}
"""The commands that print a secret address, `run` with its banner apart."""


def token(address: str) -> str:
    return address.partition("@")[0].rpartition(".")[2]


def leaked(text: str, secrets: Iterable[str]) -> list[str]:
    """Return the surroundings of each secret that stands in `text`."""
    lowered = text.lower()
    places = [(lowered.find(token(one)), one) for one in secrets]
    return [text[max(0, at - 120) : at + 60] for at, _ in places if at >= 0]


def mail(number: int, *, body: str = "Dear Ann,\n", **headers: str) -> str:
    fields = {
        "From": HANAKO,
        "To": "ann@customer.example",
        "Subject": f"Offer {number}",
        "Message-ID": f"<{number}@corp.example>",
        **headers,
    }
    lines = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in fields.items())
    return f"{lines}\n{body}"


@pytest.fixture
def secrets(inside, office):
    """Every kind of secret address: Hanako's, one in grace, a dead one, and Taro's."""
    grace = inside.ok("address", "regenerate", HANAKO, "--grace", "1d").strip()
    new = inside.ok("address", "regenerate", HANAKO, "--grace", "1d").strip()
    taro = inside.ok("user", "add", TARO, "--name", "Taro", "--account", "Corp").strip()
    dead, taro = taro, inside.ok("address", "regenerate", TARO).strip()
    found = [new, taro, office, grace, dead]
    assert len({token(one) for one in found}) == 5
    assert all(len(token(one)) == 16 for one in found)
    return found


# The daemon


class Serving:
    """A `serve` process with its log in a file."""

    def __init__(self, command, log: Path) -> None:
        self.log = log
        with log.open("w") as stderr:
            self.process = command.start("serve", stdout=stderr, stderr=stderr)

    def until_said(self, words: str, count: int = 1) -> None:
        deadline = time.monotonic() + PATIENCE
        while self.log.read_text("utf-8").count(words) < count:
            assert self.process.poll() is None, self.log.read_text("utf-8")
            assert time.monotonic() < deadline, words
            time.sleep(0.02)

    def processes(self) -> list[int]:
        parent = self.process.pid
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        return [parent, *map(int, children)]


@pytest.fixture
def serve(command, tmp_path):
    started: list[Serving] = []

    def start(port: int, **settings: object) -> Serving:
        given = {"smtp_listen": f"127.0.0.1:{port}", **settings}
        for key, value in given.items():
            command.environment[f"BCC_DROPBOX_{key.upper()}"] = str(value)
        started.append(Serving(command, tmp_path / f"log-{len(started)}"))
        started[-1].until_said("serving", int(settings.get("workers", 1)))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.terminate()
            one.process.wait(PATIENCE)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture
def port():
    return free_port()


class Client(smtplib.SMTP):
    """Remembers what the server says."""

    def __init__(self, port: int) -> None:
        self.heard = ""
        super().__init__("127.0.0.1", port, "client", timeout=PATIENCE)

    def getreply(self):
        code, text = super().getreply()
        self.heard += f"{code} {text.decode()}\n"
        return code, text


def talk(port: int, secrets: list[str]) -> str:
    """Say everything in which a secret address can stand; return what the server says."""
    hanako, taro, *_ = secrets
    with Client(port) as client:
        send = client.sendmail
        send(HANAKO, [hanako, taro], mail(1))
        send(HANAKO, [hanako.upper()], mail(1))
        send(HANAKO, [hanako.replace("@", "+crm@")], mail(2))
        for address in secrets[2:4]:
            send(HANAKO, [address], mail(3))
        send("eve@evil.example", [hanako], mail(4, From="eve@evil.example"))
        send(hanako, [hanako], mail(5, From=hanako, Reply_To=taro))
        send(HANAKO, [hanako], mail(6, To=f'"{taro}" <ann@customer.example>, {hanako}', Cc=taro))
        send(HANAKO, [hanako], mail(7, Subject=hanako, Message_ID=f"<{hanako}>"))
        for unknown in (secrets[4], UNKNOWN):
            with pytest.raises(smtplib.SMTPRecipientsRefused):
                send(HANAKO, [unknown], mail(8))
        client.rset()
        for line in (
            f"HELO {hanako}",
            f"EHLO {hanako}",
            f"VRFY {hanako}",
            hanako,
            f"MAIL FROM:<{hanako}> NONSENSE={hanako}",
            f"MAIL FROM:{hanako}>",
            f"MAIL FROM:<{hanako}>",
            f"RCPT TO:<{hanako}> NOTIFY={hanako}",
            f"RCPT TO:<{hanako}",
            f"RCPT TO:<{hanako}>{hanako}",
            "RSET",
        ):
            client.docmd(line)
        return client.heard


class Database:
    """The test's database, as its administrator sees it."""

    def __init__(self, postgres, url: str) -> None:
        self.postgres = postgres
        self.name = urlsplit(url).path.strip("/")

    def go_away(self) -> None:
        self.postgres.execute(f"alter database {self.name} allow_connections false")
        terminate = "select pg_terminate_backend(pid) from pg_stat_activity where datname = "
        self.postgres.execute(f"{terminate}'{self.name}'")

    def come_back(self) -> None:
        self.postgres.execute(f"alter database {self.name} allow_connections true")


@pytest.fixture
def database(postgres, database_url):
    return Database(postgres, database_url)


def asked_for_metrics_and_health(port: int, secret: str) -> str:
    """What the admin listener says, to those who put a secret into their question too."""
    told = []
    for path in ("/metrics", "/healthz", "/readyz"):
        for form in (path, f"{path}?to={secret}", f"{path}/{secret}"):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
            connection.request("GET", form, headers={"User-Agent": secret})
            answer = connection.getresponse()
            told.append(f"{answer.status} {answer.headers}{answer.read().decode()}")
            connection.close()
    return "\n".join(told)


def seen_from_outside(serving: Serving) -> str:
    """What `ps` shows of our processes."""
    return "\n".join(
        Path(f"/proc/{process}/{file}").read_text("utf-8", "replace")
        for process in serving.processes()
        for file in ("cmdline", "comm")
    )


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_neither_log_nor_replies_nor_processes_of_the_daemon_show_a_secret_address(
    inside, serve, port, secrets, database, rows, log_format
):
    admin_port = free_port()
    serving = serve(
        port,
        log_format=log_format,
        workers=2 if log_format == "json" else 1,
        admin_listen=f"127.0.0.1:{admin_port}",
    )
    heard = talk(port, secrets)
    metrics = asked_for_metrics_and_health(admin_port, secrets[0])
    assert 'reason="no_such_address"} 2.0' in metrics
    seen_by_doctor = "\n".join(inside("doctor", *form).stdout for form in ((), ("--json",)))
    assert f"127.0.0.1:{admin_port} answers: ready" in seen_by_doctor
    outside = seen_from_outside(serving)
    assert "-m\0cli\0serve" in outside
    queries = "\n".join(
        f"{row['application_name']} {row['query']}"
        for row in rows("select * from pg_stat_activity where datname = current_database()")
    )
    assert "bcc-dropbox" in queries
    database.go_away()
    with Client(port) as client:
        # Before, at and after RCPT: whatever the daemon had open is gone.
        with pytest.raises(smtplib.SMTPException):
            client.sendmail(HANAKO, [secrets[0]], mail(20))
        heard += client.heard
    metrics += asked_for_metrics_and_health(admin_port, secrets[0])
    database.come_back()
    with Client(port) as client:
        client.sendmail(HANAKO, [secrets[0]], mail(20))
        heard += client.heard
    serving.process.send_signal(signal.SIGTERM)
    assert serving.process.wait(PATIENCE) == 0
    log = serving.log.read_text("utf-8")
    assert "mail_filed" in log
    assert "hanako.••••@dropbox.example" in log
    assert "451" in heard
    every = [*secrets, UNKNOWN]
    told = log, heard, outside, queries, metrics, seen_by_doctor
    assert [leaked(text, every) for text in told] == [[]] * len(told)


REFUSE = """
create function refuse() returns trigger language plpgsql as
$$ begin raise exception 'not today'; end $$;
create trigger refuse before insert on dropbox_address
for each row execute function refuse();
"""


def test_an_address_that_could_not_be_written_is_neither_in_the_error_nor_in_postgres_log(
    inside, office, cluster_dir, database_url
):
    # Whatever it was, the statement failed with the new secret among its parameters.
    execute(database_url, REFUSE)
    (log,) = cluster_dir.rglob("tests.log")
    before = log.read_text("utf-8", "replace")
    commands = ("address", "regenerate", HANAKO), ("user", "add", TARO, "--name", "Taro")
    said = [inside.refused(*words) for words in commands]
    logged = log.read_text("utf-8", "replace").removeprefix(before)
    for text in (*said, logged):
        assert "not today" in text
        assert re.findall(r"(?:hanako|taro)\.[a-z2-7]{16}", text) == []


def execute(url: str, statements: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(statements)
        finally:
            await connection.close()

    asyncio.run(run())


# The commands


def leaves(command, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Return every command there is, as it is typed."""
    below = getattr(command, "commands", None)
    if below is None:
        yield words
        return
    for name, one in below.items():
        yield from leaves(one, (*words, name))


EVERY_COMMAND = set(leaves(typer.main.get_command(cli.main.app)))


@pytest.fixture
def mails(secrets, drop, inside):
    """Filed, held and exposing mail, read by every reader there is; delivery ids by kind."""
    hanako, taro, *_ = secrets
    exposing = {
        "To": f'"{taro}" <ann@customer.example>, {hanako}',
        "Cc": f"Taro <{taro}>",
        "Subject": f"For {hanako.upper()}",
        "body": f"> Bcc: {taro}\n\nThanks.\n\n> {hanako.replace('@', '+crm@')} wrote:\n",
    }
    drop(mail(1), hanako, taro)
    drop(mail(2, **exposing, Reply_To=hanako), hanako)
    drop(mail(3, From=f'"{taro}" <{hanako}>'), hanako)
    drop(mail(4, From=f"eve@evil.example, {hanako}"), hanako)
    for number in range(5, 9):
        drop(mail(number, **exposing, From=f'"{hanako}" <eve{number}@evil.example>'), hanako)
    drop(mail(9, To=f"bob@corp.example, {taro}"), hanako)
    drop(forwarding(10, hanako, taro), hanako)
    drop(mail(11, Content_Type=f"application/pdf; name={taro}.pdf"), hanako)
    found = json.loads(inside.ok("mail", "list", "--json"))
    return {
        kind: [one["delivery_id"] for one in found if one["reason"] == reason]
        for kind, reason in (("filed", "filed"), ("held", "sender_not_allowed"))
    }


def forwarding(number: int, hanako: str, taro: str) -> str:
    """A mail to the dropbox address whose original names dropbox addresses wherever it can."""
    original = (
        f'From: "{taro}" <ann{number}@customer.example>\nDate: Sun, 2 Mar 2025 at 09:30\n'
        f"Subject: For {taro}\nTo: Hanako <{hanako}>\nCc: {taro}\n\nBcc was {taro}\n"
    )
    body = f"For {taro}\n\n---------- Forwarded message ---------\n{original}"
    return mail(number, To=hanako, Subject=f"Fwd: For {taro}", body=body)


def all_commands(mails, secrets, folder: Path) -> list[tuple[str, ...]]:
    """Return every command at least once, so that each has something to say about the mails."""
    hanako, taro, *_ = secrets
    eml, old, out = folder / "mail.eml", folder / "old.eml", folder / "files"
    eml.write_text(mail(30, To=f'"{taro}" <ann@customer.example>, {hanako}', Cc=taro))
    old.write_text(mail(31, To=f'"{taro}" <old@customer.example>, {hanako}', Cc=taro))
    (folder / "fwd.eml").write_text(forwarding(32, hanako, taro))
    out.mkdir()
    filed, held = mails["filed"], mails["held"]
    corp = ("--account", "Corp")
    return [
        ("migrate",),
        ("account", "add", "Other"),
        ("account", "set", "Corp", "--address", "own@other.example"),
        ("account", "list"),
        ("user", "list"),
        ("user", "show", HANAKO),
        ("user", "suspend", TARO),
        ("user", "resume", TARO),
        ("sender", "add", HANAKO, "more@corp.example"),
        ("sender", "list", HANAKO),
        ("sender", "remove", HANAKO, "more@corp.example"),
        ("sender", "add", HANAKO, "home@corp.example", "--unproven"),
        ("sender", "prove", HANAKO, "home@corp.example", "no code"),
        ("rule", "show", HANAKO),
        ("rule", "set", HANAKO, "--create", "lead"),
        ("never-log", "add", "nobody.example", *corp),
        ("never-log", "list"),
        ("never-log", "remove", "nobody.example", *corp),
        ("explain", str(eml), "--to", hanako),
        ("explain", str(eml), "--to", UNKNOWN),
        ("explain", str(folder / "fwd.eml"), "--to", hanako),
        ("deliver", "--to", hanako),
        ("deliver", "--to", UNKNOWN),
        ("import", "--user", HANAKO, str(old)),
        ("reprocess", "--dry-run"),
        ("reprocess",),
        ("person", "list"),
        ("person", "show", "ann@customer.example"),
        ("mail", "list"),
        *(("mail", verb, id_) for verb in ("show", "why") for id_ in (*filed, *held)),
        ("mail", "raw", filed[-1]),
        ("mail", "attachment", filed[0], "1"),
        ("held", "list"),
        *(("held", "show", id_) for id_ in held),
        ("held", "release", held[0]),
        ("held", "trust", held[1]),
        ("held", "assign", held[2], "ann@customer.example"),
        ("held", "discard", held[3]),
        ("person", "list"),
        ("person", "show", "eve8@evil.example"),
        ("stats",),
        ("stats", "--by", "user"),
        ("stats", "--by", "person"),
        ("config", "show"),
        ("doctor",),
        ("address", "show", HANAKO),
        ("address", "vcard", HANAKO),
        ("address", "qr", HANAKO, "--out", str(out / "a.svg")),
        ("user", "add", "new@corp.example", "--name", "New", *corp),
        ("address", "regenerate", TARO),
    ]


def command_of(words: tuple[str, ...]) -> tuple[str, ...]:
    return next(words[:count] for count in (1, 2) if words[:count] in EVERY_COMMAND)


def test_no_command_shows_a_secret_address_but_those_that_are_asked_for_one(
    inside, mails, secrets, tmp_path
):
    ran, found = set(), []
    stdin = mail(40, To=f"ann@customer.example, {secrets[0]}")
    # Not part of what a command prints: these hand out the bytes of a mail.
    handed_out = {("mail", "raw"), ("mail", "attachment")}
    # The doctor finds what is wrong, and nobody has the code.
    refuses = {("doctor",), ("sender", "prove")}
    helps = {one: inside.ok(*one, "--help") for one in EVERY_COMMAND}
    takes_json = {one for one, text in helps.items() if re.search("^ +--json ", text, re.MULTILINE)}
    found += [(one, place) for one, text in helps.items() for place in leaked(text, secrets)]
    for words in all_commands(mails, secrets, tmp_path):
        name = command_of(words)
        ran.add(name)
        forms = [(*words, "--json"), words] if name in takes_json else [words]
        for number, form in enumerate(forms):
            done = inside(*form, stdin=stdin)
            # What has changed something may refuse to do it twice.
            assert number or done.returncode in {0, 67} or name in refuses, (form, done)
            shown = done.stderr if name in ASKED_FOR | handed_out else done.stdout + done.stderr
            found += [(name, place) for place in leaked(shown, [*secrets, UNKNOWN])]
            # Of those that are asked for an address the test has to notice that it is there.
            if name == ("address", "show"):
                assert leaked(done.stdout, secrets)
    assert EVERY_COMMAND - ran == {("serve",), ("run",)}
    assert found == []


def wrong_arguments(secret: str, hanako: str, held: str, file: Path) -> list[tuple[str, ...]]:
    """Return commands in which an address stands where none belongs."""
    return [
        (secret,),
        ("person", secret),
        ("--account", secret),
        ("person", "list", f"--{secret}"),
        ("person", "list", "--kind", secret),
        ("person", "list", "--limit", secret),
        ("person", "list", "--account", secret),
        ("person", "list", secret),
        ("person", "show", secret),
        ("mail", "show", secret),
        ("mail", "raw", secret),
        ("mail", "why", secret),
        ("mail", "list", "--user", secret),
        ("mail", "list", "--as", secret),
        ("held", "show", secret),
        ("held", "release", secret),
        ("held", "trust", secret),
        ("held", "assign", held, secret),
        ("held", "discard", secret),
        ("user", "add", secret, "--name", "X"),
        ("user", "show", secret),
        ("user", "suspend", secret),
        ("address", "show", secret),
        ("address", "regenerate", secret),
        ("address", "regenerate", HANAKO, "--grace", secret),
        ("address", "vcard", HANAKO, "--version", secret),
        ("address", "vcard", HANAKO, "--out", f"/nowhere/{secret}"),
        ("address", "qr", HANAKO, "--out", secret),
        ("sender", "add", HANAKO, secret),
        ("sender", "remove", HANAKO, secret),
        ("sender", "list", secret),
        ("rule", "set", HANAKO, "--create", secret),
        ("rule", "show", secret),
        ("never-log", "add", secret, "--user", HANAKO),
        ("never-log", "remove", secret, "--user", HANAKO),
        ("never-log", "list", "--user", secret),
        ("account", "set", secret),
        ("account", "set", "Corp", "--address", secret),
        ("account", "set", "Corp", "--domain", secret),
        ("account", "set", "Corp", "--timezone", secret),
        ("explain", secret, "--to", hanako),
        ("explain", str(file), "--to", secret, "--from", secret, secret),
        ("deliver", "--to", secret, secret),
        ("import", "--user", secret, str(file)),
        ("reprocess", secret),
        ("reprocess", "--since", secret),
        ("import", "--user", HANAKO, secret),
        ("stats", "--since", secret),
        ("stats", "--by", secret),
        ("migrate", secret),
        ("serve", secret),
        ("config", "show", secret),
    ]


def test_no_error_shows_a_secret_address_that_was_given_as_a_wrong_argument(
    inside, mails, secrets, tmp_path
):
    file = tmp_path / "a.eml"
    file.write_text(mail(50))
    found = []
    for words in wrong_arguments(secrets[0], secrets[1], mails["held"][0], file):
        done = inside(*words, stdin=mail(51))
        assert done.returncode, (words, done)
        found += [(words, place) for place in leaked(done.stdout + done.stderr, secrets)]
    assert found == []


@pytest.mark.parametrize(
    "shape", ["<{}>", "Hanako <{}>", "mailto:{}", "{}, ann@customer.example", "{}@", "x/{}.eml"]
)
def test_no_error_shows_a_secret_address_in_whatever_shape_it_was_given(inside, secrets, shape):
    address = secrets[0]
    for form in (address, address.upper(), address.replace("@", "+x@")):
        given = shape.format(form)
        for words in ((given,), ("person", "show", given), ("import", "--user", HANAKO, given)):
            done = inside(*words)
            assert done.returncode
            assert leaked(done.stdout + done.stderr, secrets) == []


def test_no_error_shows_a_secret_address_that_stands_in_a_setting(inside, secrets):
    for name in ("WORKERS", "MAIL_DOMAIN", "SMTP_LISTEN", "TRUSTED_NETWORKS", "LANGUAGE", "NONE"):
        variable = f"BCC_DROPBOX_{name}"
        inside.environment[variable] = secrets[0]
        said = inside.refused("user", "list")
        del inside.environment[variable]
        assert variable in said
        assert leaked(said, secrets) == []


def test_a_mail_with_a_secret_address_in_its_headers_makes_nobody_of_it(mails, listed, secrets):
    people = listed("person", "list", "--limit", "1000")
    assert [one for one in people if any(DOMAIN in email for email in one["emails"])] == []
    assert leaked(json.dumps(people), secrets) == []


def test_the_views_show_no_secret_address_that_stood_in_a_header(inside, mails, secrets, rows):
    for id_ in mails["held"]:
        inside.ok("held", "release", id_)
    for view in VIEWS:
        shown = "\n".join(str(dict(row)) for row in rows(f"select * from {view}"))  # noqa: S608
        assert leaked(shown, secrets) == [], view
        assert shown or view == "contacts"


def test_what_a_user_is_told_of_an_exposed_address_does_not_repeat_it(mails, listed, secrets):
    noted = [one for one in listed("mail", "list") if "address_exposed" in one["note"]]
    assert {"filed", "held"} <= {one["outcome"] for one in noted}
    assert "2@corp.example" in {one["rfc_message_id"] for one in noted}
    (why,) = listed("mail", "why", "2@corp.example")
    assert any("stands in To or Cc" in line for line in why["why"])
    assert leaked(json.dumps(why), secrets) == []


# The password of the database


PASSWORD = "xyzzy-plugh-3141"


def urls(postgres) -> list[str]:
    host = f"host={postgres.socket_dir}"
    return [
        f"postgresql://dropbox:{PASSWORD}@/nowhere?{host}",
        f"postgresql://dropbox@/nowhere?{host}&password={PASSWORD}",
        f"postgresql://nobody:{PASSWORD}@/postgres?{host}",
        f"postgresql://dropbox:{PASSWORD}@127.0.0.1:1/postgres",
        f"postgresql://dropbox:{PASSWORD}@127.0.0.1:port/postgres",
        f"postgresql://dropbox:{PASSWORD}@[::1/postgres",
        f"postgresql://dropbox:{PASSWORD}@host name/postgres",
        f"mysql://dropbox:{PASSWORD}@127.0.0.1/postgres",
        f"dropbox:{PASSWORD}@127.0.0.1",
        PASSWORD,
    ]


def test_no_command_shows_the_password_of_the_database(inside, postgres, database_url):
    variable = "BCC_DROPBOX_DATABASE_URL"
    told = []
    for url in urls(postgres):
        inside.environment[variable] = url
        for words in (("user", "list"), ("serve",), ("migrate",), ("doctor",), ("config", "show")):
            done = inside(*words)
            told.append(done.stdout + done.stderr)
            assert done.returncode or words[0] == "config"
            assert PASSWORD not in told[-1], (url, words)
    assert any("dropbox:••••@" in text for text in told)
    inside.environment[variable] = database_url.replace("dropbox@", f"dropbox:{PASSWORD}@")
    for words in (("config", "show"), ("config", "show", "--json"), ("doctor",), ("user", "list")):
        done = inside(*words)
        assert PASSWORD not in done.stdout + done.stderr, words


def test_the_daemon_does_not_show_the_password_of_the_database(
    serve, port, office, database, database_url, rows
):
    url = database_url.replace("dropbox@", f"dropbox:{PASSWORD}@")
    serving = serve(port, log_format="json", workers=2, database_url=url)
    outside = seen_from_outside(serving)
    activity = str([dict(row) for row in rows("select * from pg_stat_activity")])
    database.go_away()
    with Client(port) as client, contextlib.suppress(smtplib.SMTPException):
        client.sendmail(HANAKO, [office], mail(1))
    database.come_back()
    serving.process.terminate()
    assert serving.process.wait(PATIENCE) == 0
    told = serving.log.read_text("utf-8"), outside, activity
    assert [PASSWORD in text for text in told] == [False] * 3


def test_every_claim_of_the_security_page_names_a_test_that_is_there():
    root = Path(cli.main.__file__).resolve().parents[1]
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (root / "SECURITY.md").read_text("utf-8"))
    missing = [
        (file, name)
        for file, name in named
        if f"def {name}(" not in (root / file).read_text("utf-8")
    ]
    assert len(named) > 40
    assert missing == []
