"""The scans of `make check` and `make audit`: they look, and say so when they cannot."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RUFF = Path(sys.executable).with_name("ruff")
PRODUCT = ("dropbox", "storage", "cli", "config")

DANGEROUS = """\
import pickle
import subprocess
import xml.etree.ElementTree as tree


def do(connection, words, text):
    pickle.loads(text)
    tree.fromstring(text)
    eval(text)
    subprocess.run(words, shell=True)
    subprocess.run(["/bin/true", words])
    connection.execute(f"select * from mail where subject = '{words}'")
"""


@pytest.mark.parametrize("folder", PRODUCT)
def test_the_rules_for_dangerous_code_are_in_force_in_all_of_the_product(folder):
    done = subprocess.run(
        [RUFF, "check", "--output-format=json", f"--stdin-filename={folder}/some.py", "-"],
        input=DANGEROUS,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    found = {one["code"] for one in json.loads(done.stdout)}
    assert {"S301", "S314", "S307", "S602", "S603", "S608"} <= found


def test_each_exception_from_them_says_why():
    silenced = [
        (path.name, line.strip())
        for folder in (*PRODUCT, "packaging")
        for path in (ROOT / folder).rglob("*.py")
        for line in path.read_text("utf-8").splitlines()
        if re.search(r"# noqa:.*\bS\d{3}\b", line)
    ]
    assert len(silenced) > 10
    assert [one for one in silenced if not re.search(r"# noqa: [A-Z0-9, ]+ - \w", one[1])] == []


# make audit

ADVISORY = {
    "id": "PYSEC-2026-1",
    "summary": "Made up",
    "affected": [
        {
            "package": {"name": "example", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.1"}]}],
        }
    ],
}


@pytest.fixture
def advisories():
    """A service that knows of one package that something is wrong with it; its URL."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self):
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            known = [ADVISORY] if asked["package"]["name"] == "example" else []
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"vulns": known}).encode())

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def audit(folder, url):
    """Run it on a lock of two packages; return what it says."""
    locked = (f"{name}==1.0 --hash=sha256:{'0' * 64}\n" for name in ("example", "other"))
    (folder / "requirements.lock").write_text("".join(locked))
    return subprocess.run(
        [sys.executable, ROOT / ".ci" / "audit.py", "-s", "osv", "--osv-url", url,
         "--cache-dir", folder / "cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip


def test_a_known_vulnerability_fails_the_audit_and_is_named_with_its_mend(advisories, tmp_path):
    done = audit(tmp_path, advisories)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "example 1.0: PYSEC-2026-1, mended in 1.1",
        "audit: 1 of 2 packages with known vulnerabilities",
    ]


def test_an_advisory_service_that_cannot_be_reached_fails_nothing_and_is_said_loudly(tmp_path):
    done = audit(tmp_path, "http://127.0.0.1:9/")
    assert done.returncode == 0
    (line,) = done.stdout.splitlines()
    assert line.startswith("NOT AUDITED: requirements.lock was not looked up, ")
    assert "cannot be reached" in line
