"""Mails that nobody should send: small, each with one thing wrong. Text is invented."""

from __future__ import annotations

import base64
import random

from fuzz.fragments import grown

HEAD = b"From: Ann Lee <ann@customer.example>\r\nTo: bob@customer.example\r\n"
OWN = b"From: Sato Hanako <hanako@corp.example>\r\n"


def _header(line: bytes) -> bytes:
    return OWN + line + b"\r\nSubject: Offer\r\n\r\nHello\r\n"


HEADERS = [
    _header(one)
    for one in (
        b"To:", b"To: ", b"To: @", b"To: <>", b"To: ,,,,", b"To: a@b@c.example",
        b"To: undisclosed:;",
        b"To: \x00@x.example", b"To: a@\xff.example", b"To: =?utf-8?B?////?= <a@b.example>",
        b'To: "' + b"\\" * 500, b"To: " + b"(" * 500, b"To: " + b"a:" * 500, b"To: <" * 300,
        b"To: " + b"a@b.example," * 2100, b"To: a@" + b"b" * 300 + b".example", b"To: a@-.example",
        b"To: '; drop table message; --@x.example", b"To: ${jndi:ldap://x}@y.example",
        b"To: a@b\x1b[0m",
        b"To: hanako.aaaaaaaaaaaaaaaa@dropbox.example", b"To: \xe3\x81@x.example",
        b"To: a@b.example\x00",
        b"Cc: \r\n \r\n \r\n x", b"Bcc: {to}", b"Date: never",
        b"Date: Fri, 32 Foo 99999 99:99:99 +9999",
        b"Date: Thu, 01 Jan 0000 00:00:00 +0000", b"Date: Mon, 1 Jan 292277026597 00:00:00 +0000",
        b"Date: " + b"9" * 900, b"Message-ID:", b"Message-ID: <>", b"Message-ID: <\x00>",
        b"Message-ID: x y z",
        b"Message-ID: <" + b"a" * 3000 + b"@x>", b"References: " + b"<a@b>" * 500,
        b"References: <" * 500,
        b"In-Reply-To: \xff\xfe", b"Content-Type: multipart/mixed",
        b"Content-Type: multipart/mixed; boundary=",
        b'Content-Type: multipart/mixed; boundary="\r\n"',
        b"Content-Type: text/plain; charset=\x00",
        b"Content-Type: text/plain; charset=" + b"x" * 900,
        b"Content-Type: text/html; charset=utf-7",
        b"Content-Type: " + b";" * 900, b"Content-Type: text/plain; name*0*=x''%; name*1*=%f",
        b"Content-Type: /",
        b"Content-Transfer-Encoding: base64", b"Content-Transfer-Encoding: \x00",
        b"Content-Disposition: ;;;",
        b'Content-Disposition: attachment; filename="../../etc/passwd"', b"MIME-Version: \xff",
        b"Content-Disposition: attachment; filename*=utf-8''" + b"%00" * 99,
        b"Auto-Submitted: \x00",
        b"From: second@customer.example", b"From:", b"Sender: \x00", b"Reply-To: {to}",
        b"X" * 900 + b": y",
        b"Received: " + b"x" * 900, b"Received: x\r\n" * 99 + b"Received: x",
        b"Received: x\r\n" * 150 + b"A: b",
        b"no colon at all", b": no name", b"\x00: NUL", b" continued from nothing",
        b"\xff\xfe: BOM", b"A" * 2000,
        b"Subject: " + b"=?utf-8?Q?" * 99, b"Subject: =?x?Q?=?=",
        b"Subject: =?utf-8?B?" + b"A" * 999 + b"?=",
        b"Subject: =?iso-2022-jp?B?GyRC?=", b"Subject: \x1b$B\x1b$B\x1b",
        b"Subject: \xf0\x9f", b"Subject: \x00",
        b"Authentication-Results: mx.corp.example; dmarc=pass",
        b"DKIM-Signature: v=1; a=; b=" + b"=" * 900,
        b"ARC-Seal: i=99999; cv=pass", b"List-Unsubscribe: <javascript:alert(1)>",
        b"X: () { :; }; id",
    )
]  # fmt: skip

FROMS = [
    b"From: " + one + b"\r\nTo: bob@customer.example\r\n\r\nHello\r\n"
    for one in (
        b"", b"<>", b"@", b"a", b"a@", b"@b", b"a@b, c@d.example",
        b"hanako@corp.example <evil@evil.example>",
        b'"hanako@corp.example" <evil@evil.example>',
        b"<hanako@corp.example> <evil@evil.example>", b"x:;",
        b"hanako@corp.example\x00.evil.example", b"hanako@corp.example(",
        b"=?utf-8?B?aGFuYWtvQGNvcnAuZXhhbXBsZQ==?=",
        b"hanako@corp.example\x00", b"<hanako@corp.example", b"hanako@corp.example>",
        b"group: hanako@corp.example;",
        "hanako@cоrp.example".encode(), b"hanako@corp.example.", b"HANAKO@CORP.EXAMPLE",
        b"hanako@[corp.example]",
        b"hanako@corp.example@evil.example", b"a@b.example" + b"\xff" * 20,
        b"(x)" * 300 + b"a@b.example", b"," * 900,
    )
]  # fmt: skip


def _multipart(body: bytes) -> bytes:
    return HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + body


_DEEP = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"

BODIES = [
    b"",
    b"\r\n",
    b"\x00",
    b"\xff\xfe" + "From: a".encode("utf-16-le"),
    b"just text, and no header",
    b"\r\nFrom: ann@customer.example\r\n\r\nHello\r\n",
    HEAD,
    HEAD + b"\r\n",
    HEAD + b"\r\n" + b"\x00" * 2000,
    HEAD + b"\r\n" + b"\xff" * 2000,
    HEAD + b"\r\n" + bytes(range(256)) * 4,
    HEAD + b"\r\n" + b"x" * 20_000,
    HEAD + b"\r\n" + b"\n" * 2000,
    HEAD + b"\r\n" + b"\r" * 2000,
    HEAD + b"\r\n" + b"\r\n" * 2000,
    HEAD + b"\r\n" + b".\n" * 500,
    (HEAD + b"\r\nHello\r\n").replace(b"\r\n", b"\n"),
    (HEAD + b"\r\nHello\r\n").replace(b"\r\n", b"\r"),
    (HEAD + b"\r\nHello\r\n").replace(b"\r\n", b"\r\r\n"),
    HEAD + b"\r\n" + b">" * 3000,
    HEAD + b"\r\n" + b"> " * 1500 + b"x",
    HEAD + b"\r\n" + b"From: a@b.example\r\n" * 200,
    HEAD + b"\r\n" + b"---------- Forwarded message ---------\r\n" * 99,
    HEAD + b"\r\nbegin 644 ../../x\r\n" + b"M" * 500,
    HEAD + b"\r\n-----BEGIN PGP MESSAGE-----\r\n",
    HEAD + b"\r\nhttp://evil.example/" + b"%00" * 500,
    _multipart(b""),
    _multipart(b"--b"),
    _multipart(b"--b--"),
    _multipart(b"--b\r\n" * 1500),
    _multipart(b"--b\r\n\r\n--b\r\n\r\n--b--\r\n" * 99),
    _multipart(b"--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"),
    HEAD + _DEEP * 80,
    HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 80,
    HEAD + b"Content-Type: message/partial; id=x; number=1; total=99\r\n\r\nx",
    HEAD + b"Content-Type: message/external-body; access-type=local-file; name=/etc/passwd\r\n\r\n",
    HEAD + b"Content-Type: application/ms-tnef\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    + base64.encodebytes(b"\x78\x9f\x3e\x22" + b"\xff" * 60),
    HEAD + b"Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    b"MIL///////8=",
    HEAD + b"Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\n" * 300,
    HEAD + b"Content-Type: text/html\r\n\r\n" + b"<div>" * 900,
    HEAD + b"Content-Type: text/html\r\n\r\n"
    b"<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;'>]>&b;",
    HEAD + b"Content-Type: text/html\r\n\r\n<img src=file:///etc/passwd><script>alert(1)</script>",
    HEAD + b"Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n\x1b$B" + b"\x24" * 501,
    HEAD + b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: message/delivery-status\r\n\r\n" + b"Final-Recipient: x\r\n" * 99,
]  # fmt: skip


def corpus(grown_ones: int = 150) -> list[bytes]:
    """All of them, and as many as asked for that the fuzzer grows, the same in every run."""
    source = random.Random(11)
    return [*HEADERS, *FROMS, *BODIES, *(grown(source, 3_000).raw for _ in range(grown_ones))]
