"""The schema. Every table of an account has `account_id` first in its keys and foreign keys.

So no row can point into another account, and the whole schema shards by `account_id`. Two
reference tables, `address_directory` and `user_directory`, find the account of a dropbox address or
of a user's primary address. Promises are constraints here, not checks in Python.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(
    naming_convention={
        "ix": "%(table_name)s_%(column_0_N_name)s_ix",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s_check",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "pk": "%(table_name)s_pkey",
    }
)


def _uuid(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, Uuid, nullable=nullable)


def _text(name: str, *, nullable: bool = False, default: str | None = None) -> Column[str]:
    server_default = None if default is None else text(f"'{default}'")
    return Column(name, Text, nullable=nullable, server_default=server_default)


def _instant(name: str, *, nullable: bool = False, now: bool = False) -> Column[object]:
    return Column(
        name,
        DateTime(timezone=True),
        nullable=nullable,
        server_default=func.now() if now else None,
    )


def _one_of(column: str, *values: str) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f'"{column}" in ({listed})', name=column)


def _belongs_to(
    table: str, *columns: str, target: str = "id", on_delete: str | None = None
) -> ForeignKeyConstraint:
    """A foreign key inside the account: `(account_id, column)` to `(account_id, id)`."""
    return ForeignKeyConstraint(
        ["account_id", *columns],
        [f"{table}.account_id", *(f"{table}.{name}" for name in target.split())],
        ondelete=on_delete,
    )


account = Table(
    "account",
    metadata,
    _uuid("id"),
    _text("name"),
    _text("timezone", default="UTC"),
    _text("authentication", nullable=True),
    Column(
        "key",
        LargeBinary,
        nullable=False,
        server_default=text("uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())"),
    ),
    _instant("created_at", now=True),
    PrimaryKeyConstraint("id"),
    UniqueConstraint("name"),
    _one_of("authentication", "off", "flag", "hold_forged", "require"),
    comment="key: for the keyed hashes of mail that must not be kept; authentication null: as set"
    " for the installation",
)

internal = Table(
    "internal",
    metadata,
    _uuid("account_id"),
    _text("pattern"),
    PrimaryKeyConstraint("account_id", "pattern"),
    ForeignKeyConstraint(["account_id"], ["account.id"]),
    comment="internal domains (example.com), their subdomains (*.example.com) and addresses",
)

user = Table(
    "user",
    metadata,
    _uuid("account_id"),
    _uuid("id"),
    _text("email"),
    _text("name"),
    _text("timezone", nullable=True),
    _text("language", nullable=True),
    _text("status", default="active"),
    Column("search", JSONB, nullable=False, server_default=text("""'["contact", "lead"]'""")),
    _text("create", default="lead"),
    _text("visibility", default="team"),
    Column("max_new_people", Integer, nullable=False, server_default=text("10")),
    _instant("created_at", now=True),
    PrimaryKeyConstraint("account_id", "id"),
    UniqueConstraint("account_id", "email"),
    ForeignKeyConstraint(["account_id"], ["account.id"]),
    _one_of("status", "active", "suspended"),
    _one_of("create", "lead", "contact", "nothing"),
    _one_of("visibility", "team", "private"),
    CheckConstraint("max_new_people between 0 and 1000", name="max_new_people"),
)

user_directory = Table(
    "user_directory",
    metadata,
    _text("email"),
    _uuid("account_id"),
    _uuid("user_id"),
    PrimaryKeyConstraint("email"),
    _belongs_to("user", "user_id", on_delete="CASCADE"),
    comment="reference table: the account of a user's primary address; unique on the installation",
)

dropbox_address = Table(
    "dropbox_address",
    metadata,
    _uuid("account_id"),
    _uuid("id"),
    _uuid("user_id"),
    _text("local"),
    _text("state", default="active"),
    _instant("created_at", now=True),
    _instant("grace_until", nullable=True),
    _instant("retired_at", nullable=True),
    PrimaryKeyConstraint("account_id", "id"),
    UniqueConstraint("account_id", "local"),
    _belongs_to("user", "user_id"),
    _one_of("state", "active", "grace", "retired"),
    CheckConstraint("(state = 'grace') = (grace_until is not null)", name="grace_until"),
    Index(
        "dropbox_address_one_active_ix",
        "account_id",
        "user_id",
        unique=True,
        postgresql_where=text("state = 'active'"),
    ),
)

address_directory = Table(
    "address_directory",
    metadata,
    _text("local"),
    _uuid("account_id"),
    _uuid("address_id"),
    PrimaryKeyConstraint("local"),
    _belongs_to("dropbox_address", "address_id", on_delete="CASCADE"),
    comment="reference table: the account of a dropbox address, by its <handle>.<token>",
)

allowed_sender = Table(
    "allowed_sender",
    metadata,
    _uuid("account_id"),
    _uuid("user_id"),
    _text("email"),
    Column("slot", SmallInteger, nullable=False),
    _text("status", default="active"),
    _instant("added_at", now=True),
    Column("code", LargeBinary, nullable=True),
    _instant("code_until", nullable=True),
    PrimaryKeyConstraint("account_id", "user_id", "email"),
    UniqueConstraint("account_id", "user_id", "slot"),
    _belongs_to("user", "user_id", on_delete="CASCADE"),
    CheckConstraint("slot between 1 and 5", name="at_most_five"),
    _one_of("status", "active", "pending"),
    Index(None, "account_id", "email"),
    comment="further sender addresses; the primary one is the user's own and takes no slot; code:"
    " SHA-256 of what was mailed to a pending one, and proves it",
)

never_log = Table(
    "never_log",
    metadata,
    _uuid("account_id"),
    _uuid("id"),
    _uuid("user_id", nullable=True),
    _text("pattern"),
    _instant("added_at", now=True),
    PrimaryKeyConstraint("account_id", "id"),
    UniqueConstraint("account_id", "pattern", "user_id", postgresql_nulls_not_distinct=True),
    ForeignKeyConstraint(["account_id"], ["account.id"]),
    _belongs_to("user", "user_id", on_delete="CASCADE"),
    comment="user_id null: for the whole account",
)

person = Table(
    "person",
    metadata,
    _uuid("account_id"),
    _uuid("id"),
    _text("kind"),
    _text("name"),
    _text("family_name", nullable=True),
    _text("given_name", nullable=True),
    _text("company", nullable=True),
    _text("source", nullable=True),
    Column("as_read", JSONB(none_as_null=True), nullable=True),
    _instant("created_at", now=True),
    PrimaryKeyConstraint("account_id", "id"),
    UniqueConstraint("account_id", "id", "kind"),
    ForeignKeyConstraint(["account_id"], ["account.id"]),
    _one_of("kind", "lead", "contact"),
    Index("person_kind_ix", "account_id", "kind", "id"),
    comment="source: the mail a person was created from, in words; as_read: [name, family name,"
    " given name, company] as that mail was read: whatever differs now was changed by somebody",
)

person_email = Table(
    "person_email",
    metadata,
    _uuid("account_id"),
    _text("email"),
    _text("kind"),
    _uuid("person_id"),
    Column("position", SmallInteger, nullable=False, server_default=text("0")),
    _instant("bouncing_at", nullable=True),
    PrimaryKeyConstraint("account_id", "email", "kind"),
    ForeignKeyConstraint(
        ["account_id", "person_id", "kind"],
        ["person.account_id", "person.id", "person.kind"],
        onupdate="CASCADE",
        ondelete="CASCADE",
    ),
    Index(None, "account_id", "person_id"),
)

raw_mail = Table(
    "raw_mail",
    metadata,
    _uuid("account_id"),
    _uuid("id"),
    Column("size", BigInteger, nullable=False),
    _instant("received_at"),
    _instant("expires_at", nullable=True),
    PrimaryKeyConstraint("account_id", "id"),
    Index("raw_mail_expires_ix", "expires_at", postgresql_where=text("expires_at is not null")),
    comment="size: bytes kept, before compression; of the headers alone where only they are kept",
)

raw_chunk = Table(
    "raw_chunk",
    metadata,
    _uuid("account_id"),
    _uuid("raw_id"),
    Column("position", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
    PrimaryKeyConstraint("account_id", "raw_id", "position"),
    _belongs_to("raw_mail", "raw_id", on_delete="CASCADE"),
    comment="data: one zstd frame of at most 1 MiB of the mail",
)

thread = Table(
    "thread",
    metadata,
    _uuid("account_id"),
    _uuid("id"),
    _uuid("joined_into", nullable=True),
    PrimaryKeyConstraint("account_id", "id"),
    _belongs_to("thread", "joined_into"),
    # Always the newer into the older: two joins at once cannot make a circle.
    CheckConstraint("joined_into < id", name="newer_into_older"),
    Index(None, "account_id", "joined_into", postgresql_where=text("joined_into is not null")),
)

thread_message_id = Table(
    "thread_message_id",
    metadata,
    _uuid("account_id"),
    _text("rfc_message_id"),
    # Taken by one mail alone: of two at once that name the same Message-ID, one decides again.
    Column("position", Integer, nullable=False),
    _uuid("thread_id"),
    _text("base_subject"),
    Column("correspondents", JSONB, nullable=False),
    PrimaryKeyConstraint("account_id", "rfc_message_id", "position"),
    _belongs_to("thread", "thread_id"),
    comment="a Message-ID that a filed mail carries or refers to, and whom that mail was with",
)

message = Table(
    "message",
    metadata,
    _uuid("account_id"),
    _uuid("id"),
    Column("identity", LargeBinary, nullable=False),
    Column("variant", Integer, nullable=False, server_default=text("0")),
    Column("fingerprint_subject", LargeBinary, nullable=False),
    Column("fingerprint_text", LargeBinary, nullable=False),
    _text("rfc_message_id", nullable=True),
    _text("direction"),
    _text("subject"),
    _instant("sent_at", nullable=True),
    _instant("received_at"),
    _instant("timeline_at"),
    _text("text"),
    Column("reply_start", Integer, nullable=False),
    Column("reply_end", Integer, nullable=False),
    Column("original", JSONB(none_as_null=True), nullable=True),
    Column("has_html", Boolean, nullable=False),
    Column("automatic", Boolean, nullable=False),
    Column("notes", JSONB, nullable=False),
    _uuid("thread_id"),
    _uuid("raw_id"),
    PrimaryKeyConstraint("account_id", "id"),
    UniqueConstraint("account_id", "identity", "variant"),
    _belongs_to("thread", "thread_id"),
    _belongs_to("raw_mail", "raw_id"),
    _one_of("direction", "outgoing", "incoming"),
    Index(None, "account_id", "rfc_message_id"),
    Index(None, "account_id", "thread_id"),
    Index(None, "account_id", "raw_id"),
    comment="original: {path, confidence} of what was forwarded; null: it came itself",
)

participant = Table(
    "participant",
    metadata,
    _uuid("account_id"),
    _uuid("message_id"),
    Column("position", Integer, nullable=False),
    _text("role"),
    _text("email", nullable=True),
    _text("name", nullable=True),
    PrimaryKeyConstraint("account_id", "message_id", "position"),
    _belongs_to("message", "message_id", on_delete="CASCADE"),
    _one_of("role", "from", "to", "cc", "reply_to"),
    comment="email null: masked, it is on a never-log list",
)

part = Table(
    "part",
    metadata,
    _uuid("account_id"),
    _uuid("message_id"),
    _text("path"),
    _text("filename"),
    _text("content_type"),
    Column("size", BigInteger, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("inline", Boolean, nullable=False),
    _text("content_id", default=""),
    _text("detected_type", default=""),
    Column("decoration", Boolean, nullable=False, server_default=text("false")),
    PrimaryKeyConstraint("account_id", "message_id", "path"),
    _belongs_to("message", "message_id", on_delete="CASCADE"),
    comment="an attachment; its bytes are read out of the raw mail by path",
)

delivery = Table(
    "delivery",
    metadata,
    _uuid("account_id"),
    _uuid("id"),
    _uuid("user_id", nullable=True),
    _uuid("address_id", nullable=True),
    _text("outcome"),
    _text("reason"),
    _instant("received_at"),
    _text("authority"),
    _text("verdict"),
    _text("peer"),
    _text("helo"),
    _text("mail_from"),
    _text("suffix", default=""),
    _text("direction", nullable=True),
    _text("rfc_message_id", nullable=True),
    _text("sender", nullable=True),
    _text("subject", nullable=True),
    Column("identity", LargeBinary, nullable=False),
    Column("held_key", LargeBinary, nullable=True),
    _uuid("raw_id", nullable=True),
    _uuid("duplicate_of", nullable=True),
    _text("note", default=""),
    Column("steps", JSONB, nullable=False, server_default=text("'[]'")),
    Column("evidence", JSONB(none_as_null=True), nullable=True),
    Column("passed", JSONB, nullable=False, server_default=text("'[]'")),
    _instant("seen_at", nullable=True),
    _instant("resolved_at", nullable=True),
    _text("resolution", nullable=True),
    PrimaryKeyConstraint("account_id", "id"),
    _belongs_to("user", "user_id"),
    _belongs_to("dropbox_address", "address_id"),
    _belongs_to("raw_mail", "raw_id"),
    _belongs_to("delivery", "duplicate_of"),
    _one_of("outcome", "filed", "duplicate", "held", "skipped"),
    CheckConstraint("(resolved_at is null) = (resolution is null)", name="resolution"),
    Index(None, "account_id", "rfc_message_id"),
    Index(
        "delivery_never_log_ix",
        "account_id",
        "identity",
        postgresql_where=text("reason = 'never_log'"),
    ),
    Index(
        "delivery_raw_ix",
        "account_id",
        "raw_id",
        postgresql_where=text("raw_id is not null"),
    ),
    Index(
        "delivery_held_once_ix",
        "account_id",
        "user_id",
        "held_key",
        "reason",
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=text("outcome = 'held' and resolved_at is null"),
    ),
    Index(
        "delivery_strangers_ix",
        "account_id",
        "address_id",
        "received_at",
        postgresql_where=text("reason = 'sender_not_allowed'"),
    ),
    Index(
        "delivery_strangers_domain_ix",
        "account_id",
        text("\"substring\"(sender, '[^@]*$'::text)"),
        "received_at",
        postgresql_where=text("reason = 'sender_not_allowed'"),
    ),
    Index("delivery_user_ix", "account_id", "user_id", "id"),
    Index(
        "delivery_outcome_ix",
        "account_id",
        "outcome",
        "id",
        postgresql_where=text("outcome <> 'filed'"),
    ),
    Index(
        "delivery_undecided_ix",
        "account_id",
        "id",
        postgresql_where=text("outcome = 'held' and resolved_at is null"),
    ),
    Index(
        "delivery_seen_ix",
        "seen_at",
        postgresql_where=text("outcome = 'held' and resolved_at is null and seen_at is not null"),
    ),
    Index(
        "delivery_held_ix",
        "account_id",
        "identity",
        postgresql_where=text("outcome = 'held' and resolved_at is null"),
    ),
    Index(
        "delivery_sender_ix",
        "account_id",
        "sender",
        "id",
        postgresql_where=text("outcome = 'filed' and evidence is not null"),
    ),
    Index(
        "delivery_network_ix",
        "account_id",
        "sender",
        text("(evidence ->> 'network'::text)"),
        postgresql_where=text("outcome = 'filed' and evidence is not null"),
    ),
    comment="evidence: what was found out about where it comes from; null: nobody asked",
)

put_off = Table(
    "put_off",
    metadata,
    _uuid("account_id"),
    Column("identity", LargeBinary, nullable=False),
    _instant("first_at", now=True),
    PrimaryKeyConstraint("account_id", "identity"),
    ForeignKeyConstraint(["account_id"], ["account.id"]),
    comment="mail that waits for DNS: after an hour its sender counts as unverified",
)

capture = Table(
    "capture",
    metadata,
    _uuid("account_id"),
    _uuid("message_id"),
    _uuid("user_id"),
    _uuid("delivery_id"),
    _text("visibility"),
    _instant("captured_at"),
    Column("bcc", JSONB, nullable=False, server_default=text("'[]'")),
    _text("comment", nullable=True),
    PrimaryKeyConstraint("account_id", "message_id", "user_id"),
    _belongs_to("message", "message_id", on_delete="CASCADE"),
    _belongs_to("user", "user_id"),
    _belongs_to("delivery", "delivery_id"),
    _one_of("visibility", "team", "private"),
    Index(None, "account_id", "delivery_id"),
    comment="one filed delivery per message and user; bcc: [{name, email}], for this user's eyes;"
    " comment: what this user wrote above a forwarded original",
)

filing = Table(
    "filing",
    metadata,
    _uuid("account_id"),
    _uuid("person_id"),
    _uuid("message_id"),
    _text("email"),
    _instant("timeline_at"),
    _uuid("delivery_id"),
    PrimaryKeyConstraint("account_id", "person_id", "message_id"),
    _belongs_to("person", "person_id", on_delete="CASCADE"),
    _belongs_to("message", "message_id", on_delete="CASCADE"),
    _belongs_to("delivery", "delivery_id"),
    Index(None, "account_id", "person_id", "timeline_at", "message_id"),
    Index(None, "account_id", "message_id"),
    comment="a message on a person's timeline, and the address that put it there",
)

waiting = Table(
    "waiting",
    metadata,
    _uuid("account_id"),
    _uuid("delivery_id"),
    _text("email"),
    _text("path", default=""),
    _uuid("message_id", nullable=True),
    _text("name"),
    _text("why"),
    PrimaryKeyConstraint("account_id", "delivery_id", "email", "path"),
    _belongs_to("delivery", "delivery_id", on_delete="CASCADE"),
    _belongs_to("message", "message_id", on_delete="CASCADE"),
    Index(None, "account_id", "email"),
    Index(
        "waiting_in_part_ix",
        "account_id",
        "delivery_id",
        postgresql_where=text("message_id is not null"),
    ),
    comment="a correspondent who is nobody yet; filed when a person gains the address;"
    " path: of which attached original",
)

audit = Table(
    "audit",
    metadata,
    _uuid("account_id"),
    _uuid("id"),
    _instant("at", now=True),
    _text("actor"),
    _text("action"),
    Column("detail", JSONB, nullable=False),
    PrimaryKeyConstraint("account_id", "id"),
    ForeignKeyConstraint(["account_id"], ["account.id"]),
)
