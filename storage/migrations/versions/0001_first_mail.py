"""Everything that the first mail needs: all tables, and the views for people's own SQL.

Written out as SQL, since `storage.tables` goes on changing and this may not.
"""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create it all, in the transaction of whoever migrates."""
    connection = op.get_bind().connection
    for part in ("tables", "views"):
        script = Path(__file__).with_name(f"0001_{part}.sql").read_text("utf-8")
        connection.run_async(lambda driver, script=script: driver.execute(script))
