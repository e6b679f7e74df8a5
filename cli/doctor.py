"""`doctor`: everything that mail needs here, looked at, each with its mend."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import typer

from cli import options, output
from cli.certificate import check_certificate
from cli.check import Check, Status
from cli.mail_domain import MailDomain, is_reserved, open_resolver
from cli.ports import check_ports
from config import Settings, load
from config.values import as_text
from storage import health
from storage.database import locate
from storage.embedded import EmbeddedError, NoDatabase
from storage.errors import StorageError
from storage.health import Contents, Health, Server
from storage.migrate import head

FEW_CONNECTIONS = 10
"""Fewer than one worker opens when it is busy."""

LOW_DISK, FULL_DISK = 1 << 30, 100 << 20
SLOW_COMMIT_SECONDS = 0.5
SPILLED_AT_ONCE = 20

_PRIVATE = tuple(
    map(
        ipaddress.ip_network,
        "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 fc00::/7".split(),
    )
)
"""RFC 1918, RFC 6598 and RFC 4193."""

URL_VARIABLE = "BCC_DROPBOX_DATABASE_URL"


def doctor(as_json: options.Json = False) -> None:
    """Look at everything that mail needs here, and say how to mend what is wrong.

    Database, migrations, users, held mail, relays, folders, ports, TLS, and MX and SPF of the mail
    domain. Nothing is changed. Exits with 1 when there is a problem; warnings alone leave 0.
    """
    settings = load()
    found: list[Check] = []
    for check in examine(settings):
        found.append(check)
        if not as_json:
            output.say(" ".join(check.line.split("\n")))
            output.flush()
    worst = _worst(found)
    if as_json:
        output.document({"status": worst, "checks": [_document(one) for one in found]})
    else:
        output.say(_summary(found))
    if worst == "problem":
        raise typer.Exit(1)


def examine(settings: Settings) -> Iterator[Check]:
    """Look at one thing after the other; what goes wrong with one leaves the others alone."""
    domain = MailDomain(settings.mail_domain, open_resolver())
    reserved = is_reserved(settings.mail_domain)
    places: list[tuple[str, Callable[[], Iterator[Check]]]] = [
        ("database", partial(_database, settings)),
        ("disk", partial(_folders, settings)),
        ("ports", partial(check_ports, settings)),
        ("mail domain", partial(_mail_domain, settings, domain)),
        (
            "tls",
            # Late, for the hosts are known only then.
            lambda: check_certificate(
                settings, () if reserved else (settings.mail_domain, *domain.hosts)
            ),
        ),
    ]
    for name, look in places:
        try:
            yield from look()
        except Exception as error:  # noqa: BLE001 - a doctor does not fall ill
            seen = f"could not be looked at: {type(error).__name__}"
            yield Check.problem(name, seen, "report this, with what BCC_DROPBOX_DEBUG=1 prints")


def _worst(found: list[Check]) -> Status:
    seen = {check.status for check in found}
    return "problem" if "problem" in seen else "warning" if "warning" in seen else "ok"


def _summary(found: list[Check]) -> str:
    problems = sum(check.status == "problem" for check in found)
    warnings = sum(check.status == "warning" for check in found)
    if not problems and not warnings:
        return "All is well."
    return f"{_counted(problems, 'problem')}, {_counted(warnings, 'warning')}."


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _document(check: Check) -> dict[str, str | None]:
    return {
        "check": check.name,
        "status": check.status,
        "seen": check.seen,
        "mend": check.mend,
    }


# The database


def _database(settings: Settings) -> Iterator[Check]:
    url = settings.database_url.get_secret_value()
    where = as_text(settings.database_url) or f"embedded in {settings.data_dir}"
    try:
        with locate(url, settings.data_dir, postgres_bin=settings.postgres_bin) as place:
            found = asyncio.run(health.examine(place.url))
    except NoDatabase:
        seen = f"none in {settings.data_dir} yet"
        yield Check.problem("database", seen, f"bcc-dropbox migrate, or set {URL_VARIABLE}")
        return
    except (EmbeddedError, StorageError) as error:
        mend = f"correct BCC_DROPBOX_DATA_DIR, or set {URL_VARIABLE}"
        yield _failed("database", error, mend)
        return
    yield _reached(found.server, where)
    yield _durability(found)
    yield _connections(found.server)
    yield _migrations(found)
    if found.contents:
        yield _users(found.contents)
        yield _held(found.contents)
        yield _relays(found.contents, settings)


def _failed(name: str, error: Exception, mend: str) -> Check:
    """Say what an error says, which often names its mend itself."""
    seen, _, own_mend = str(error).partition("; mend: ")
    return Check.problem(name, seen, own_mend or mend)


def _reached(server: Server, where: str) -> Check:
    seen = f"PostgreSQL {server.version}, {_size(server.size)}, {where}"
    if server.read_only:
        return Check.problem(
            "database", f"{seen}, takes no writes", f"name the primary in {URL_VARIABLE}"
        )
    if server.encoding != "UTF8":
        return Check.problem(
            "database",
            f"{seen}, encoding {server.encoding}",
            f"create one with encoding UTF8, and name it in {URL_VARIABLE}",
        )
    return Check.ok("database", seen)


def _durability(found: Health) -> Check:
    server = found.server
    promised = (
        ("fsync", server.fsync),
        ("synchronous_commit", server.synchronous_commit),
        ("full_page_writes", server.full_page_writes),
    )
    seen = ", ".join(f"{name} {value}" for name, value in promised)
    if found.commit_seconds is not None:
        seen = f"{seen}, a commit takes {found.commit_seconds * 1000:.0f} ms"
    # Some file systems write pages whole by themselves; nothing stands in for the other two.
    if wrong := [name for name, value in promised[:2] if value == "off"]:
        return Check.problem(
            "durability",
            f"{seen}: a crash loses mail",
            f"turn {' and '.join(wrong)} on in Postgres",
        )
    if server.full_page_writes == "off":
        return Check.warning(
            "durability", seen, "turn full_page_writes on, unless the file system is ZFS or alike"
        )
    if found.commit_seconds is not None and found.commit_seconds > SLOW_COMMIT_SECONDS:
        return Check.warning("durability", seen, "look at the load of the database's disk")
    return Check.ok("durability", seen)


def _connections(server: Server) -> Check:
    seen = f"{server.connections_left} left"
    if server.connections_left < FEW_CONNECTIONS:
        return Check.warning("connections", seen, "raise max_connections there, or close others")
    return Check.ok("connections", seen)


def _migrations(found: Health) -> Check:
    if found.schema_error:
        return _failed("migrations", found.schema_error, "bcc-dropbox migrate")
    return Check.ok("migrations", f"at {head()}")


def _users(contents: Contents) -> Check:
    if not contents.users:
        return Check.warning("users", "none yet", "bcc-dropbox user add EMAIL --name NAME")
    seen = _counted(contents.users, "user")
    if contents.suspended:
        return Check.warning(
            "users",
            f"{seen}; all are suspended in {', '.join(contents.suspended)}",
            "bcc-dropbox user resume EMAIL",
        )
    return Check.ok("users", seen)


def _held(contents: Contents) -> Check:
    if contents.unseen_since is None:
        return Check.ok("held mail", f"none that nobody has seen for {health.UNSEEN_DAYS} days")
    since = output.at(contents.unseen_since)
    return Check.warning(
        "held mail",
        f"{_counted(contents.unseen, 'mail')} seen by nobody, the oldest since {since} UTC",
        "bcc-dropbox held list",
    )


def _relays(contents: Contents, settings: Settings) -> Check:
    """A mail server of one's own that is not named as one is judged as if it were the sender."""
    unnamed = [peer for peer in contents.peers if _is_inside(peer, settings)]
    if not unnamed:
        return Check.ok("relays", "none in a private network that is taken for a sender")
    more = f" and {len(unnamed) - 1} more" if len(unnamed) > 1 else ""
    return Check.warning(
        "relays",
        f"mail comes from {unnamed[0]}{more}, in a private network, and is judged as if that were "
        "its sender",
        "name it in BCC_DROPBOX_TRUSTED_NETWORKS if it passes mail on",
    )


def _is_inside(peer: str, settings: Settings) -> bool:
    address = ipaddress.ip_address(peer)
    address = getattr(address, "ipv4_mapped", None) or address
    trusted = any(address in network for network in settings.trusted_networks)
    return not trusted and any(address in network for network in _PRIVATE)


# Folders


def _folders(settings: Settings) -> Iterator[Check]:
    if not settings.database_url.get_secret_value() and settings.data_dir.is_dir():
        yield _room("disk", settings.data_dir, LOW_DISK, FULL_DISK)
    yield _spill(settings)


def _spill(settings: Settings) -> Check:
    folder = settings.spill_dir
    mend = "give it to the daemon's user, or set BCC_DROPBOX_SPILL_DIR"
    if not folder.exists():
        above = next(one for one in folder.parents if one.exists())
        if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
            return Check.problem("spill folder", f"{folder} cannot be made in {above}", mend)
        folder = above
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"\0" * 4096)
    except OSError as error:
        return Check.problem("spill folder", f"{folder}: {error.strerror}", mend)
    largest = settings.max_message_bytes
    return _room("spill folder", folder, SPILLED_AT_ONCE * largest, largest)


def _room(name: str, folder: Path, low: int, full: int) -> Check:
    free = shutil.disk_usage(folder).free
    seen = f"{folder} has {_size(free)} left"
    if free < full:
        return Check.problem(name, seen, "make room there; mail is put off meanwhile")
    if free < low:
        return Check.warning(name, seen, "make room there")
    return Check.ok(name, seen)


def _size(number: float) -> str:
    for unit in ("bytes", "kB", "MB", "GB"):
        if number < 1024:
            return f"{number:.0f} {unit}"
        number /= 1024
    return f"{number:.1f} TB"


# The mail domain


def _mail_domain(settings: Settings, domain: MailDomain) -> Iterator[Check]:
    if is_reserved(settings.mail_domain):
        seen = f"{settings.mail_domain} is a name for trials: nobody outside can send to it"
        yield Check.warning("mx", seen, "set BCC_DROPBOX_MAIL_DOMAIN to a domain of yours")
        return
    yield domain.check_mx()
    yield domain.check_spf()
