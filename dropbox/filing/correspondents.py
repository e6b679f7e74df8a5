"""Who of a mail's addresses is a correspondent, and what becomes of each.

Every function here gives the same answer in whatever order the addresses stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from dropbox.addresses import domain_of
from dropbox.filing.standing import Kind, Rules, Standing, is_listed
from dropbox.mail.message import Mailbox


class Action(StrEnum):
    """What is done about a correspondent."""

    FILE = "file"
    CREATE = "create"
    SKIP = "skip"


class Why(StrEnum):
    """The rule that decided about a correspondent."""

    MATCHED = "matched"
    OTHER_KIND = "other_kind"
    ASSIGNED = "assigned"
    GAINED = "gained"
    UNKNOWN = "unknown"
    RULES_CREATE_NOTHING = "rules_create_nothing"
    ROBOT = "robot"
    AUTOMATIC_MAIL = "automatic_mail"
    TOO_MANY_NEW = "too_many_new"


WHY: dict[Why, tuple[str, str]] = {
    Why.MATCHED: ("already known", "登録済み"),
    Why.OTHER_KIND: ("already known as the other kind", "別の種別で登録済み"),
    Why.ASSIGNED: ("assigned by hand", "手動で割り当て"),
    Why.GAINED: ("somebody has this address by now", "その後このアドレスの方が登録されました"),
    Why.UNKNOWN: ("not known yet", "未登録"),
    Why.RULES_CREATE_NOTHING: (
        "not known, and the rules create nobody",
        "未登録で、ルールにより作成しません",
    ),
    Why.ROBOT: (
        "a no-reply, list or bounce address is no person",
        "no-reply・メーリングリスト等のアドレスは人として登録しません",
    ),
    Why.AUTOMATIC_MAIL: (
        "automatic mail creates nobody",
        "自動送信メールからは作成しません",
    ),
    Why.TOO_MANY_NEW: (
        "more new people in one mail than the rules allow",
        "一度に作成できる人数を超えています",
    ),
}
"""Each rule in words: English, Japanese."""


@dataclass(frozen=True, slots=True)
class Correspondent:
    """An address that the mail may be filed on, and what becomes of it."""

    email: str
    name: str
    action: Action
    kind: Kind | None
    why: Why
    person_id: UUID | None = None
    """The person it is filed on; None for one who is yet to be created, and for a skipped one."""


def waiting_note(email: str, why: str) -> str:
    """Return how a delivery's note names one who is nobody yet."""
    return f"waiting: {email} ({why})"


def without_waiting(note: str, gone: Iterable[tuple[str, str]]) -> str:
    """Return a note that names these, address and why, no longer as waiting."""
    for email, why in gone:
        words = waiting_note(email, why)
        # An address in quotes may hold the very separator: the whole words, at one of their ends.
        for piece in (f"; {words}", f"{words}; ", words):
            if piece in note:
                note = note.replace(piece, "", 1)
                break
    return note


# Words between separators, so that `noreply2`, `no-reply.billing` and `list-bounces` count, and
# `bounceman` does not. `+detail` is cut off before.
_ROBOT_LOCAL = re.compile(
    r"""
    (?:^|[._=-])(?:
        no[._-]?reply | do[._-]?not[._-]?reply | nicht[._-]?antworten | keine[._-]?antwort
        | ne[._-]?pas[._-]?repondre | mailer[._-]?daemon | bounces? | noresponse | nobody
    )\d*(?:$|[._=-])
    | ^(?:postmaster|listserv|listproc|majordomo|mailman|sympa|prvs=.*|btv1=.*)$
    | ^(?:owner|bounces?)-
    | -(?:owner|request|subscribe|unsubscribe|confirm|leave|join|errors|admin-bounces)$
    """,
    re.VERBOSE,
)


def is_robot(email: str, lists: tuple[str, ...] = ()) -> bool:
    """Whether a canonical address is no person: no-reply, mailer-daemon, list or bounce address.

    `lists` are the addresses that the mail itself names as mailing lists.
    """
    if email in lists:
        return True
    local = email.rpartition("@")[0].partition("+")[0]
    return _ROBOT_LOCAL.search(local) is not None


def is_dropbox(email: str, standing: Standing) -> bool:
    """Whether an address lies at the mail domain: a dropbox address, living or dead."""
    return domain_of(email) == standing.mail_domain


def is_internal(email: str, standing: Standing) -> bool:
    """Whether an address is a user's (proven or not, suspended too) or the account's own."""
    return email in standing.facts.users or is_listed(email, standing.facts.internal) is not None


def external(mailboxes: Iterable[Mailbox], standing: Standing) -> dict[str, str]:
    """Return name by address, sorted, of those who are neither dropbox addresses nor internal.

    Of several names for one address the longest wins, then the first in the alphabet.
    """
    names: dict[str, str] = {}
    for mailbox in mailboxes:
        email = mailbox.email
        if "@" not in email or is_dropbox(email, standing) or is_internal(email, standing):
            continue
        known, name = names.get(email, ""), mailbox.name
        names[email] = name if (len(name), name) > (len(known), known) else known
    return dict(sorted(names.items()))


def treat(
    addresses: dict[str, str],
    standing: Standing,
    rules: Rules,
    *,
    lists: tuple[str, ...],
    automatic: bool,
) -> tuple[Correspondent, ...]:
    """Say for each address: file on whom, create as what, or skip why; sorted by address."""
    treated = [
        _treat_one(email, name, standing, rules, lists, automatic=automatic)
        for email, name in addresses.items()
    ]
    new = sum(one.action is Action.CREATE for one in treated)
    if new <= rules.max_new_people:
        return tuple(treated)
    return tuple(
        Correspondent(one.email, one.name, Action.SKIP, None, Why.TOO_MANY_NEW)
        if one.action is Action.CREATE
        else one
        for one in treated
    )


def _treat_one(
    email: str,
    name: str,
    standing: Standing,
    rules: Rules,
    lists: tuple[str, ...],
    *,
    automatic: bool,
) -> Correspondent:
    known = {person.kind: person.person_id for person in standing.facts.people.get(email, ())}
    for kind in rules.search:
        if kind in known:
            return Correspondent(email, name, Action.FILE, kind, Why.MATCHED, known[kind])
    if rules.create is None:
        return Correspondent(email, name, Action.SKIP, None, Why.RULES_CREATE_NOTHING)
    for kind, person_id in known.items():
        return Correspondent(email, name, Action.FILE, kind, Why.OTHER_KIND, person_id)
    if is_robot(email, lists):
        return Correspondent(email, name, Action.SKIP, None, Why.ROBOT)
    if automatic:
        return Correspondent(email, name, Action.SKIP, None, Why.AUTOMATIC_MAIL)
    return Correspondent(email, name, Action.CREATE, rules.create, Why.UNKNOWN)
