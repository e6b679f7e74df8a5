"""What `doctor` says of what others see: ports, the certificate, the mail domain."""

import socket
import threading
from contextlib import contextmanager

import pytest
from checkups import Zone, certificates_in, checks, examined_by, free_port, says


@pytest.fixture(autouse=True)
def somewhere_free(command):
    command.environment["BCC_DROPBOX_SMTP_LISTEN"] = f"127.0.0.1:{free_port()}"


@pytest.fixture
def certificates(tmp_path):
    return certificates_in(tmp_path)


@pytest.fixture
def examined(inside):
    return examined_by(inside)


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


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        (b"503 Service Unavailable\r\n\r\ndraining\n", "warning", "draining; mend: ask again"),
        (b"503 Service Unavailable\r\n\r\ndatabase_down\n", "warning", "mend the database"),
        (b"503 Service Unavailable\r\n\r\nof another kind\n", "problem", "with HTTP 503"),
        (b"200 OK\r\n\r\n<html>It works!</html>\n", "problem", "with HTTP 200"),
    ],
)
def test_what_the_admin_listener_says_is_told_with_its_mend(examined, answer, status, words):
    length = len(answer.partition(b"\r\n\r\n")[2])
    answer = answer.replace(b"\r\n", b"\r\nContent-Length: %d\r\n" % length, 1)
    with a_server_that_says(b"HTTP/1.1 " + answer) as port:
        assert says(examined("admin", admin_listen=f"127.0.0.1:{port}"), status, words)


def test_an_admin_listener_that_is_somebody_elses_or_nobodys_is_said(examined):
    with a_server_that_says(b"220 mx.other.example ESMTP Postfix\r\n") as port:
        found = examined("admin", admin_listen=f"127.0.0.1:{port}")
    assert says(found, "problem", "something else than HTTP", "BCC_DROPBOX_ADMIN_LISTEN")
    found = examined("admin", admin_listen=f"127.0.0.1:{free_port()}")
    assert says(found, "warning", "the port is free", "bcc-dropbox serve")


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
