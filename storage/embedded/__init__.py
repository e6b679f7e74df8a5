"""A Postgres of our own below the data folder, for whoever has none."""

from storage.embedded.errors import EmbeddedError, NoDatabase
from storage.embedded.server import Server, attach

__all__ = ["EmbeddedError", "NoDatabase", "Server", "attach"]
