"""What `doctor` found, and what is put in its way: certificates, a name server."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import threading

import dns.flags
import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


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


def examined_by(inside):
    """Return what finds the one check of a name, under further settings."""

    def examine(name, **settings):
        given = {f"BCC_DROPBOX_{key.upper()}": str(value) for key, value in settings.items()}
        inside.environment.update(given)
        (found,) = checks(inside("doctor", "--json"))[name]
        return found

    return examine


def says(check, status, *words):
    """Whether a check has that status, and these words in it."""
    shown = f"{check['seen']}; mend: {check['mend']}"
    assert check["status"] == status, shown
    for one in words:
        assert one in shown
    return True


def certificates_in(folder):
    """Return what makes a certificate and its key, for `alt` names or valid at another time."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl command to make a certificate with")
    new_key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes".split()

    def make(name, *alt, days=90, valid=()):
        cert, key = folder / f"{name}.pem", folder / f"{name}.key"
        request = ["openssl", "req", *new_key, "-keyout", key, "-subj", f"/CN={name}"]
        if valid:
            run([*request, "-new", "-out", folder / "request"])
            (folder / "index").write_text("")
            (folder / "authority").write_text(
                f"[ca]\ndefault_ca=d\n[d]\nnew_certs_dir={folder}\ndatabase={folder}/index\n"
                "default_md=sha256\nrand_serial=yes\npolicy=p\n[p]\ncommonName=supplied\n"
            )
            run(["openssl", "ca", "-batch", "-notext", "-config", folder / "authority",
                 "-selfsign", "-keyfile", key, "-in", folder / "request", "-out", cert,
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


class Zone:
    """A name server that knows what it was told: `records[name, type]` is a list of texts."""

    def __init__(self):
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
