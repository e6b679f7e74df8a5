"""Every way a mail can end, in one table: reply, log event, metric label, help in two languages.

A 5xx is only what stands here. Everything else that goes wrong is 451, so that the sender keeps
the mail and tries again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What became of a mail at one dropbox address."""

    FILED = "filed"
    DUPLICATE = "duplicate"
    HELD = "held"
    SKIPPED = "skipped"
    REFUSED = "refused"
    PUT_OFF = "put_off"


class Kept(StrEnum):
    """How much of the mail stays in the database."""

    ALL = "all"
    RAW = "raw"
    HEADERS = "headers"
    ROW = "row"
    COUNT = "count"


class Reason(StrEnum):
    """Why; the stable code that rows, logs, metrics and JSON carry."""

    FILED = "filed"
    FILED_IN_PART = "filed_in_part"
    SEEN_BEFORE = "seen_before"
    SENDER_NOT_ALLOWED = "sender_not_allowed"
    SENDER_UNCLEAR = "sender_unclear"
    SENDER_FORGED = "sender_forged"
    SENDER_UNVERIFIED = "sender_unverified"
    NO_RECIPIENTS = "no_recipients"
    NOBODY_MATCHED = "nobody_matched"
    TOO_MANY_NEW = "too_many_new"
    FORWARD_UNCLEAR = "forward_unclear"
    UNREADABLE = "unreadable"
    USER_SUSPENDED = "user_suspended"
    POSTMASTER = "postmaster"
    OVER_QUOTA = "over_quota"
    INTERNAL_ONLY = "internal_only"
    BOUNCE = "bounce"
    NEVER_LOG = "never_log"
    ERASED = "erased"
    NO_SUCH_ADDRESS = "no_such_address"
    TOO_BIG = "too_big"
    LOOP = "loop"
    BARE_NEWLINE = "bare_newline"
    SYNTAX = "syntax"
    BUSY = "busy"
    DATABASE_DOWN = "database_down"
    TOO_MANY_CONNECTIONS = "too_many_connections"
    TOO_MANY_ERRORS = "too_many_errors"
    RATE = "rate"
    SHUTTING_DOWN = "shutting_down"
    DNS_DOWN = "dns_down"


@dataclass(frozen=True, slots=True)
class Reply:
    """An SMTP reply with its enhanced status code (RFC 5321 section 4.2, RFC 3463)."""

    code: int
    enhanced: str
    text: str

    def __str__(self) -> str:
        return f"{self.code} {self.enhanced} {self.text}"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    outcome: Outcome
    reply: Reply
    kept: Kept
    en: str
    """For a sales person: what happened and what to do, one or two sentences."""
    ja: str

    @property
    def event(self) -> str:
        """The log event that this ends in."""
        return f"mail_{self.outcome}"


_RECORDED = Reply(250, "2.0.0", "Recorded")
_F, _H, _S, _R, _P = (
    Outcome.FILED,
    Outcome.HELD,
    Outcome.SKIPPED,
    Outcome.REFUSED,
    Outcome.PUT_OFF,
)


def _held(en: str, ja: str, kept: Kept = Kept.ALL) -> Row:
    return Row(_H, _RECORDED, kept, en, ja)


OUTCOMES: dict[Reason, Row] = {
    Reason.FILED: Row(
        _F,
        _RECORDED,
        Kept.ALL,
        "Recorded on the timeline of everybody it went to.",
        "宛先のお客様全員のタイムラインに記録しました。",
    ),
    Reason.FILED_IN_PART: Row(
        _F,
        _RECORDED,
        Kept.ALL,
        "Recorded for some of the customers; the note names the others and why they wait.",
        "一部のお客様のタイムラインに記録しました。残りの宛先と理由は備考にあります。",
    ),
    Reason.SEEN_BEFORE: Row(
        Outcome.DUPLICATE,
        _RECORDED,
        Kept.ROW,
        "The same mail had already been recorded; it was not recorded a second time.",
        "同じメールがすでに記録済みのため、二重には記録していません。",
    ),
    Reason.SENDER_NOT_ALLOWED: _held(
        "Waiting: it was not written from one of your allowed sender addresses.",
        "保留中：許可された送信元アドレスから送られたメールではありません。",
    ),
    Reason.SENDER_UNCLEAR: _held(
        "Waiting: the From line names nobody, several people, or is written in a misleading way.",
        "保留中：差出人（From）が無い、複数ある、または紛らわしい書き方です。",
    ),
    Reason.SENDER_FORGED: _held(
        "Waiting: it claims to be from you or a colleague, but the checks say that it is forged.",
        "保留中：あなたまたは同僚を名乗っていますが、ドメインの検証で偽装と判定されました。",
    ),
    Reason.SENDER_UNVERIFIED: _held(
        "Waiting: it could not be verified that it really comes from its sender.",
        "保留中：本当に差出人から送られたものか確認できませんでした。",
    ),
    Reason.NO_RECIPIENTS: _held(
        "Waiting: no recipient other than you could be read from it, so it has no timeline yet.",
        "保留中：あなた以外の宛先が読み取れないため、記録先がありません。",
    ),
    Reason.NOBODY_MATCHED: _held(
        "Waiting: none of its recipients is known, and your rules create nobody for them.",
        "保留中：宛先が登録されておらず、ルールにより新規作成もされません。",
    ),
    Reason.TOO_MANY_NEW: _held(
        "Waiting: it would have created more new people at once than your rules allow.",
        "保留中：一度に新規作成される人数がルールの上限を超えています。",
    ),
    Reason.FORWARD_UNCLEAR: _held(
        "Waiting: it looks forwarded, but whose mail it was could not be told with confidence.",
        "保留中：転送メールのようですが、元の差出人を確実に判別できませんでした。",
    ),
    Reason.UNREADABLE: _held(
        "Waiting: this mail could not be read; it is kept as it came.",
        "保留中：このメールは読み取れませんでした。受信したまま保管しています。",
    ),
    Reason.USER_SUSPENDED: _held(
        "Waiting: the user of this dropbox address is suspended. It is kept for 30 days.",
        "保留中：このアドレスの利用者は停止中です。30日間保管します。",
    ),
    Reason.POSTMASTER: _held(
        "Waiting for the administrators: it was sent to postmaster.",
        "管理者の確認待ち：postmaster 宛のメールです。",
    ),
    Reason.OVER_QUOTA: _held(
        "Waiting, headers only: too much mail of strangers arrived for this address today.",
        "保留中（ヘッダーのみ）：許可されていない送信元からのメールが本日の上限を超えました。",
        Kept.HEADERS,
    ),
    Reason.INTERNAL_ONLY: Row(
        _S,
        _RECORDED,
        Kept.RAW,
        "Not recorded: it went to colleagues only. The mail itself is kept for 30 days.",
        "記録しません：社内宛のみのメールです。原本は30日間保管します。",
    ),
    Reason.BOUNCE: Row(
        _S,
        _RECORDED,
        Kept.HEADERS,
        "Not recorded: a delivery report; the address it is about is marked as bouncing.",
        "記録しません：配信エラー通知です。該当アドレスに不達の印を付けました。",
    ),
    Reason.NEVER_LOG: Row(
        _S,
        _RECORDED,
        Kept.ROW,
        "Not recorded: everybody it went to is on a never-log list. Nothing of it was kept.",
        "記録しません：宛先がすべて「記録しないリスト」にあります。内容は保管していません。",
    ),
    Reason.ERASED: Row(
        _S,
        _RECORDED,
        Kept.ROW,
        "Not recorded: it concerns somebody who was erased. Nothing of it was kept.",
        "記録しません：消去済みの方に関するメールです。内容は保管していません。",
    ),
    Reason.NO_SUCH_ADDRESS: Row(
        _R,
        Reply(550, "5.1.1", "No such address here"),
        Kept.COUNT,
        "Refused: there is no such dropbox address (any more).",
        "拒否：このドロップボックスアドレスは存在しません。",
    ),
    Reason.TOO_BIG: Row(
        _R,
        Reply(552, "5.3.4", "Message is larger than this server takes"),
        Kept.COUNT,
        "Refused: the mail is larger than the limit (room for about 30 MB of files).",
        "拒否：メールのサイズが上限（添付約30MB）を超えています。",
    ),
    Reason.LOOP: Row(
        _R,
        Reply(554, "5.4.6", "This mail is going in circles"),
        Kept.COUNT,
        "Refused: the mail is going round in circles.",
        "拒否：メールがループしています。",
    ),
    Reason.BARE_NEWLINE: Row(
        _R,
        Reply(550, "5.6.11", "Bare CR or LF is not allowed in mail"),
        Kept.COUNT,
        "Refused: the mail contains line ends that are not CRLF.",
        "拒否：改行コードが不正（単独の CR または LF）です。",
    ),
    Reason.SYNTAX: Row(
        _R,
        Reply(500, "5.5.2", "Not understood"),
        Kept.COUNT,
        "Refused: the sending program did not speak SMTP correctly.",
        "拒否：送信側のSMTP通信が正しくありません。",
    ),
    Reason.BUSY: Row(
        _P,
        Reply(452, "4.3.1", "No room right now, try again later"),
        Kept.COUNT,
        "Put off: the server is busy; the sender tries again by itself.",
        "延期：サーバーが混雑しています。送信側が自動的に再送します。",
    ),
    Reason.DATABASE_DOWN: Row(
        _P,
        Reply(451, "4.3.0", "Cannot record mail right now, try again later"),
        Kept.COUNT,
        "Put off: the database cannot be reached; the sender tries again by itself.",
        "延期：データベースに接続できません。送信側が自動的に再送します。",
    ),
    Reason.TOO_MANY_CONNECTIONS: Row(
        _P,
        Reply(421, "4.7.0", "Too many connections, try again later"),
        Kept.COUNT,
        "Put off: too many connections at once.",
        "延期：同時接続数が上限を超えています。",
    ),
    Reason.TOO_MANY_ERRORS: Row(
        _P,
        Reply(421, "4.7.0", "Too many errors, closing connection"),
        Kept.COUNT,
        "Put off: too many errors in one connection.",
        "延期：1回の接続でのエラーが多すぎます。",
    ),
    Reason.RATE: Row(
        _P,
        Reply(451, "4.7.1", "Too much mail at once, try again later"),
        Kept.COUNT,
        "Put off: too many mails per minute; the sender tries again by itself.",
        "延期：1分あたりの通数が上限を超えました。送信側が自動的に再送します。",
    ),
    Reason.SHUTTING_DOWN: Row(
        _P,
        Reply(421, "4.3.2", "Shutting down, try again later"),
        Kept.COUNT,
        "Put off: the server is being restarted; the sender tries again by itself.",
        "延期：サーバーを再起動しています。送信側が自動的に再送します。",
    ),
    Reason.DNS_DOWN: Row(
        _P,
        Reply(451, "4.4.3", "Cannot check the sender right now, try again later"),
        Kept.COUNT,
        "Put off: the sender could not be checked because DNS did not answer.",
        "延期：DNSが応答せず差出人を確認できません。送信側が自動的に再送します。",
    ),
}

TRY_AGAIN = Reply(451, "4.3.0", "Something went wrong here, try again later")
"""The reply to everything nobody foresaw."""


class NotRecorded(Exception):
    """A mail that ends before anything was written: refused (5xx) or put off (4xx).

    Raised anywhere on the road, turned into the reply of the table in one place on the wire. The
    text of the exception is for our log; the peer sees the table's words alone.
    """

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason

    @property
    def reply(self) -> Reply:
        return OUTCOMES[self.reason].reply
