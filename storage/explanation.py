"""What happened to a mail and which rule decided, in words: English and Japanese."""

from __future__ import annotations

from collections.abc import Sequence

from dropbox.filing.correspondents import WHY, Why
from dropbox.filing.decision import Step
from dropbox.filing.outcomes import OUTCOMES, Outcome, Reason

Words = tuple[str, str]
"""English, Japanese."""

_QUESTIONS: dict[str, Words] = {
    "user": ("Is the user active?", "利用者は有効か"),
    "never_log": ("Is anybody on a never-log list?", "記録しないリストに該当するか"),
    "author": ("Who wrote it?", "誰が書いたか"),
    "verdict": ("Does it really come from there?", "本当にそこから送られたか"),
    "sender": ("Is the sender proven?", "送信元は確認済みか"),
    "quota": ("Is there room for a stranger's mail?", "受信枠に空きがあるか"),
    "recipients": ("Is it for anybody outside?", "社外の宛先があるか"),
    "forward": ("Was something forwarded?", "転送されたメールか"),
    "original": ("Who wrote the original?", "元のメールは誰が書いたか"),
    "correspondent": ("Whom to record it for?", "誰に記録するか"),
    "seen": ("Was it recorded before?", "記録済みか"),
    "decision": ("Decided again?", "再度判断されたか"),
    "address": ("Which dropbox address?", "どのアドレス宛か"),
    "database": ("Can it be written?", "書き込めるか"),
}

_RESULTS: dict[tuple[str, str], Words] = {
    ("user", "suspended"): ("{} is suspended", "{} は停止中です"),
    ("never_log", "masked"): (
        "left out, being on a never-log list: {}",
        "記録しないリストにより除外：{}",
    ),
    ("author", "unclear"): ("unclear: {}", "不明確：{}"),
    ("author", "nobody"): ("no address stands in its From", "差出人（From）にアドレスがありません"),
    ("author", "own"): ("{}, an allowed sender of the user", "{}（利用者本人の送信元）"),
    ("author", "colleague"): ("{}, a colleague", "{}（同僚）"),
    ("author", "imported"): ("{}, in the user's own old mail", "{}（取り込んだメール）"),
    ("author", "pending"): (
        "{}, a sender of the user that waits for proof",
        "{}（確認待ちの送信元）",
    ),
    ("author", "stranger"): (
        "{}, who is no allowed sender of the user",
        "{}（許可された送信元ではありません）",
    ),
    ("author", "redirected_mail_from"): (
        "{}; the user's own mailbox passed it on",
        "{}（利用者本人のメールボックスから転送）",
    ),
    ("author", "redirected_sealed"): (
        "{}; a mail service we trust passed it on for the user",
        "{}（信頼するメールサービスが利用者宛てを転送）",
    ),
    ("author", "not_vouched"): (
        (
            "{}; it looks passed on by the user's mailbox, and anybody can make it look so: nothing"
            " vouches for that"
        ),
        "{}（利用者のメールボックスからの転送に見えますが、それを証明するものがありません）",
    ),
    ("author", "gmail_code"): (
        "Gmail asks whether mail may be forwarded to this address; its code is {}",
        "Gmail の転送先確認です。確認コードは {} です",
    ),
    ("verdict", "verified_dmarc_pass"): (
        "yes: {} itself vouches for this mail",
        "はい：{} 自身がこのメールを証明しています",
    ),
    ("verdict", "verified_authserv"): (
        "yes: your mail server has checked that it comes from {}",
        "はい：{} からのメールであることを貴社のメールサーバーが確認済みです",
    ),
    ("verdict", "forged_dmarc_fail"): (
        "no: {} says that its own mail can always be recognised, and this one cannot",
        "いいえ：{} は自社のメールを必ず識別できるとしていますが、このメールは識別できません",
    ),
    ("verdict", "unverified_no_policy"): (
        "it cannot be told: no signature of {} holds, and it does not say what that means",
        "確認できません：{} の有効な署名が無く、その扱いも公開されていません",
    ),
    ("verdict", "unverified_relayed"): (
        (
            "it cannot be told: it came through another mail server, without a signature of {} that"
            " holds"
        ),
        "確認できません：別のメールサーバーを経由し、{} の有効な署名がありません",
    ),
    ("verdict", "unverified_sealed"): (
        "it was changed on its way, and {}, which we trust, vouches for what it was",
        "途中で変更されましたが、信頼する {} が元のメールを保証しています",
    ),
    ("verdict", "unverified_unknown_peer"): (
        "it cannot be told: nobody knows which server it came from, and no signature of {} holds",
        "確認できません：送信サーバーが不明で、{} の有効な署名もありません",
    ),
    ("verdict", "unverified_dns_down"): (
        "it could not be checked: what {} publishes could not be asked for",
        "確認できません：{} の情報を取得できませんでした",
    ),
    ("verdict", "strange"): (
        (
            "the sender's mail could always be verified so far; this one cannot, and comes from a"
            " network the sender never used ({})"
        ),
        (
            "これまで常に確認できた送信元ですが、今回は確認できず、使われたことのない"
            "ネットワーク（{}）から届きました"
        ),
    ),
    ("sender", "proven"): (
        "yes, by this mail, which is verified: {} counts from now on",
        "はい、確認済みのこのメールにより、{} は今後有効な送信元です",
    ),
    ("sender", "code"): (
        "yes, it carries the code that was mailed to {}, which counts from now on",
        "はい、{} に送った確認コードが書かれています。今後有効な送信元です",
    ),
    ("author", "delivery_report"): (
        "a mail system, about the message {}",
        "メールシステム（対象：{}）",
    ),
    ("author", "released"): ("let in by hand", "手動で許可されました"),
    ("decision", "released"): ("yes, released by hand", "はい、手動で解除されました"),
    ("decision", "assigned"): ("yes, assigned by hand", "はい、手動で割り当てられました"),
    ("decision", "reread"): (
        "yes, it was read again with a newer reader",
        "はい、新しい読み取り機能で再処理しました",
    ),
    ("decision", "gained"): (
        "yes, somebody has an address by now that it waited for",
        "はい、待っていたアドレスの方が登録されました",
    ),
    ("decision", "discarded"): (
        "yes, discarded by hand: those who wait are left out",
        "はい、手動で破棄されました",
    ),
    ("quota", "used_up"): (
        "no: too many mails of strangers came today",
        "いいえ：本日の上限を超えました",
    ),
    ("recipients", "nobody"): ("no: it names nobody but the user", "いいえ：利用者以外いません"),
    ("recipients", "unreadable"): (
        "no: an address that it names cannot be read, and there is nobody else",
        "いいえ：読み取れないアドレスがあり、ほかに宛先がありません",
    ),
    ("recipients", "internal"): ("no, colleagues only: {}", "いいえ、社内のみ：{}"),
    ("forward", "attached"): (
        "yes, an attached mail, read with confidence {}",
        "はい、添付されたメール（読み取りの確度 {}）",
    ),
    ("forward", "written"): (
        "yes, in its text, read with confidence {}",
        "はい、本文の中（読み取りの確度 {}）",
    ),
    ("forward", "unclear"): (
        "it is not sure enough who wrote what was forwarded",
        "転送元を確実に読み取れません",
    ),
    ("forward", "released"): ("taken as it was read, by hand", "読み取った内容を手動で認めました"),
    ("original", "ours"): ("{}, the user or a colleague", "{}（利用者本人または同僚）"),
    ("original", "internal"): ("{}, who is internal", "{}（社内）"),
    ("original", "instead"): (
        "{}, named in Reply-To in place of a sender that is internal or no person",
        "{}（送信元が社内または人ではないため、Reply-To によります）",
    ),
    ("original", "robot"): ("{}, which is no person", "{}（人ではありません）"),
    ("original", "outsider"): ("{}, from outside", "{}（社外）"),
    ("seen", "before"): ("yes", "はい"),
    ("seen", "variant"): (
        "another mail with the same Message-ID and other content was",
        "同じMessage-IDで内容の異なるメールが記録済みです",
    ),
    ("seen", "by_another_user"): ("yes, by another user", "はい、別の利用者が記録しました"),
    ("address", "postmaster"): ("postmaster", "postmaster"),
    ("address", "exposed"): (
        "a dropbox address stands in To or Cc, where everybody can read it",
        "専用アドレスが To または Cc にあり、全員に見えています",
    ),
    ("database", "unreadable"): ("no: {}", "いいえ：{}"),
}

_ACTIONS: dict[str, Words] = {
    "file": ("recorded for {}: {}", "{} に記録：{}"),
    "create": ("{} was created: {}", "{} を新規作成：{}"),
    "skip": ("not recorded for {}: {}", "{} には記録せず：{}"),
}

_REMARKS = {
    ("never_log", "masked"),
    ("seen", "variant"),
    ("seen", "by_another_user"),
    ("address", "exposed"),
}
"""Answers that decide nothing by themselves."""

_BY_REASON: dict[Reason, Words] = {
    Reason.NEVER_LOG: ("the never-log list: {}", "記録しないリスト：{}"),
    Reason.TOO_MANY_NEW: ("the rule max_new_people", "ルール max_new_people"),
    Reason.SEEN_BEFORE: ("it was recorded before", "記録済みのため"),
}

_DECIDED_BY: Words = ("Decided by: {}", "決め手：{}")


_RESOLUTIONS: dict[str, Words] = {
    "filed": (
        "It came again and was recorded then.",
        "その後、同じメールが再び届き、記録されました。",
    ),
    "discarded": ("Since then it was discarded by hand.", "その後、手動で破棄されました。"),
    "expired": ("Since then its time has passed.", "その後、保留期限が過ぎました。"),
}


def explain(
    reason: Reason,
    steps: Sequence[Step],
    note: str = "",
    language: str | None = None,
    resolution: str | None = None,
) -> list[str]:
    """Return lines: the outcome in words, each question with its answer, and what decided.

    Of mail that is still called held, `resolution` is what became of it.
    """
    row = OUTCOMES[reason]
    lines = [row.ja if language == "ja" else row.en]
    if row.outcome is Outcome.HELD and resolution in _RESOLUTIONS:
        lines.append(_in(language, _RESOLUTIONS[resolution]))
    lines += [f"{_in(language, _question(step))} {answer(step, language)}" for step in steps]
    if decided := _decided_by(reason, steps, note, language):
        lines.append(_in(language, _DECIDED_BY).format(decided))
    return lines


def answer(step: Step, language: str | None = None) -> str:
    """Return the answer that a step gave, in words."""
    if step.step == "correspondent":
        action, _, why = step.result.partition(":")
        if action in _ACTIONS and why in Why.__members__.values():
            return _in(language, _ACTIONS[action]).format(step.detail, _in(language, WHY[Why(why)]))
    words = _RESULTS.get((step.step, step.result))
    if words is None:
        return f"{step.result} {step.detail}".strip()
    return _in(language, words).format(step.detail)


def _question(step: Step) -> Words:
    return _QUESTIONS.get(step.step, (f"{step.step}:", f"{step.step}："))


def _decided_by(
    reason: Reason, steps: Sequence[Step], note: str, language: str | None
) -> str | None:
    if reason in _BY_REASON:
        return _in(language, _BY_REASON[reason]).format(note)
    deciding = [step for step in steps if (step.step, step.result) not in _REMARKS]
    return answer(deciding[-1], language) if deciding else None


def _in(language: str | None, words: Words) -> str:
    return words[1] if language == "ja" else words[0]
