from tests.wire.conftest import certificate, events, make_certificate, quiet, serve, wire

__all__ = ["certificate", "events", "make_certificate", "quiet", "serve", "wire"]
