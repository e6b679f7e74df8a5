"""Bytes to `Message`. Pure: no socket, no database, no clock, and no exception for any input."""
