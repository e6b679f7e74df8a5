"""What attachments really are, which are decoration, and a view in which repeated files show."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add columns that older daemons leave alone; `reprocess` fills them for older mail."""
    op.execute("""
        ALTER TABLE part ADD COLUMN detected_type TEXT DEFAULT '' NOT NULL,
            ADD COLUMN decoration BOOLEAN DEFAULT false NOT NULL
    """)
    op.execute("""
        CREATE INDEX thread_account_id_joined_into_ix ON thread (account_id, joined_into)
        WHERE joined_into IS NOT NULL
    """)
    op.execute("""
        CREATE VIEW attachments AS
        SELECT t.account, t.person_id, t.message_id, t.thread_id, t.at, p.path, p.filename,
            p.content_type, p.detected_type, p.size, p.inline, p.decoration,
            row_number() OVER (
                PARTITION BY t.account_id, t.person_id, t.thread_id, p.sha256
                ORDER BY t.at, t.message_id, p.path) > 1 AS repeated,
            encode(p.sha256, 'hex') AS sha256, t.account_id
        FROM timeline t
        JOIN part p ON p.account_id = t.account_id AND p.message_id = t.message_id
        WHERE t.visibility = 'team'
    """)
