"""Where mail comes from: evidence, the accounts' policy, codes of pending senders."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"

_COMMENTS = {
    "account": "key: for the keyed hashes of mail that must not be kept; authentication null: as"
    " set for the installation",
    "delivery": "evidence: what was found out about where it comes from; null: nobody asked",
    "allowed_sender": "further sender addresses; the primary one is the user''s own and takes no"
    " slot; code: SHA-256 of what was mailed to a pending one, and proves it",
    "put_off": "mail that waits for DNS: after an hour its sender counts as unverified",
}


def upgrade() -> None:
    """Add columns that are null and tables that are empty: older daemons go on beside them."""
    op.execute("""
        ALTER TABLE account ADD COLUMN authentication TEXT,
            ADD CONSTRAINT account_authentication_check
            CHECK ("authentication" in ('off', 'flag', 'hold_forged', 'require'))
    """)
    op.execute("ALTER TABLE delivery ADD COLUMN evidence JSONB")
    op.execute("""
        CREATE INDEX delivery_sender_ix ON delivery (account_id, sender, id)
        WHERE outcome = 'filed' and evidence is not null
    """)
    op.execute("""
        CREATE INDEX delivery_network_ix
        ON delivery (account_id, sender, (evidence ->> 'network'::text))
        WHERE outcome = 'filed' and evidence is not null
    """)
    op.execute("""
        ALTER TABLE allowed_sender ADD COLUMN code BYTEA,
            ADD COLUMN code_until TIMESTAMP WITH TIME ZONE
    """)
    op.execute("""
        CREATE TABLE put_off (
            account_id UUID NOT NULL,
            identity BYTEA NOT NULL,
            first_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
            CONSTRAINT put_off_pkey PRIMARY KEY (account_id, identity),
            CONSTRAINT put_off_account_id_fkey FOREIGN KEY(account_id) REFERENCES account (id)
        )
    """)
    for table, comment in _COMMENTS.items():
        op.execute(f"COMMENT ON TABLE {table} IS '{comment}'")
