import asyncio
import shutil
import subprocess
from ipaddress import ip_network

import pytest
import structlog
import uvloop

from dropbox.metrics import CONNECTIONS, IN_FLIGHT
from dropbox.wire.listeners import bind
from dropbox.wire.settings import WireSettings
from dropbox.wire.tls import Certificate
from tests.wire.transcript import Wire


def pytest_asyncio_loop_factories():
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest.fixture(autouse=True)
def quiet():
    """What the wire logs, as a list of events."""
    with structlog.testing.capture_logs() as events:
        yield events


@pytest.fixture
def events(quiet):
    return quiet


@pytest.fixture
async def serve(tmp_path):
    """Start a server: `wire = await serve(max_message_bytes=1000)`."""
    started = []
    spill = tmp_path / "spill"
    spill.mkdir()

    async def start(*listeners, certificate=None, **settings):
        defaults = {
            "hostname": "mx.test",
            "spill_dir": spill,
            "trusted_networks": (ip_network("127.0.0.0/8"), ip_network("::1/128")),
            "linger": 60.0,
        }
        wire = Wire(WireSettings(**(defaults | settings)), certificate)
        await wire.start(*(listeners or bind("127.0.0.1:0")))
        started.append(wire)
        return wire

    yield start
    for wire in started:
        await wire.stop()
        assert wire.context().memory.used == 0
        assert wire.server.open_connections == 0
        assert [*wire.counted(IN_FLIGHT), *wire.counted(CONNECTIONS)] == []


@pytest.fixture
async def wire(serve):
    return await serve()


@pytest.fixture(scope="session")
def make_certificate(tmp_path_factory):
    """Make a self-signed certificate: `cert, key = make_certificate("name")`."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl command to make a certificate with")
    folder = tmp_path_factory.mktemp("certificates")

    def make(name):
        cert, key = folder / f"{name}.pem", folder / f"{name}.key"
        subject = ["-subj", f"/CN={name}", "-days", "2", "-nodes"]
        curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
        command = [
            openssl,
            "req",
            "-x509",
            *curve,
            *subject,
            "-keyout",
            str(key),
            "-out",
            str(cert),
        ]
        subprocess.run(command, check=True, capture_output=True)
        return cert, key

    return make


@pytest.fixture
def certificate(make_certificate):
    return Certificate(*make_certificate("mx.test"))
