"""Sockets: the SMTP dialogue, the bulk DATA reader, limits, listeners.

The only place that imports aiosmtpd. `server.Server` is the way in.
"""
