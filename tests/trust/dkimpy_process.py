"""Runs in Debian's Python, which has dkimpy: signs, seals and verifies what comes on stdin.

A line of JSON for each job; bytes are in base64. Answers with a line for each.
"""

import base64
import json
import sys

import dkim


def dns(records):
    def get_txt(name, timeout=5):
        found = records.get(name.decode().rstrip("."))
        return found.encode() if found else None

    return get_txt


def verify(mail, job):
    try:
        return bool(dkim.DKIM(mail).verify(dnsfunc=dns(job["dns"])))
    except dkim.DKIMException:
        return False


def verify_chain(mail, job):
    verdict, _, _ = dkim.arc_verify(mail, dnsfunc=dns(job["dns"]))
    return verdict.decode()


def sign(mail, job):
    made = dkim.sign(
        mail,
        b"s1",
        b"corp.example",
        job["key"].encode(),
        canonicalize=tuple(one.encode() for one in job["canon"].split("/")),
        signature_algorithm=job["algorithm"].encode(),
        length=job["length"],
    )
    return base64.b64encode(made + mail).decode()


def seal(mail, job):
    results = b"Authentication-Results: mx.example; spf=pass smtp.mailfrom=corp.example\r\n"
    if job["arc"]:
        results = b"Authentication-Results: mx.example; arc=pass\r\n"
    made = dkim.arc_sign(results + mail, b"s1", b"corp.example", job["key"].encode(), b"mx.example")
    return base64.b64encode(b"".join(made) + mail).decode()


JOBS = {"verify": verify, "verify_chain": verify_chain, "sign": sign, "seal": seal}

for line in sys.stdin:
    job = json.loads(line)
    try:
        answer = JOBS[job["do"]](base64.b64decode(job["mail"]), job)
    except Exception as error:  # noqa: BLE001 - it raises a good deal besides DKIMException
        answer = f"raised {error!r}"
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
