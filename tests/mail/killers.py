"""About 1 MB of hostile mail in many forms. Run as a script: prints what each one costs.

python tests/mail/killers.py [name ...]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

SIZE = 1 << 20


def headers() -> Iterator[tuple[str, bytes]]:
    """Yield killers that are one header, or many."""
    yield "subject, one line", b"Subject: " + b"x" * SIZE
    yield "subject, blanks", b"Subject: " + b" " * SIZE
    yield "subject, folds", b"Subject: x" + b"\r\n " * (SIZE // 3) + b"x"
    yield "subject, words", b"Subject: " + b"=?utf-8?Q?a?= " * (SIZE // 14)
    yield "subject, words of two charsets", b"Subject: " + b"=?utf-8?Q?a?= =?x?b?YQ?= " * 43_000
    yield "subject, begun words", b"Subject: " + b"=?a?q?" * (SIZE // 6)
    cut = b"=?utf-8?Q?=E3=81?= ?"
    yield "words that are cut off", b"Subject: " + cut * (SIZE // len(cut))
    listed = b'"' + cut * 45 + b'" <a%d@b.test>, '
    lists = [b"".join(listed % n for n in range(at, at + 70)) for at in range(0, 1_120, 70)]
    yield "names that are cut off", b"\r\n".join(b"To: " + one for one in lists)
    yield "many fields", b"A: b\r\n" * (SIZE // 6)
    yield "many empty fields", b"A:\n" * (SIZE // 3)
    yield "no fields", b"A: b\r\n" + b"x\n" * (SIZE // 2)
    yield "no colon", b"x" * SIZE
    yield "date, digits", b"Date: " + b"1 " * 32_000
    yield "references", many(b"References: ", b"<a@b>" * 13_000)
    yield (
        "references, all different",
        b"\r\n".join(
            b"References: " + b"".join(b"<%d@b>" % number for number in range(at, at + 7_000))
            for at in range(0, 100_000, 7_000)
        ),
    )
    yield "references, open", many(b"References: ", b"<" * 65_000)
    yield "references, words", many(b"References: ", b"a@b " * 16_000)
    for what in (b";", b";a=b", b'"', b"; name*0=b", b';a="\\', b"; name*=utf-8''%41"):
        yield f"content-type, {what!r}", b"Content-Type: text/plain" + what * (SIZE // len(what))


def many(name: bytes, value: bytes) -> bytes:
    """Return 1 MB of headers of one name."""
    return b"\r\n".join([name + value] * (SIZE // len(value)))


def addresses() -> Iterator[tuple[str, bytes]]:
    """Yield killers that are address lists."""
    for sign in (
        b"(", b'"', b'\\"', b'"\\', b",", b"<", b">", b"@", b"a@b ", b"<@a,", b"a:;", b"[", b"a ",
        b"a,", b"a <", b"(a)", b"a:", b"a@b(", b"a@b: ", b"<a@b", b".", b"=?utf-8?q?a?= <a@b.c>,",
        "%転送: @".encode(), b'"a b"Fwd: @=?x?q?a?=',
    ):  # fmt: skip
        for name in (b"From: ", b"To: "):
            yield f"{name.decode()}{sign!r}", many(name, sign * (65_000 // len(sign)))
    yield "To: 100,000 at once", b"To: " + b"a@b.test, " * 100_000
    yield (
        "To: all different",
        many(b"To: ", b",".join(b"a%d@b%d.jp" % (n, n) for n in range(3_500))),
    )
    idn = b",".join(f"a@é{number}.jp".encode() for number in range(4_000))
    yield "To: foreign domains", many(b"To: ", idn)
    yield "To: one foreign domain", b"To: a@" + "é.".encode() * 20_000
    words = b"=?utf-8?Q?a?= =?cp932?q?a?= <a%d@b.test>,"
    lists = [b", ".join(words % number for number in range(at, at + 1_500)) for at in range(4)]
    yield (
        "four headers of words",
        b"\r\n".join(
            name + listed
            for listed in lists
            for name in (b"To: ", b"Cc: ", b"Bcc: ", b"Reply-To: ")
        ),
    )


def structures() -> Iterator[tuple[str, bytes]]:
    """Yield killers that are parts in parts."""
    mixed = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    for line in (
        b"--b\n\n",
        b"--b\r\n\r\n",
        b"--b-\r\n",
        b"--bx\r\n",
        b"\n--",
        b"-",
        b"\r",
        b"--b--\n",
    ):
        yield f"multipart of {line!r}", mixed + line * (SIZE // len(line))
    yield "no boundary", b"Content-Type: multipart/mixed\r\n\r\n" + b"\n--b-x" * (SIZE // 6)
    nest = [
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(500)
    ]
    yield "nested 500 deep", b"".join(nest)
    yield "nested 50 deep around lines", b"".join(nest[:50]) + b"x\r\n" * 300_000
    yield "nested 50 deep around beginnings", b"".join(nest[:50]) + b"\n--b" * 250_000
    alike = b"\n--b\n\n" + b"\n--bx" * 9_000
    yield "lookalikes in every part", mixed + alike * (SIZE // len(alike))
    one_in_another = [
        b"Content-Type: multipart/mixed; boundary=%b\r\n\r\n--%b\r\n" % (name, name)
        for name in (b"b" * length for length in range(2, 52))
    ]
    for line in (b"\n--%b" % (b"b" * 52), b"- " * 9 + b"--\n--%bx" % (b"b" * 52)):
        yield f"nested around {line!r}", b"".join(one_in_another) + line * (SIZE // len(line))
    hyphens = b"Content-Type: multipart/mixed; boundary=%b\r\n\r\n" % (b"-" * 70)
    yield "lookalikes of hyphens", hyphens + b"\n%bx" % (b"-" * 72) * (SIZE // 74)
    long = b"q" * 3_000
    yield (
        "lookalikes of a long boundary",
        b"Content-Type: multipart/mixed; boundary=%b\r\n\r\n" % long + b"\n--%bx" % long * 330,
    )
    yield (
        "nested under one boundary",
        mixed.replace(b"\r\n\r\n", b"\r\n\r\n--b\r\n") * 240 + (b"--b\r\n\r\nx\r\n" * 100_000),
    )
    yield "nested messages", b"Content-Type: message/rfc822\r\n\r\n" * 30_000
    wide = b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nx\r\n"
    yield "wide and nested", mixed + wide * 15_000
    heads = b'--b\r\nContent-Type: a/b; name="' + b"=?utf-8?Q?a?= " * 70 + b'"\r\n\r\nx\r\n'
    yield "1,000 parts with long names", mixed + heads * 1_000
    heads = b"--b\r\nContent-Type: a/b; " + b"a=b;" * 200 + b"\r\nContent-Disposition: a; "
    heads += b"filename*=utf-8''" + b"%41" * 60 + b"\r\n\r\nx\r\n"
    yield "900 parts with many parameters", mixed + heads * 900
    report = b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n"
    report += b"Content-Type: message/delivery-status\r\n\r\n"
    for line in (
        b"\n",
        b"x\n",
        b"a:\n\n",
        b"Action: failed\nFinal-Recipient: rfc822; a@b.test\n\n",
    ):
        yield f"report of {line!r}", report + line * (SIZE // len(line))


def texts() -> Iterator[tuple[str, bytes]]:
    """Yield killers that are one text in some charset or encoding."""
    for label, unit in (
        ("iso-2022-jp", b"\x1b$B$\"\x1b(B"), ("iso-2022-jp", b"\x1b$B-!\x1b(B"),
        ("iso-2022-jp", b"\x1b$B-!\n"), ("iso-2022-jp", b"\x1b"), ("iso-2022-jp", b"\x1b$B"),
        ("iso-2022-jp", b"$B8+@Q(B"), ("iso-2022-jp", b"$B"), ("iso-2022-jp", b"\x0eA\x0f"),
        ("iso-8859-1", b"\x81\x8d\xe0"), ("koi8-r", b"\xa4\xaa"), ("gb2312", b"\x82\xa0\xff"),
        ("iso-2022-jp", b"\x1b$(D\"\x7f"), ("euc-jp", b"\xad\xa1a"), ("euc-jp", b"\xad\xa1"),
        ("euc-jp", b"\x8f\xf4\xf3"), ("euc-jp", b"\xff"), ("shift_jis", b"\x82\xa0\xff"),
        ("shift_jis", b"\xf8\x9f"), ("utf-8", "\ue63e".encode()), ("utf-8", b"\xff\xe3\x81\x82"),
        ("x-nobody", b"\xe9 "), ("utf-7", b"+2AA-"), ("utf-16", b"\x00\xd8"), ("gb2312", b"\xff\x81"),
        ("big5", b"\xff\x81"), ("euc-kr", b"\xff\x81"), ("hz", b"~{"), ("iso-2022-kr", b"\x1b$)C\x0e"),
        ("utf-8; format=flowed; delsp=yes", b"a \n"), ("utf-8; format=flowed", b" "),
        ("utf-8; format=flowed", b"\n"), ("utf-8", b"\n"), ("utf-8", b" "), ("utf-8", b"\r"),
        ("utf-8", b"\x00"),
    ):  # fmt: skip
        yield f"{label}, {unit!r}", text(unit, label)
    jis = b"\x1b$B" + b"-!" * (SIZE // 2)
    yield "iso-2022-jp, all of NEC's row", text(jis, "iso-2022-jp", count=1)
    for encoding, unit in (
        ("quoted-printable", b"="), ("quoted-printable", b"= "), ("quoted-printable", b"=\n"),
        ("base64", b"="), ("base64", b"QUE="), ("base64", b"!"), ("base64", b"QQ\n"),
        ("x-uuencode", b"begin 6 x\n#0V%T\n"), ("x-uuencode", b"begin 6 x\nMAA\n\n"),
    ):  # fmt: skip
        yield f"{encoding}, {unit!r}", text(unit, "utf-8", encoding=encoding)
    yield (
        "quoted-printable, blanks",
        text(b"=" + b" " * SIZE, "", encoding="quoted-printable", count=1),
    )


def forwards() -> Iterator[tuple[str, bytes]]:
    """Yield killers that look like forwarded mail, or like very many."""
    head = "From: A <a@b.test>\nDate: 5 March 2024 14:03\nTo: {}\nSubject: x\n\nx"
    for unit in (
        "From:\n", "From: a@b.test\n", "Cc: x@y.test\n", "From: a To: b ", "> > > >\n", ">", ":",
        "---------- Forwarded message ---------\n", "--- Forwarded Message --- From: a To: b\n",
        "--- Forwarded Message --- ::::::::::::::::::\n", "________________________________\n",
        "On 5 March 2024, x@y.test wrote:\n", "\u0130\u0130\u0130\u0130\u0130\u0130:\n",
        "From: a\n\n\n", "a: b\n",
    ):  # fmt: skip
        raw = unit.encode()
        yield f"forwarded, {unit!r}", b"Subject: Fwd: x\n\n" + raw * (SIZE // len(raw))
    for unit in (
        "@", "a@", "<", "<mailto:a@b.test>", "a@b.test<mailto:a@b.test>;", "x@y.test,\n", ",\n ",
        "A <a@\u00e9.test>, ", "a b@c.test ",
    ):  # fmt: skip
        body = head.format(unit * (SIZE // len(unit)))
        yield f"forwarded, To of {unit!r}", b"Subject: Fwd: x\n\n" + body.encode()
    mail = b"Content-Type: message/rfc822\n\nFrom: a@b.test\n\nx\n--b\n"
    mixed = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n"
    yield "forwarded, attached mails", mixed + mail * 1_000


def pages() -> Iterator[tuple[str, bytes]]:
    """Yield killers that are HTML."""
    for unit in (
        b"<a>", b"<p>", b"<", b"<a", b"<!--", b"<script>", b"<!", b"&", b"&amp;", b"&#1;", b"<br>",
        b" ", b"\n", b"<a href='http://x'>", b"<a href='http://x'>a</a>", b"<style>x</style>",
        b"<div>", b"<b></i>", b"<b><p>", b"<table><td>", b"<li>", b"<ol>", b"<td>x", b"<blockquote>x<br>",
        b"<blockquote>", b"<font size=1><p>", b"<div style='font-size:0'>", b"x<tr>", b"<select>", b"<svg>",
        b"</b>", b"<p style='margin:0'>", b"<title>", b"<textarea>", b"<pre>", b"<form><b>",
        b"<meta ", b"<!---->", b"</", b"<a href=' ", b"<pre>\n a", "あ\n".encode(), "あ  ".encode(),
    ):  # fmt: skip
        yield f"html, {unit!r}", text(unit, "utf-8", kind="html")
    yield (
        "html, many attributes",
        text(b"<a " + b" ".join(b"a%d=1" % n for n in range(100_000)) + b">", "", kind="html", count=1),
    )
    yield (
        "html, one long style",
        text(b"<a style='" + b"margin:0 " * (SIZE // 9) + b"'>", "", kind="html", count=1),
    )
    yield (
        "html, many styles",
        text(b"".join(b"<p style='margin:%d'>" % n for n in range(50_000)), "", kind="html", count=1),
    )
    yield "html, one long reference", text(b"&#" + b"9" * SIZE, "utf-8", kind="html", count=1)
    yield (
        "html, one long tag",
        text(b"<a " + b"href=" * (SIZE // 5) + b">", "", kind="html", count=1),
    )
    yield (
        "html, one long link",
        text(b"<a href='http://x'>" + b"<b>a" * (SIZE // 4) + b"</a>", "", kind="html", count=1),
    )


def replies() -> Iterator[tuple[str, bytes]]:
    """Yield killers that look like quotations and signatures."""
    for unit in (
        ">", ">\n", ">\na\n", "a\n> b\n", "On 5 Mar 2024 14:03, a <b@c.d> wrote:\n", "a wrote:\n\n",
        "2024年3月5日 14:03 山田 <a@b.c>:\n", "On a@b 2024\n", "From: a\n", "From: a\nTo: b@c\n\n", "-- \na\n",
        "━━━━\nTEL 03-0000-0000\n", "----- Original Message\n", "【転送】\n", "iPhoneから送信\n> a\n", " " * 20 + "To\n",
        "a wrote:\na> b\na> c\n", "On 2024 14:03 a@b " + "0" * 270 + ":\n", "This message is confidential ",
    ):  # fmt: skip
        yield f"reply, {unit[:30]!r}", text(unit.encode(), "utf-8")


def enclosures() -> Iterator[tuple[str, bytes]]:
    """Yield killers that are formats of their own, in a part."""
    smime = b"Content-Type: application/pkcs7-mime\r\n\r\n"
    oid = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07"
    signed = smime + b"\x30\x80" + oid + b"\x02\xa0\x80\x30\x80\x02\x01\x01"
    for unit in (b"\x31\x80", b"\x04\x00", b"\x00\x00", b"\x30\x84"):
        yield f"signed data of {unit!r}", signed + unit * (SIZE // len(unit))
    content = signed + b"\x31\x00\x30\x80" + oid + b"\x01\xa0\x80\x24\x80"
    for unit in (b"\x24\x80", b"\x04\x01a", b"\x04\x00"):
        yield f"signed content of {unit!r}", content + unit * (SIZE // len(unit))
    tnef = b"Content-Type: application/ms-tnef\r\n\r\n\x78\x9f\x3e\x22\0\0"
    many = b"\xff" * 4 + b"\x01\0\0\0" * (SIZE // 4)
    strings = b"\xff" * 4 + b"\x1e\x10\0\0" + b"\xff" * 4 + b"\0" * SIZE
    for name, data in (
        ("files", b"\x02\x02\x90\x06\0\0\0\0\0\0\0" * (SIZE // 11)),
        ("names", b"\x02\x02\x90\x06\0\0\0\0\0\0\0" + b"\x02\x05\x90\x06\0\xff\xff\xff\0" + many),
        ("properties", b"\x01\x03\x90\x06\0\xff\xff\xff\0" + many),
        ("strings", b"\x01\x03\x90\x06\0\xff\xff\xff\0" + strings),
    ):
        yield f"winmail of {name}", tnef + data
    for unit in (b"\0aaaaaaaa", b"\xff" + b"\x01\x0f" * 8, b"\0{{{{{{{{", b"\0\\u1\\u1\\u"):
        packed = b"\0" * 8 + b"LZFu\0\0\0\0" + unit * (SIZE // len(unit))
        found = b"\x01\0\0\0\x02\x01\x09\x10\x01\0\0\0\xff\xff\xff\0" + packed
        yield f"rich text of {unit!r}", tnef + b"\x01\x03\x90\x06\0\xff\xff\xff\0" + found
    for unit in (b"BEGIN:VEVENT\n", b"SUMMARY:x\n", b"A;\"", b"\n ", b";", b"BEGIN:VEVENT\nDTSTART;A=\"\";" * 3):
        yield f"calendar of {unit!r}", text(unit, "utf-8", kind="calendar")
    for unit in (
        b"-----BEGIN PGP MESSAGE-----\n", b"-----BEGIN PGP SIGNED MESSAGE-----\n\n- \n", b"-----BEGIN PGP ",
        b"-----BEGIN PGP SIGNED MESSAGE-----\nx\n-----BEGIN PGP SIGNATURE-----\n",
    ):  # fmt: skip
        yield f"armour of {unit!r}", text(unit, "utf-8")
    for unit in (b"> \n", b">", b"> > \n>\n", b"a \n> b \n"):
        yield f"flowed quotations of {unit!r}", text(unit, "utf-8; format=flowed; delsp=yes")


def text(
    unit: bytes, label: str, *, kind: str = "plain", encoding: str = "8bit", count: int = 0
) -> bytes:
    """Return a mail of one text part."""
    head = f"Content-Type: text/{kind}; charset={label}\r\nContent-Transfer-Encoding: {encoding}"
    return head.encode() + b"\r\n\r\n" + unit * (count or SIZE // len(unit))


def killers() -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of each killer."""
    for name, head in (*headers(), *addresses()):
        yield name, head + b"\r\n\r\nx"
    yield from replies()
    yield from structures()
    yield from texts()
    yield from pages()
    yield from forwards()
    yield from enclosures()
    for unit in (b"\n", b"\r\n", b" ", b"\xff", b"From \n", b"\x00"):
        yield f"nothing but {unit!r}", unit * (SIZE // len(unit))


def main() -> None:
    """Print the cost of each killer, the dearest last."""
    from dropbox.mail.read import read

    wanted = set(sys.argv[1:])
    costs = []
    for name, raw in killers():
        if wanted and name not in wanted:
            continue
        spent = []
        for _ in range(3):
            begun = time.thread_time()
            notes = read(raw).notes
            spent.append(time.thread_time() - begun)
        costs.append((min(spent) * 1_000, len(raw), name, notes))
    for milliseconds, size, name, notes in sorted(costs):
        print(f"{milliseconds:7.1f} ms {size:8} bytes  {name}  {' '.join(notes)}")


if __name__ == "__main__":
    main()
