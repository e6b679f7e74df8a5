"""Making a database cluster, and the command that serves it."""

import os
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from storage.embedded.binaries import Binaries
from storage.embedded.errors import EmbeddedError
from storage.embedded.folder import Folder
from storage.embedded.identity import Identity
from storage.embedded.processes import OUR_NAME

Run = Callable[[list[str], bytes], None]
"""Runs a command with this input to its end; raises EmbeddedError when it fails."""

DEFAULTS = """
# bcc-dropbox: defaults, yours to change. What must hold stands on the server's command line.
max_connections = 200
shared_buffers = 128MB
timezone = 'UTC'
log_timezone = 'UTC'
log_checkpoints = off
# Nothing outside this folder: /dev/shm is small in containers, and keeps what a kill -9 leaves.
dynamic_shared_memory_type = mmap
# Rows and statements hold people's mail and secret addresses: the log names neither.
log_error_verbosity = terse
log_min_error_statement = panic
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
"""
REMOVALS = 20
FIRST_STATEMENTS = b"""CREATE ROLE dropbox LOGIN CREATEDB;
CREATE DATABASE dropbox OWNER dropbox;
"""


def version(folder: Folder) -> int:
    """Major version of the Postgres that made the cluster. Raises EmbeddedError."""
    try:
        text = (folder.cluster / "PG_VERSION").read_text(errors="replace")
    except OSError as error:
        raise EmbeddedError(f"{folder.cluster} cannot be read: {error.strerror}") from error
    found = re.match(r"\d+", text)
    if not found:
        raise EmbeddedError(f"{folder.cluster}/PG_VERSION names no version of PostgreSQL")
    return int(found.group())


def make(folder: Folder, binaries: Binaries, identity: Identity, run: Run) -> None:
    """Make the cluster with its role and database, wholly or not at all. Raises EmbeddedError."""
    side = folder.incomplete
    try:
        side.mkdir(mode=0o700)
        if identity.user != os.geteuid():
            os.chown(side, identity.user, identity.group, follow_symlinks=False)
        run(
            [*identity.prefix, binaries.initdb, "-D", str(side), "--encoding=UTF8", "--no-locale",
             "-U", "postgres", "--auth=trust", "--no-instructions"],
            b"",
        )  # fmt: skip
        with (side / "postgresql.conf").open("a") as settings:
            settings.write(DEFAULTS)
        run(
            [*identity.prefix, binaries.postgres, "--single", "-D", str(side),
             "-c", "exit_on_error=true", "postgres"],
            FIRST_STATEMENTS,
        )  # fmt: skip
        _sync(side / "postgresql.conf")
        _sync(side)
        side.rename(folder.cluster)
        _sync(folder.root)
    except OSError as error:
        raise EmbeddedError(f"{side} cannot be made: {error.strerror}") from error


def remove_incomplete(folder: Folder) -> None:
    """Remove what a killed initdb left behind. Raises EmbeddedError."""
    side = folder.incomplete
    failed: OSError | None = None
    for _ in range(REMOVALS):
        if not os.path.lexists(side):
            return
        try:
            shutil.rmtree(side)
        except OSError as error:
            # An interrupted initdb tidies up at the same time.
            failed = error
            time.sleep(0.05)
    if failed is not None:
        raise EmbeddedError(f"{side} cannot be removed: {failed.strerror}") from failed


def server_command(
    folder: Folder, binaries: Binaries, identity: Identity, socket: Path
) -> list[str]:
    """The command of the server: no TCP, a private socket, every commit on disk."""
    must_hold = (
        OUR_NAME,
        "listen_addresses=",
        "port=5432",
        "unix_socket_permissions=0700",
        "fsync=on",
        "synchronous_commit=on",
        "full_page_writes=on",
        "logging_collector=off",
        "log_destination=stderr",
    )
    options = [word for setting in must_hold for word in ("-c", setting)]
    command = [binaries.postgres, "-D", str(folder.cluster), "-k", str(socket), *options]
    return [*identity.prefix, *command]


def says_ready(folder: Folder, postmaster: int) -> bool:
    """Whether this very postmaster has written that it is ready."""
    try:
        lines = (folder.cluster / "postmaster.pid").read_text(errors="replace").splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[0] == str(postmaster) and lines[7].strip() == "ready"


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
