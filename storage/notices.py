"""What is mailed to users, in words: English and Japanese."""

from __future__ import annotations

_CODE = {
    "en": (
        "Your code for BCC Dropbox: {code}",
        """\
{user} wants to send mail to BCC Dropbox from this address too.

If that is you, your code is

    {code}

Give it to your administrator, who types in

    bcc-dropbox sender prove {user} {address} {code}

or send a mail from this address to your dropbox address with the code in its subject (not as
an answer to this mail, which nobody reads).
It is valid for {days} days. If that is not you, do nothing.
""",
    ),
    "ja": (
        "BCC Dropbox の確認コード：{code}",
        """\
{user} さんが、このアドレスからも BCC Dropbox にメールを送れるよう申請しました。

ご本人であれば、次の確認コードをお使いください。

    {code}

管理者に伝えると、次のように登録されます。

    bcc-dropbox sender prove {user} {address} {code}

または、件名にこのコードを書いたメールを、このアドレスからご自身の専用アドレス宛てに
お送りください（このメールには返信しないでください）。有効期間は {days} 日です。
お心当たりがなければ、何もする必要はありません。
""",
    ),
}


def code(language: str, *, code: str, user: str, address: str, days: int) -> tuple[str, str]:
    """Return subject and text of the mail that carries the code of a pending sender."""
    subject, text = _CODE.get(language, _CODE["en"])
    values = {"code": code, "user": user, "address": address, "days": days}
    return subject.format(**values), text.format(**values)
