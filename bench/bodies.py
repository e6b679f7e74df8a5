"""What stands in the generated mails: words that are none, in sentences, tables and files."""

from __future__ import annotations

import base64
import binascii
import random
from collections.abc import Callable
from dataclasses import dataclass

from bench.signing import body_digest

_SYLLABLES = (
    "ka lo mi ter ven sa ro pli ne dus tra con for ber al in den is or ta qu el mar gi".split()
)
_JAPANESE = (
    "お世話に なって おります 見積書 の 件 について ご連絡 いたします 来週 打ち合わせ 資料"
    " 添付 ご確認 ください よろしく お願い 納期 価格 数量 担当 営業部 株式会社 製品 仕様 変更"
    " 検討 予定 月曜日 午後 会議室 御社 弊社 契約 更新 サービス サンプル".split()
)


def _encoded_word(text: str) -> str:
    return f"=?ISO-2022-JP?B?{base64.b64encode(text.encode('iso-2022-jp')).decode()}?="


JAPANESE_NAME = f"{_encoded_word('営業 花子')} %s"
JAPANESE_SUBJECT = f"{_encoded_word('お見積もりの件')} %d"


def name_of(number: int) -> str:
    """Return the name of one of some hundred thousand people: `Kalo Mipro`."""
    syllables = [
        _SYLLABLES[number // len(_SYLLABLES) ** place % len(_SYLLABLES)] for place in range(4)
    ]
    return f"{syllables[0]}{syllables[1]} {syllables[2]}{syllables[3]}".title()


@dataclass(frozen=True, slots=True)
class Body:
    """The rest of the header, the parts, and the dot that ends the mail."""

    on_the_wire: bytes
    digest: str
    """DKIM's `bh=` of it, relaxed."""


def bodies_of(japanese: bool, text: int, html: int, attached: int, count: int) -> list[Body]:  # noqa: FBT001
    """Return `count` different bodies; sizes as in `mails.SIZES`."""
    return [_body(random.Random(seed), japanese, text, html, attached) for seed in range(count)]


def _body(source: random.Random, japanese: bool, text: int, html: int, attached: int) -> Body:  # noqa: FBT001
    sentence = _sentences(source, japanese)
    plain = _japanese(text, sentence) if japanese else _text(text, sentence)
    parts = [plain]
    if html:
        parts.append(_quoted("html", _filled(html, lambda: _cell(source, sentence()))))
    if attached:
        parts.append(_attached(source.randbytes(attached)))
    if len(parts) == 1:
        mail = b"MIME-Version: 1.0\n" + plain
    else:
        mail = _multipart("mixed" if attached else "alternative", source.randbytes(12).hex(), parts)
    mail = mail.replace(b"\n", b"\r\n")
    stuffed = mail.replace(b"\r\n.", b"\r\n..") + b".\r\n"
    return Body(stuffed, body_digest(mail.partition(b"\r\n\r\n")[2]))


def _sentences(source: random.Random, japanese: bool) -> Callable[[], str]:  # noqa: FBT001
    if japanese:
        return lambda: "".join(source.choices(_JAPANESE, k=source.randint(4, 9))) + "。"
    words = ["".join(source.choices(_SYLLABLES, k=source.randint(1, 4))) for _ in range(1500)]
    weights = [1 / rank for rank in range(1, len(words) + 1)]
    return lambda: (
        " ".join(source.choices(words, weights, k=source.randint(6, 18))).capitalize() + "."
    )


def _multipart(kind: str, boundary: str, parts: list[bytes]) -> bytes:
    opening = f'MIME-Version: 1.0\nContent-Type: multipart/{kind};\n boundary="{boundary}"\n\n'
    lines = b"".join(b"--%b\n%b\n" % (boundary.encode(), part) for part in parts)
    return opening.encode() + lines + f"--{boundary}--\n".encode()


def _text(size: int, sentence: Callable[[], str]) -> bytes:
    return _quoted("plain", _filled(size, lambda: sentence() + "\n"))


def _japanese(size: int, sentence: Callable[[], str]) -> bytes:
    lines: list[bytes] = []
    while size > 0:
        lines.append((sentence() + "\n").encode("iso-2022-jp"))
        size -= len(lines[-1]) + 1
    return (
        b"Content-Type: text/plain; charset=ISO-2022-JP\nContent-Transfer-Encoding: 7bit\n\n"
        + b"".join(lines)
    )


def _filled(size: int, piece: Callable[[], str]) -> bytes:
    """Pieces, one after the other, until they are `size` bytes long in quoted-printable."""
    pieces: list[bytes] = []
    while size > 0:
        encoded = binascii.b2a_qp(piece().encode(), istext=True)
        pieces.append(encoded)
        size -= len(encoded) + encoded.count(b"\n")
    return b"".join(pieces)


def _cell(source: random.Random, words: str) -> str:
    """A row of the nested tables that newsletters are made of."""
    link = f"https://click.corp.example/t/{source.randbytes(20).hex()}?utm_source=newsletter"
    return (
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr>'
        '<td align="left" valign="top" style="padding:12px 24px;font-family:Helvetica,Arial,'
        'sans-serif;font-size:15px;line-height:22px;color:#333333;mso-line-height-rule:exactly;">'
        f'<p style="margin:0 0 12px 0;">{words}&nbsp;– <a href="{link}" target="_blank" '
        'style="color:#0b63ce;text-decoration:underline;">More</a></p></td></tr></table>\n'
    )


def _quoted(subtype: str, encoded: bytes) -> bytes:
    return (
        f"Content-Type: text/{subtype}; charset=utf-8\n"
        "Content-Transfer-Encoding: quoted-printable\n\n"
    ).encode() + encoded


def _attached(data: bytes) -> bytes:
    return (
        b"Content-Type: application/octet-stream\n"
        b"Content-Transfer-Encoding: base64\n"
        b'Content-Disposition: attachment; filename="drawing.bin"\n\n'
    ) + base64.encodebytes(data)
