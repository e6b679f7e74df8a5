"""Postgres: tables, migrations, the ledger that writes mail, and what commands read and change."""
