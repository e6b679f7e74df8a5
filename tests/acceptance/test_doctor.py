"""`doctor`: what it says of a sound installation, and of each thing that can be wrong with one."""

import json
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections import namedtuple
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest

HANAKO = "hanako@corp.example"
STRANGER = """\
From: Eve <eve@other.example>
To: ann@customer.example
Subject: Question
Message-ID: <1@other.example>

Words.
"""


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture(autouse=True)
def somewhere_free(command):
    command.environment["BCC_DROPBOX_SMTP_LISTEN"] = f"127.0.0.1:{free_port()}"


def checks(done):
    """What it found, by name of the check; the document has to be as documented."""
    assert done.stderr == ""
    read = json.loads(done.stdout)
    assert list(read) == ["status", "checks"]
    found = {}
    for one in read["checks"]:
        assert list(one) == ["check", "status", "seen", "mend"]
        assert (one["mend"] is None) is (one["status"] == "ok")
        found.setdefault(one["check"], []).append(one)
    statuses = {one["status"] for one in read["checks"]}
    worst = next(one for one in ("problem", "warning", "ok") if one in statuses)
    assert read["status"] == worst
    assert done.returncode == (1 if worst == "problem" else 0)
    return found


@pytest.fixture
def examined(inside):
    """The one check of that name."""

    def examine(name, **settings):
        given = {f"BCC_DROPBOX_{key.upper()}": str(value) for key, value in settings.items()}
        inside.environment.update(given)
        (found,) = checks(inside("doctor", "--json"))[name]
        return found

    return examine


def says(check, status, *words):
    shown = f"{check['seen']}; mend: {check['mend']}"
    assert check["status"] == status, shown
    for one in words:
        assert one in shown
    return True


@pytest.fixture
def certificates(tmp_path):
    """Make a certificate and its key; without `alt` by an authority, valid when one likes."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl command to make a certificate with")
    new_key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes".split()

    def make(name, *alt, days=90, valid=()):
        cert, key = tmp_path / f"{name}.pem", tmp_path / f"{name}.key"
        request = ["openssl", "req", *new_key, "-keyout", key, "-subj", f"/CN={name}"]
        if valid:
            run([*request, "-new", "-out", tmp_path / "request"])
            (tmp_path / "index").write_text("")
            (tmp_path / "authority").write_text(
                f"[ca]\ndefault_ca=d\n[d]\nnew_certs_dir={tmp_path}\ndatabase={tmp_path}/index\n"
                "default_md=sha256\nrand_serial=yes\npolicy=p\n[p]\ncommonName=supplied\n"
            )
            run(["openssl", "ca", "-batch", "-notext", "-config", tmp_path / "authority",
                 "-selfsign", "-keyfile", key, "-in", tmp_path / "request", "-out", cert,
                 "-startdate", valid[0], "-enddate", valid[1]])  # fmt: skip
        else:
            names = ",".join(f"DNS:{one}" for one in alt or (name,))
            run([*request, "-x509", "-days", str(days), "-out", cert,
                 "-addext", f"subjectAltName={names}"])  # fmt: skip
        key.chmod(0o600)
        return cert, key

    return make


def run(words):
    subprocess.run(words, check=True, capture_output=True)


def test_a_sound_installation_is_told_so_and_a_renewed_certificate_noticed(command, certificates):
    # Not below pytest's folder: the path of a socket has to be short.
    with tempfile.TemporaryDirectory(prefix="bcc-", ignore_cleanup_errors=True) as folder:
        cert, key = certificates("mx.corp.example", days=90)
        given = {
            "DATABASE_URL": "",
            "DATA_DIR": f"{folder}/data",
            "LMTP_LISTEN": f"unix:{folder}/lmtp",
            "SMTPS_LISTEN": f"127.0.0.1:{free_port()}",
            "PROXY_LISTEN": f"127.0.0.1:{free_port()}",
            "TLS_CERT": cert,
            "TLS_KEY": key,
        }
        command.environment.update({f"BCC_DROPBOX_{k}": str(v) for k, v in given.items()})
        (none,) = checks(command("doctor", "--json"))["database"]
        assert says(none, "problem", "none in", "bcc-dropbox migrate")
        command.ok("migrate")
        command.ok("account", "add", "Corp")
        address = command.ok("user", "add", HANAKO, "--name", "Hanako").strip()
        with serving(command) as daemon:
            done = command("doctor", "--json")
            found = checks(done)
            assert address not in done.stdout
            fine = {name for name, all_ in found.items() if {c["status"] for c in all_} == {"ok"}}
            assert fine == {
                "database", "durability", "connections", "migrations", "users", "held mail",
                "disk", "spill folder", "smtp", "smtps", "lmtp", "proxy", "tls",
            }, done.stdout  # fmt: skip
            assert says(found["mx"][0], "warning", "dropbox.example is a name for trials")
            for kind in ("smtp", "smtps", "lmtp", "proxy"):
                assert found[kind][0]["seen"].endswith("answers: 220 dropbox.example ESMTP")

            certificates("mx.corp.example", days=91)
            _, shown = checks(command("doctor", "--json"))["tls"]
            assert says(shown, "warning", "another certificate", "SIGHUP")
            daemon.send_signal(signal.SIGHUP)
            time.sleep(1)
            _, shown = checks(command("doctor", "--json"))["tls"]
            assert says(shown, "ok", "shows that certificate")
        lines = command.ok("doctor").splitlines()
        assert all(re.match(r"(ok|warning) +\S", line) for line in lines[:-1]), lines
        assert lines[-1] == "0 problems, 5 warnings."


@contextmanager
def serving(command):
    process = command.start("serve", stdout=subprocess.DEVNULL)
    assert any('"serving"' in line for line in process.stderr)
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=40)


def test_a_database_that_is_down_is_said_and_everything_else_still_looked_at(command):
    url = f"postgresql://dropbox:geheim@127.0.0.1:{free_port()}/dropbox"
    command.environment["BCC_DROPBOX_DATABASE_URL"] = url
    done = command("doctor")
    assert done.returncode == 1
    assert re.search(r"^problem  database +database cannot be reached: .+; mend: start Postgres",
                     done.stdout, re.MULTILINE)  # fmt: skip
    for name in ("spill folder", "smtp", "mx", "tls"):
        assert re.search(rf"^(ok|warning) +{name} ", done.stdout, re.MULTILINE), done.stdout
    assert done.stdout.endswith("1 problem, 2 warnings.\n")
    assert done.stderr == ""
    assert "geheim" not in done.stdout + checks(command("doctor", "--json"))["database"][0]["seen"]


def test_the_password_in_the_url_of_a_database_that_answers_is_masked(examined, database_url):
    url = database_url.replace("dropbox@", "dropbox:geheim@")
    seen = examined("database", database_url=url)["seen"]
    assert "dropbox:••••@" in seen
    assert "geheim" not in seen


def test_a_server_that_forgets_commits_in_a_crash_is_a_problem(examined):
    # The tests' own server is one.
    assert says(examined("durability"), "problem", "fsync off", "turn fsync on", "commit takes")


def test_a_database_that_is_not_migrated_is_told_the_command(inside, empty_database_url, examined):
    found = examined("migrations", database_url=empty_database_url)
    assert says(found, "problem", "is empty", "mend: bcc-dropbox migrate")


def test_a_database_that_takes_no_writes_is_a_problem(examined, postgres, database_url):
    name = database_name(database_url)
    postgres.execute(f"alter database {name} set default_transaction_read_only = on")
    assert says(examined("database"), "problem", "takes no writes", "primary")


def test_connections_that_run_out_are_a_warning(examined, postgres, database_url):
    assert says(examined("connections"), "ok", " left")
    name = database_name(database_url)
    postgres.execute(f"alter database {name} connection limit 5")
    assert says(examined("connections"), "warning", "4 left", "max_connections")


def test_a_database_that_is_not_utf8_is_a_problem(examined, postgres, empty_database_url):
    name = f"{database_name(empty_database_url)}_latin"
    options = "template template0 encoding 'LATIN1' locale 'C'"
    postgres.execute(f"create database {name} {options}")
    try:
        found = examined("database", database_url=postgres.url(name))
        assert says(found, "problem", "encoding LATIN1", "UTF8")
    finally:
        postgres.execute(f"drop database {name} with (force)")


def database_name(url):
    return url.rpartition("/")[2].partition("?")[0]


def test_an_installation_without_users_or_with_suspended_ones_alone_is_a_warning(inside, examined):
    assert says(examined("users"), "warning", "none yet", "bcc-dropbox user add")
    inside.ok("account", "add", "Corp")
    inside.ok("user", "add", HANAKO, "--name", "Hanako")
    assert says(examined("users"), "ok", "1 user")
    inside.ok("user", "suspend", HANAKO)
    assert says(examined("users"), "warning", "all are suspended in Corp", "user resume")


def test_held_mail_that_nobody_has_seen_for_a_week_is_a_warning(
    inside, examined, office, drop, rows
):
    drop(STRANGER, office)
    assert says(examined("held mail"), "ok")
    rows("update delivery set received_at = now() - interval '8 days'")
    assert says(examined("held mail"), "warning", "1 mail seen by nobody", "bcc-dropbox held list")
    inside.ok("held", "list")
    assert says(examined("held mail"), "ok")


@contextmanager
def a_server_that_says(greeting):
    """Somebody else's server; gives its port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer():
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    connection.sendall(greeting)
                    connection.settimeout(10)
                    while connection.recv(100):
                        pass

        thread = threading.Thread(target=answer)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            listening.shutdown(socket.SHUT_RDWR)
    thread.join()


def test_a_port_that_is_free_waits_for_the_daemon(examined):
    assert says(examined("smtp"), "warning", "the port is free", "bcc-dropbox serve")


def test_a_port_where_somebody_else_answers_is_a_problem(examined):
    with a_server_that_says(b"220 mx.other.example ESMTP Postfix\r\n") as port:
        found = examined("smtp", smtp_listen=f"127.0.0.1:{port}")
    assert says(found, "problem", "220 mx.other.example ESMTP Postfix", "BCC_DROPBOX_SMTP_LISTEN")


def test_a_daemon_that_is_stopping_is_a_warning(examined):
    with a_server_that_says(b"421 4.3.2 Shutting down, try again later\r\n") as port:
        assert says(examined("smtp", smtp_listen=f"127.0.0.1:{port}"), "warning", "in a minute")


def test_a_port_that_says_nothing_is_a_problem_after_three_seconds(examined):
    with a_server_that_says(b"") as port:
        found = examined("smtp", smtp_listen=f"127.0.0.1:{port}")
    assert says(found, "problem", "says nothing within 3 seconds")


def test_a_port_that_somebody_has_and_does_not_answer_at_is_a_problem(examined):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        found = examined("smtp", smtp_listen=f"127.0.0.1:{taken.getsockname()[1]}")
    assert says(found, "problem", "Address already in use", "stop what has the port")


def test_an_address_of_another_machine_is_a_problem(examined):
    found = examined("smtp", smtp_listen=f"192.0.2.1:{free_port()}")
    assert says(found, "problem", "BCC_DROPBOX_SMTP_LISTEN")


def test_a_unix_socket_that_is_not_there_yet_can_be_made_or_not(examined, tmp_path):
    def asked(path):
        return examined("lmtp", lmtp_listen=f"unix:{path}")

    assert says(asked(tmp_path / "l"), "warning", "can be made", "bcc-dropbox serve")
    assert not (tmp_path / "l").exists()
    assert says(asked(tmp_path / "no" / "l"), "problem", "no folder")
    (tmp_path / "file").touch()
    assert says(asked(tmp_path / "file"), "problem", "not a socket", "move it away")
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(tmp_path / "s"))
    assert says(asked(tmp_path / "s"), "warning", "left behind")
    assert (tmp_path / "s").exists()


def test_a_certificate_that_is_asked_for_and_missing_is_a_problem(examined, certificates):
    cert, _ = certificates("mx.corp.example")
    assert says(examined("tls"), "ok", "nobody but this machine")
    assert says(examined("tls", require_tls="true"), "problem", "BCC_DROPBOX_TLS_CERT")
    assert says(examined("tls", tls_cert=cert), "problem", "only one is set")


def test_mail_in_the_clear_from_outside_is_a_warning(examined):
    assert says(examined("tls", smtp_listen=f"0.0.0.0:{free_port()}"), "warning", "in the clear")


def test_a_certificate_that_cannot_be_used_is_a_problem_that_is_named(examined, certificates):
    cert, key = certificates("mx.corp.example")
    other_key = certificates("other")[1]
    past = certificates("past", valid=("20200101000000Z", "20210101000000Z"))
    future = certificates("future", valid=("20480101000000Z", "20490101000000Z"))
    for files, words in (
        ((cert, other_key), "the key is another certificate's"),
        ((cert, key.parent / "nowhere"), "No such file"),
        (past, "has expired; mend: renew it"),
        (future, "is not valid yet; mend: set the clock"),
    ):
        found = examined("tls", tls_cert=files[0], tls_key=files[1])
        assert says(found, "problem", words)


def test_a_certificate_warns_three_weeks_before_its_end_and_of_an_open_key(inside, certificates):
    for days, status in ((20, "warning"), (25, "ok")):
        cert, key = certificates("mx.corp.example", days=days)
        inside.environment["BCC_DROPBOX_TLS_CERT"] = str(cert)
        inside.environment["BCC_DROPBOX_TLS_KEY"] = str(key)
        (found,) = checks(inside("doctor", "--json"))["tls"]
        assert says(found, status, f"for mx.corp.example, {days - 1} days left")
    key.chmod(0o644)
    _, found = checks(inside("doctor", "--json"))["tls"]
    assert says(found, "warning", "everybody on this machine can read", "chmod o-r")


def test_a_spill_folder_that_cannot_be_written_is_a_problem(examined, tmp_path):
    (tmp_path / "file").touch()
    found = examined("spill folder", spill_dir=tmp_path / "file")
    assert says(found, "problem", "Not a directory", "BCC_DROPBOX_SPILL_DIR")
    assert says(examined("spill folder", spill_dir=tmp_path / "file" / "x"), "problem")
    assert says(examined("spill folder", spill_dir=tmp_path / "new" / "x"), "ok", "left")
    assert not (tmp_path / "new").exists()


def test_a_spill_folder_without_room_is_a_warning_and_then_a_problem(examined, monkeypatch):
    usage = namedtuple("usage", "free")  # noqa: PYI024
    for free, status in ((46 << 20, "warning"), (44 << 20, "problem"), (1 << 30, "ok")):
        monkeypatch.setattr("shutil.disk_usage", lambda _, free=free: usage(free))
        assert says(examined("spill folder"), status, "left")


def test_what_goes_wrong_in_one_place_leaves_the_others_alone(inside, monkeypatch):
    def fall_ill(_settings):
        raise ValueError("secret")

    monkeypatch.setattr("cli.doctor.check_ports", fall_ill)
    found = checks(inside("doctor", "--json"))
    assert says(found["ports"][0], "problem", "could not be looked at: ValueError")
    assert "tls" in found


class Zone:
    """A name server that knows what it was told; `records` are (name, type): [texts]."""

    def __init__(self, **records):
        self.records = {(".", "NS"): ["a.root."]}
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self._serve)

    def _serve(self):
        while True:
            wire, peer = self.socket.recvfrom(4096)
            if not wire:
                return
            self.socket.sendto(self._answer(dns.message.from_wire(wire)).to_wire(), peer)

    def _answer(self, query):
        asked = query.question[0]
        name, kind = asked.name.to_text(), dns.rdatatype.to_text(asked.rdtype)
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        if texts := self.records.get((name, kind)):
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", kind, *texts))
        elif name not in {known for known, _ in self.records}:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.socket.sendto(b"", self.socket.getsockname())
        self.thread.join()
        self.socket.close()

    def resolver(self):
        made = dns.resolver.Resolver(configure=False)
        made.nameservers, made.port = ["127.0.0.1"], self.socket.getsockname()[1]
        made.lifetime = 1
        return made


@pytest.fixture
def zone(monkeypatch, inside):
    inside.environment["BCC_DROPBOX_MAIL_DOMAIN"] = "dropbox.corp.jp"
    with Zone() as made:
        monkeypatch.setattr("cli.doctor.open_resolver", made.resolver)
        yield made


DOMAIN, MX = "dropbox.corp.jp.", ("dropbox.corp.jp.", "MX")


def test_a_mail_domain_whose_mail_is_taken_and_that_nobody_may_write_as_is_fine(zone, inside):
    zone.records |= {
        MX: ["20 mx2.corp.jp.", "10 mx1.corp.jp."],
        ("mx1.corp.jp.", "A"): ["192.0.2.1"],
        ("mx2.corp.jp.", "AAAA"): ["2001:db8::2"],
        (DOMAIN, "TXT"): ['"v=spf" "1 mx -all"', '"something else"'],
    }
    found = checks(inside("doctor", "--json"))
    assert says(found["mx"][0], "ok", "mx1.corp.jp (192.0.2.1), mx2.corp.jp (2001:db8::2)")
    assert says(found["spf"][0], "ok", "v=spf1 mx -all")


@pytest.mark.parametrize(
    ("records", "status", "words"),
    [
        ({}, "problem", "no mail reaches dropbox.corp.jp"),
        ({(DOMAIN, "TXT"): ["x"]}, "problem", "MX 10 HOST"),
        ({(DOMAIN, "A"): ["192.0.2.9"]}, "warning", "mail is sent to its address, 192.0.2.9"),
        ({MX: ["0 ."]}, "problem", "takes no mail"),
        ({MX: ["10 gone.corp.jp."]}, "problem", "gone.corp.jp (no address)"),
        (
            {MX: ["10 gone.corp.jp.", "20 b.corp.jp."], ("b.corp.jp.", "A"): ["192.0.2.1"]},
            "warning",
            "gone.corp.jp (no address), b.corp.jp (192.0.2.1)",
        ),
    ],
)
def test_a_mail_domain_that_mail_does_not_reach_is_said(zone, examined, records, status, words):
    zone.records |= records
    assert says(examined("mx"), status, words)


@pytest.mark.parametrize(
    ("texts", "status", "words"),
    [
        ([], "warning", "anybody can write as dropbox.corp.jp"),
        (["v=spf10"], "warning", 'TXT "v=spf1 -all"'),
        (['"v=spf1 -all"', '"v=spf1 mx -all"'], "problem", "leave one"),
        (['"v=spf1 mx +all"'], "warning", "anybody can write as it"),
    ],
)
def test_a_mail_domain_that_anybody_may_write_as_is_said(zone, examined, texts, status, words):
    zone.records |= {(DOMAIN, "A"): ["192.0.2.9"], (DOMAIN, "TXT"): texts}
    assert says(examined("spf"), status, words)


def test_on_a_closed_network_dns_could_not_be_asked_and_that_is_no_problem(
    zone, inside, monkeypatch
):
    def resolver_of_nobody():
        made = zone.resolver()
        made.port = free_port()
        made.lifetime = 0.2
        return made

    del zone.records[(".", "NS")]
    for resolver in (zone.resolver, resolver_of_nobody, lambda: None):
        monkeypatch.setattr("cli.doctor.open_resolver", resolver)
        found = checks(inside("doctor", "--json"))
        for name in ("mx", "spf"):
            assert says(found[name][0], "warning", "could not be asked", "closed network")


def test_a_certificate_for_another_host_than_senders_look_for_is_a_warning(
    zone, examined, certificates
):
    zone.records |= {MX: ["10 mx1.corp.jp."], ("mx1.corp.jp.", "A"): ["192.0.2.1"]}
    cert, key = certificates("other.jp", "other.jp", "*.mx1.corp.jp")
    found = examined("tls", tls_cert=cert, tls_key=key)
    assert says(found, "warning", "look for dropbox.corp.jp or mx1.corp.jp")
    cert, key = certificates("corp.jp", "*.corp.jp")
    assert says(examined("tls", tls_cert=cert, tls_key=key), "ok", "*.corp.jp, 89 days left")
