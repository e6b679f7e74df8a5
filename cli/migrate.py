"""`migrate`: the database brought to the schema of this version."""

from __future__ import annotations

import asyncio

from cli import output
from config import load
from storage.database import locate
from storage.migrate import upgrade


def migrate() -> None:
    """Bring the database to this version's schema; makes the embedded one if there is none."""
    settings = load()
    url = settings.database_url.get_secret_value()
    with locate(url, settings.data_dir, postgres_bin=settings.postgres_bin, create=True) as place:
        before, after = asyncio.run(upgrade(place.url))
    if before == after:
        output.say(f"The database is at {after} already.")
    else:
        output.say(f"The database was migrated from {before or 'nothing'} to {after}.")
