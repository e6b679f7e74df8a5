"""Reads in one statement all that a batch of mails has to know before it is decided.

The statement is a union of look-ups, each an index look-up per question, so its cost depends on the
mails of the batch and not on the size of the account. Every row says which fact it carries.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, tzinfo
from typing import Any, Protocol, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from dropbox.addresses import domain_of
from dropbox.filing.decision import Arrival
from dropbox.filing.standing import (
    Facts,
    HeldMail,
    Kind,
    KnownMessage,
    KnownPerson,
    KnownThread,
    Rules,
    User,
    UserAddress,
    Visibility,
    questions_of,
)
from dropbox.policy import Policy
from dropbox.trust.verdict import Verdict

K = TypeVar("K")
V = TypeVar("V")


class Connection(Protocol):
    """As much of an asyncpg connection as is used here."""

    async def fetch(self, query: str, *args: Any) -> list[Any]: ...


STATEMENT = """
with
asked_user(account_id, id) as (select * from unnest($1::uuid[], $2::uuid[])),
asked_email(account_id, email) as (select * from unnest($3::uuid[], $4::text[])),
asked_pattern(account_id, pattern) as (select * from unnest($5::uuid[], $6::text[])),
asked_identity(account_id, identity) as (select * from unnest($7::uuid[], $8::bytea[])),
asked_id(account_id, rfc_message_id) as (select * from unnest($9::uuid[], $10::text[])),
asked_report(account_id, rfc_message_id) as (select * from unnest($11::uuid[], $12::text[])),
asked_stranger(account_id, address_id) as (select * from unnest($13::uuid[], $14::uuid[])),
asked_domain(account_id, domain) as (select * from unnest($15::uuid[], $16::text[])),
asked_sender(account_id, network, sender) as (
    select x.account_id, split_part(x.pair, ' ', 1), substr(x.pair, strpos(x.pair, ' ') + 1)
    from unnest($17::uuid[], $18::text[]) as x(account_id, pair))

select 'account' as fact, a.id as account_id, null::text as name, a.key as digest,
       null::uuid as id, null::uuid as other, to_jsonb(a.authentication) as detail
from account a where a.id = any($1)

union all
select 'user', u.account_id, u.email, null, u.id, null,
       jsonb_build_object(
           'active', u.status = 'active', 'search', u.search, 'create', u."create",
           'visibility', u.visibility, 'max_new_people', u.max_new_people,
           'timezone', coalesce(u.timezone, a.timezone),
           'senders', (select coalesce(jsonb_object_agg(s.email, jsonb_build_array(
                                  s.status,
                                  case when s.code_until > now() then encode(s.code, 'hex') end)),
                              '{}'::jsonb)
                       from allowed_sender s
                       where s.account_id = u.account_id and s.user_id = u.id))
from asked_user q join "user" u using (account_id, id) join account a on a.id = u.account_id

union all
select 'address', u.account_id, u.email, null, u.id, null,
       jsonb_build_object('active', u.status = 'active', 'proven', true)
from asked_email q join "user" u using (account_id, email)

union all
select 'address', s.account_id, s.email, null, s.user_id, null,
       jsonb_build_object('active', u.status = 'active', 'proven', s.status = 'active')
from asked_email q join allowed_sender s using (account_id, email)
join "user" u on u.account_id = s.account_id and u.id = s.user_id

union all
select 'internal', i.account_id, i.pattern, null, null, null, null
from asked_pattern q join internal i using (account_id, pattern)

union all
select 'never_log', n.account_id, n.pattern, null, null, n.user_id, null
from asked_pattern q join never_log n using (account_id, pattern)
where n.user_id is null or n.user_id = any($2)

union all
select 'person', e.account_id, e.email, null, e.person_id, null, to_jsonb(e.kind)
from asked_email q join person_email e using (account_id, email)

union all
select 'message', m.account_id, null, m.identity, m.id, null,
       jsonb_build_object(
           'variant', m.variant, 'subject', encode(m.fingerprint_subject, 'hex'),
           'text', encode(m.fingerprint_text, 'hex'),
           'captured', (select jsonb_object_agg(c.user_id, c.delivery_id) from capture c
                        where c.account_id = m.account_id and c.message_id = m.id),
           'filed_on', (select jsonb_agg(f.person_id) from filing f
                        where f.account_id = m.account_id and f.message_id = m.id))
from asked_identity q join message m using (account_id, identity)

union all
select 'held', d.account_id, d.reason, d.identity, d.id, d.user_id,
       to_jsonb(encode(d.held_key, 'hex'))
from asked_identity q join delivery d using (account_id, identity)
where d.outcome = 'held' and d.resolved_at is null

union all
select 'thread', t.account_id, t.rfc_message_id, null, up.id, null,
       jsonb_build_object(
           'position', t.position, 'subject', t.base_subject, 'correspondents', t.correspondents)
from asked_id q join thread_message_id t using (account_id, rfc_message_id)
cross join lateral (
    with recursive up(id, joined_into) as (
        select h.id, h.joined_into from thread h
        where h.account_id = t.account_id and h.id = t.thread_id
        union all
        select h.id, h.joined_into from up join thread h
        on h.account_id = t.account_id and h.id = up.joined_into)
    select up.id from up where up.joined_into is null) up

union all
select 'strangers', q.account_id, null, null, q.address_id, null, to_jsonb((
    select count(*) from delivery d
    where d.account_id = q.account_id and d.address_id = q.address_id
    and d.reason = 'sender_not_allowed' and d.received_at >= date_trunc('day', now())))
from asked_stranger q

union all
select 'stranger_domain', q.account_id, q.domain, null, null, null, to_jsonb((
    select count(*) from delivery d
    where d.account_id = q.account_id and substring(d.sender from '[^@]*$') = q.domain
    and d.reason = 'sender_not_allowed' and d.received_at >= date_trunc('day', now())))
from asked_domain q

union all
select 'strange', q.account_id, q.network || ' ' || q.sender, null, null, null, null
from asked_sender q
where not exists (
    select from delivery d
    where d.account_id = q.account_id and d.sender = q.sender
    and d.evidence ->> 'network' = q.network and d.outcome = 'filed' and d.evidence is not null)
and (select count(*) = 5 and bool_and(latest.verdict = 'verified') from (
    select d.verdict from delivery d
    where d.account_id = q.account_id and d.sender = q.sender
    and d.outcome = 'filed' and d.evidence is not null order by d.id desc limit 5) latest)

union all
select 'reported', q.account_id, q.rfc_message_id, null, null, null, (
    select jsonb_agg(to_whom.emails)
    from message m cross join lateral (
        select jsonb_agg(email) as emails from (
            select p.email from participant p
            where p.account_id = m.account_id and p.message_id = m.id and p.role in ('to', 'cc')
            and p.email is not null
            union
            select one ->> 'email' from capture c cross join jsonb_array_elements(c.bcc) one
            where c.account_id = m.account_id and c.message_id = m.id
            and one ->> 'email' is not null) them) to_whom
    where m.account_id = q.account_id and m.rfc_message_id = q.rfc_message_id)
from asked_report q
"""


@dataclass(frozen=True, slots=True)
class Known:
    """What one reading found: facts by account, users by identifier."""

    facts: dict[UUID, Facts]
    users: dict[UUID, User]


async def read_standing(connection: Connection, arrivals: Sequence[Arrival]) -> Known:
    """Return what the database knows about everything that `arrivals` ask."""
    asked = _Asked()
    for arrival in arrivals:
        asked.add(arrival)
    rows = await connection.fetch(STATEMENT, *asked.columns())
    return _known(rows)


Pairs = set[tuple[UUID, Any]]


@dataclass(slots=True)
class _Asked:
    """The distinct questions of a batch, each with its account, in the order of the parameters."""

    users: Pairs = field(default_factory=set)
    emails: Pairs = field(default_factory=set)
    patterns: Pairs = field(default_factory=set)
    identities: Pairs = field(default_factory=set)
    thread_ids: Pairs = field(default_factory=set)
    reported: Pairs = field(default_factory=set)
    addresses: Pairs = field(default_factory=set)
    domains: Pairs = field(default_factory=set)
    senders: Pairs = field(default_factory=set)
    """Network and sender, with a blank between them."""

    def add(self, arrival: Arrival) -> None:
        account_id = arrival.recipient.account_id
        asked = questions_of(arrival.message, arrival.originals)
        self.users.add((account_id, arrival.recipient.user_id))
        self.emails.update((account_id, email) for email in asked.emails)
        self.patterns.update((account_id, pattern) for pattern in asked.patterns)
        self.identities.add((account_id, arrival.identity))
        self.identities.update((account_id, one.identity) for one in arrival.originals)
        self.thread_ids.update((account_id, name) for name in asked.thread_ids)
        if asked.reported_id:
            self.reported.add((account_id, asked.reported_id))
        self.addresses.add((account_id, arrival.recipient.address_id))
        if arrival.message.author:
            self.domains.add((account_id, domain_of(arrival.message.author.email)))
            if arrival.evidence.network and arrival.verdict is Verdict.UNVERIFIED:
                asked_pair = f"{arrival.evidence.network} {arrival.message.author.email}"
                self.senders.add((account_id, asked_pair))

    def columns(self) -> list[list[Any]]:
        pairs = (getattr(self, one.name) for one in fields(self))
        return [column for pair in pairs for column in _columns(pair)]


def _columns(pairs: Iterable[tuple[Any, Any]]) -> tuple[list[Any], list[Any]]:
    listed = list(pairs)
    return [first for first, _ in listed], [second for _, second in listed]


def _known(rows: Sequence[Any]) -> Known:
    by_account: dict[UUID, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        by_account[row["account_id"]][row["fact"]].append(row)
    facts = {account_id: _facts(found) for account_id, found in by_account.items()}
    users = {row["id"]: _user(row) for found in by_account.values() for row in found["user"]}
    return Known(facts, users)


def _user(row: Any) -> User:
    detail = json.loads(row["detail"])
    by_status: dict[str, set[str]] = {"active": {row["name"]}, "pending": set()}
    codes = {}
    for email, (status, code) in detail["senders"].items():
        by_status[status].add(email)
        if code:
            codes[email] = _hex(code)
    return User(
        user_id=row["id"],
        email=row["name"],
        active=detail["active"],
        rules=Rules(
            search=tuple(Kind(kind) for kind in detail["search"]),
            create=None if detail["create"] == "nothing" else Kind(detail["create"]),
            visibility=Visibility(detail["visibility"]),
            max_new_people=detail["max_new_people"],
        ),
        proven=frozenset(by_status["active"]),
        pending=frozenset(by_status["pending"]),
        codes=codes,
        timezone=_zone(detail["timezone"]),
    )


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError):
        # Named when another release of the time zone database was installed.
        return UTC


def _facts(found: dict[str, list[Any]]) -> Facts:
    return Facts(
        key=next((row["digest"] for row in found["account"]), b""),
        internal=frozenset(row["name"] for row in found["internal"]),
        never_log=_sets(found["never_log"]),
        users=_grouped((row["name"], _user_address(row)) for row in found["address"]),
        people=_grouped(
            (row["name"], KnownPerson(row["id"], Kind(json.loads(row["detail"]))))
            for row in found["person"]
        ),
        messages=_grouped((row["digest"], _message(row)) for row in found["message"]),
        held=_grouped(
            (
                row["digest"],
                HeldMail(row["id"], row["other"], row["name"], _hex(json.loads(row["detail"]))),
            )
            for row in found["held"]
        ),
        threads=_grouped((row["name"], _thread(row)) for row in found["thread"]),
        strangers_by_address={row["id"]: int(row["detail"]) for row in found["strangers"]},
        strangers_by_domain={row["name"]: int(row["detail"]) for row in found["stranger_domain"]},
        reported={row["name"]: _recipients(row["detail"]) for row in found["reported"]},
        policy=next((_policy(row["detail"]) for row in found["account"]), None),
        strange=frozenset(_pair(row["name"]) for row in found["strange"]),
    )


def _policy(detail: str | None) -> Policy | None:
    return Policy(json.loads(detail)) if detail is not None else None


def _pair(asked: str) -> tuple[str, str]:
    network, _, sender = asked.partition(" ")
    return sender, network


def _recipients(detail: str | None) -> frozenset[str] | None:
    if detail is None:
        return None
    return frozenset(email for emails in json.loads(detail) for email in emails or ())


def _hex(text: str | None) -> bytes:
    return bytes.fromhex(text or "")


def _user_address(row: Any) -> UserAddress:
    detail = json.loads(row["detail"])
    return UserAddress(row["id"], detail["active"], detail["proven"])


def _message(row: Any) -> KnownMessage:
    detail = json.loads(row["detail"])
    captured = detail["captured"] or {}
    return KnownMessage(
        message_id=row["id"],
        variant=detail["variant"],
        subject=_hex(detail["subject"]),
        text=_hex(detail["text"]),
        captured={UUID(user): UUID(delivery) for user, delivery in captured.items()},
        filed_on=frozenset(UUID(person) for person in detail["filed_on"] or ()),
    )


def _thread(row: Any) -> KnownThread:
    detail = json.loads(row["detail"])
    return KnownThread(
        row["id"], detail["subject"], frozenset(detail["correspondents"]), detail["position"]
    )


def _sets(rows: Iterable[Any]) -> dict[UUID | None, frozenset[str]]:
    sets: dict[UUID | None, set[str]] = defaultdict(set)
    for row in rows:
        sets[row["other"]].add(row["name"])
    return {user_id: frozenset(patterns) for user_id, patterns in sets.items()}


def _grouped(pairs: Iterable[tuple[K, V]]) -> dict[K, tuple[V, ...]]:
    groups: dict[K, list[V]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return {key: tuple(values) for key, values in groups.items()}
