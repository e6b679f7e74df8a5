"""Who really wrote it: real DNS, real signers, a real mail server in front, and every way to cheat.

One daemon takes all variants; what became of each is read from the database.
"""

from __future__ import annotations

import json
import os
import shutil
import smtplib
import socket
import subprocess
import tempfile
import textwrap
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

SYSTEM_PYTHON = "/usr/bin/python3"
HANAKO = "hanako@corp.example"
OURS, ABROAD, RELAY = "127.0.0.2", "127.0.0.3", "127.0.0.4"
"""From where corp.example sends, where nobody has to do with it, and where forwarders do."""

NSD = """
server:
    ip-address: 127.0.0.1@{port}
    username: ""
    chroot: ""
    zonesdir: "{folder}"
    pidfile: "{folder}/nsd.pid"
    xfrdfile: "{folder}/xfrd.state"
    zonelistfile: "{folder}/zone.list"
    server-count: 1
remote-control:
    control-enable: no
zone:
    name: example.
    zonefile: example.zone
"""

ZONE = f"""
$ORIGIN example.
$TTL 300
@                       SOA ns.example. hostmaster.example. 1 3600 600 86400 60
@                       NS  ns.example.
ns                      A   127.0.0.1
corp                    TXT "v=spf1 ip4:{OURS} -all"
_dmarc.corp             TXT "v=DMARC1; p=reject; adkim=r; aspf=r"
new._domainkey.corp     TXT {{key}}
old._domainkey.corp     TXT "v=DKIM1; k=rsa; p="
sales.corp              TXT "v=spf1 ip4:{OURS} -all"
lax                     TXT "v=spf1 ip4:{OURS} ?all"
xn--crp-sna             TXT "v=spf1 ip4:{ABROAD} -all"
_dmarc.xn--crp-sna      TXT "v=DMARC1; p=reject"
evil                    TXT "v=spf1 ip4:{ABROAD} -all"
_dmarc.evil             TXT "v=DMARC1; p=reject"
new._domainkey.evil     TXT {{key}}
corp.example.evil       TXT "v=spf1 ip4:{ABROAD} -all"
customer                TXT "v=spf1 ip4:{ABROAD} -all"
_dmarc.customer         TXT "v=DMARC1; p=none"
relay                   TXT "v=spf1 ip4:{RELAY} -all"
"""

SIGN = """
import json, sys, time
import dkim
for job in json.load(sys.stdin):
    mail, more = job["mail"].encode(), job["options"]
    signer = dkim.DKIM(mail, signature_algorithm=b"rsa-sha256")
    headers = [name.encode() for name in job["headers"]]
    signature = signer.sign(
        job["selector"].encode(), job["domain"].encode(), open(sys.argv[1], "rb").read(),
        canonicalize=(b"relaxed", b"relaxed"), include_headers=headers, length=more.get("l", False))
    print(json.dumps(signature.decode()))
"""


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture(scope="session")
def key(tmp_path_factory):
    """A private key, and what is published of it."""
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric import rsa

    private = rsa.generate_private_key(65537, 2048)
    pem = private.private_bytes(
        form.Encoding.PEM, form.PrivateFormat.TraditionalOpenSSL, form.NoEncryption()
    )
    public = private.public_key().public_bytes(
        form.Encoding.DER, form.PublicFormat.SubjectPublicKeyInfo
    )
    import base64

    text = "v=DKIM1; k=rsa; p=" + base64.b64encode(public).decode()
    path = tmp_path_factory.mktemp("dkim") / "private.pem"
    path.write_bytes(pem)
    path.chmod(0o600)
    return path, " ".join(f'"{piece}"' for piece in textwrap.wrap(text, 200, drop_whitespace=False))


@pytest.fixture
def nameserver(key):
    """An authoritative nameserver on loopback; its port."""
    if not shutil.which("nsd"):
        pytest.skip("nsd is not installed; .ci/run installs it")
    folder = Path(tempfile.mkdtemp(prefix="bcc-dropbox-nsd-"))
    port = free_port()
    (folder / "nsd.conf").write_text(NSD.format(port=port, folder=folder))
    (folder / "example.zone").write_text(ZONE.format(key=key[1]))
    server = subprocess.Popen(
        ["nsd", "-d", "-c", folder / "nsd.conf"],
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 30
    while not _answers(port):
        assert server.poll() is None, "nsd ended by itself"
        assert time.monotonic() < deadline, "nsd does not answer"
        time.sleep(0.02)
    yield port
    server.terminate()
    server.wait(30)
    shutil.rmtree(folder)


def _answers(port: int) -> bool:
    import dns.exception
    import dns.message
    import dns.query

    try:
        dns.query.udp(dns.message.make_query("corp.example", "TXT"), "127.0.0.1", 0.5, port)
    except (OSError, dns.exception.DNSException):
        return False
    return True


@pytest.fixture
def edge(command, new_server, nameserver):
    """The daemon as an MX on the internet: it trusts no network, and asks the nameserver."""
    command.environment["BCC_DROPBOX_TRUSTED_NETWORKS"] = ""
    command.environment["BCC_DROPBOX_NAMESERVERS"] = f"127.0.0.1:{nameserver}"
    return new_server().start()


@dataclass(frozen=True)
class Variant:
    """A mail, how it is signed and spoilt, where it comes from, and what it has to become."""

    name: str
    expected: str
    """Verdict and reason."""
    source: str = OURS
    mail_from: str = HANAKO
    author: str = f"Hanako Sato <{HANAKO}>"
    domain: str = ""
    """That signs it; empty: nobody."""
    selector: str = "new"
    headers: tuple[str, ...] = ("from", "to", "subject", "message-id")
    length: bool = False
    body_after: str = ""
    """Appended after it was signed."""
    replaced: tuple[str, str] = ("", "")
    """Done to the mail after it was signed."""
    on_top: str = ""
    """Headers put on top after it was signed."""
    signed_twice: int = 0
    """Junk signatures above the real one."""

    @property
    def mail(self) -> str:
        return (
            f"From: {self.author}\r\nTo: ann@customer.example\r\nSubject: {self.name}\r\n"
            f"Message-ID: <{self.name}@corp.example>\r\n\r\nThe offer as discussed.\r\n"
        )

    def sent(self, signature: str) -> bytes:
        before, after = self.replaced
        mail = signature + self.mail
        mail = mail.replace(before, after) if before else mail
        junk = "DKIM-Signature: v=1; a=rsa-sha256; d=corp.example; s=new; h=from; bh=AA; b=AA\r\n"
        return (self.on_top + junk * self.signed_twice + mail + self.body_after).encode()


FILED, FORGED = "verified filed", "forged sender_forged"
STRANGER = "sender_not_allowed"
HOMOGRAPH = "hanako@cörp.example"
LOOKS_LIKE = "hanako@corp.example.evil.example"

VARIANTS = [
    Variant("spf-alone", FILED),
    Variant("dkim-alone", FILED, source=ABROAD, domain="corp.example"),
    Variant("dkim-replayed-by-a-stranger", FILED, source=ABROAD, mail_from="x@evil.example",
            domain="corp.example"),
    Variant("from-a-subdomain-relaxed", FILED, source=OURS, mail_from="x@sales.corp.example"),
    Variant("nothing-at-all", FORGED, source=ABROAD),
    Variant("only-the-attackers-spf", FORGED, source=ABROAD, mail_from="x@evil.example"),
    Variant("only-the-attackers-signature", FORGED, source=ABROAD, mail_from="x@evil.example",
            domain="evil.example"),
    Variant("tampered-body", FORGED, source=ABROAD, domain="corp.example",
            replaced=("as discussed", "as amended")),
    Variant("tampered-subject", FORGED, source=ABROAD, domain="corp.example",
            replaced=("Subject: tampered", "Subject: amended")),
    Variant("revoked-key", FORGED, source=ABROAD, domain="corp.example", selector="old"),
    Variant("unpublished-key", FORGED, source=ABROAD, domain="corp.example", selector="gone"),
    Variant("appended-beyond-l", FORGED, source=ABROAD, domain="corp.example", length=True,
            body_after="And pay here instead.\r\n"),
    Variant("l-of-the-whole-body", FILED, source=ABROAD, domain="corp.example", length=True),
    Variant("below-four-junk-signatures", FILED, source=ABROAD, domain="corp.example",
            signed_twice=4),
    Variant("below-a-hundred-junk-signatures", FILED, source=ABROAD, domain="corp.example",
            signed_twice=100),
    Variant("two-from-headers", "unverified sender_unclear", source=ABROAD, domain="evil.example",
            author="x@evil.example", on_top=f"From: {HANAKO}\r\n"),
    Variant("two-authors-in-from", "unverified sender_unclear", source=ABROAD,
            author=f"{HANAKO}, x@evil.example"),
    Variant("upper-case", FILED, source=ABROAD, domain="corp.example",
            author="HANAKO@CORP.EXAMPLE"),
    Variant("trailing-dot", FILED, source=ABROAD, domain="corp.example",
            author="<hanako@corp.example.>"),
    Variant("homograph", f"verified {STRANGER}", source=ABROAD, mail_from="x@xn--crp-sna.example",
            author=f"=?utf-8?q?Hanako?= <{HOMOGRAPH}>"),
    Variant("as-a-subdomain-of-evil", f"verified {STRANGER}", source=ABROAD,
            mail_from=LOOKS_LIKE, author=LOOKS_LIKE),
    Variant("no-policy-no-evidence", f"unverified {STRANGER}", source=ABROAD,
            author="hanako@lax.example", mail_from="x@evil.example"),
    Variant("redirected-by-the-mailbox", "unverified filed", source=OURS, mail_from=HANAKO,
            author="Ann Lee <ann@customer.example>"),
    Variant("redirected-with-srs", "unverified filed", source=OURS,
            mail_from="SRS0=AAAA=BB=customer.example=ann@corp.example",
            author="Ann Lee <ann@customer.example>", on_top=f"Delivered-To: {HANAKO}\r\n"),
    Variant("redirected-says-a-stranger", f"unverified {STRANGER}", source=RELAY,
            mail_from="x@relay.example", author="Ann Lee <ann@customer.example>",
            on_top=f"Delivered-To: {HANAKO}\r\nX-Forwarded-For: {HANAKO}\r\n"),
    Variant("redirected-with-a-mail-from-that-fails", f"unverified {STRANGER}", source=ABROAD,
            mail_from=HANAKO, author="Bo <bo@lax.example>"),
]  # fmt: skip


def sign(variants, key: Path) -> list[str]:
    jobs = [
        {
            "mail": one.mail,
            "domain": one.domain,
            "selector": one.selector,
            "headers": one.headers,
            "options": {"l": one.length},
        }
        for one in variants
    ]
    done = subprocess.run(
        [SYSTEM_PYTHON, "-c", SIGN, key],
        input=json.dumps(jobs), capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return [json.loads(line) for line in done.stdout.splitlines()]


def send(port: int, source: str, mail_from: str, to: str, mail: bytes) -> None:
    with smtplib.SMTP(
        "127.0.0.1", port, "client.example", timeout=60, source_address=(source, 0)
    ) as client:
        client.sendmail(mail_from, [to], mail, ["SMTPUTF8"] if not mail.isascii() else [])


@pytest.fixture
def dkimpy():
    if subprocess.run(
        [SYSTEM_PYTHON, "-c", "import dkim"], capture_output=True, check=False
    ).returncode:
        pytest.skip("dkimpy is not installed for the system's Python; .ci/run installs it")


def test_every_way_to_prove_and_to_forge_ends_as_it_should(dkimpy, key, office, edge, rows, inside):
    signed = [one for one in VARIANTS if one.domain]
    signatures = dict(zip((one.name for one in signed), sign(signed, key[0]), strict=True))
    for one in VARIANTS:
        send(edge.port, one.source, one.mail_from, office, one.sent(signatures.get(one.name, "")))
    found = {
        row["rfc_message_id"].partition("@")[0]: f"{row['verdict']} {row['reason']}"
        for row in rows("select rfc_message_id, verdict, reason from delivery")
    }
    assert found == {one.name: one.expected for one in VARIANTS}
    said = inside.ok("mail", "why", "tampered-body@corp.example")
    assert "corp.example says that its own mail can always be recognised" in said
    assert "dkim=fail corp.example (body_hash)" in said


MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
myhostname = mx.corp.example
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mydestination =
smtp_bind_address = {source}
relay_domains = dropbox.example
transport_maps = texthash:{folder}/transport
smtpd_milters = inet:127.0.0.1:{milter}
milter_default_action = tempfail
"""
MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup    unix  n - n -   0 cleanup
qmgr       unix  n - n 1   1 qmgr
rewrite    unix  - - n -   - trivial-rewrite
bounce     unix  - - n -   0 bounce
defer      unix  - - n -   0 bounce
trace      unix  - - n -   0 bounce
proxymap   unix  - - n -   - proxymap
smtp       unix  - - n -   - smtp
relay      unix  - - n -   - smtp
error      unix  - - n -   - error
retry      unix  - - n -   - error
anvil      unix  - - n -   1 anvil
scache     unix  - - n -   1 scache
tlsmgr     unix  - - n 1000? 1 tlsmgr
postlog    unix-dgram n - n - 1 postlogd
"""
OPENDKIM = """
Domain corp.example
Selector new
KeyFile {key}
Socket inet:{milter}@127.0.0.1
Mode s
Canonicalization relaxed/simple
InternalHosts 127.0.0.0/8
"""


@pytest.fixture
def signing_postfix(key, edge):
    """A Postfix of corp.example whose mail OpenDKIM signs; it relays to the daemon from abroad."""
    if os.geteuid() != 0 or not (shutil.which("postfix") and shutil.which("opendkim")):
        pytest.skip("Postfix or OpenDKIM is not installed, or this is not root")
    # OpenDKIM believes in no file below a folder that others may write to, as /tmp is.
    folder = Path(tempfile.mkdtemp(prefix="bcc-dropbox-postfix-", dir="/run"))
    folder.chmod(0o755)
    port, milter = free_port(), free_port()
    (folder / "queue").mkdir()
    (folder / "data").mkdir()
    shutil.chown(folder / "data", "postfix", "postfix")
    values = {"folder": folder, "source": ABROAD, "milter": milter, "port": port}
    values["key"] = shutil.copy(key[0], folder)
    (folder / "main.cf").write_text(MAIN.format(**values))
    (folder / "master.cf").write_text(MASTER.format(**values))
    (folder / "transport").write_text(f"dropbox.example smtp:[127.0.0.1]:{edge.port}\n")
    (folder / "opendkim.conf").write_text(OPENDKIM.format(**values))
    signer = subprocess.Popen(["opendkim", "-f", "-x", folder / "opendkim.conf"])
    subprocess.run(["postfix", "-c", folder, "start"], check=True, capture_output=True)
    yield port
    subprocess.run(["postfix", "-c", folder, "stop"], check=True, capture_output=True)
    signer.terminate()
    signer.wait(30)
    shutil.rmtree(folder)


def test_mail_that_opendkim_signs_and_postfix_sends_is_verified(office, signing_postfix, rows):
    mail = (
        f"From: =?utf-8?b?5L2Q6Jek6Iqx5a2Q?= <{HANAKO}>\r\nTo: ann@customer.example\r\n"
        "Subject: =?utf-8?b?44GK6KaL56mN?=\r\nMessage-ID: <real@corp.example>\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        "お見積もりです。\r\n.leading dot\r\n\r\n\r\n"
    ).encode()
    deadline = time.monotonic() + 60
    while True:
        try:
            with smtplib.SMTP("127.0.0.1", signing_postfix, timeout=30) as client:
                client.sendmail(HANAKO, [office], mail, ["BODY=8BITMIME"])
            break
        except (OSError, smtplib.SMTPException):
            assert time.monotonic() < deadline, "Postfix does not take the mail"
            time.sleep(0.1)
    while not (found := rows("select verdict, reason, evidence from delivery")):
        assert time.monotonic() < deadline, "the mail does not arrive"
        time.sleep(0.1)
    (row,) = found
    assert (row["verdict"], row["reason"]) == ("verified", "filed")
    checks = {one["method"]: one["result"] for one in json.loads(row["evidence"])["checks"]}
    assert checks == {"spf": "fail", "dkim": "pass", "dmarc": "pass"}
