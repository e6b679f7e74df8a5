"""Settings and logging: what an installation may choose, read once by every command."""

from config.logging import configure as configure_logging
from config.settings import ConfigError, SettingRow, Settings, describe, load

__all__ = ["ConfigError", "SettingRow", "Settings", "configure_logging", "describe", "load"]
