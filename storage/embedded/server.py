"""Using the embedded server: attach to the one that runs, or start it."""

import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from storage.embedded import binaries, cluster
from storage.embedded.errors import EmbeddedError, NoDatabase
from storage.embedded.folder import Folder, create_root, has_cluster, locate, open_ours
from storage.embedded.handshake import Refused, answers
from storage.embedded.identity import check_owner
from storage.embedded.locks import read_state, try_lock, unlock, write_state
from storage.embedded.log import last_word, open_log

POLL_SECONDS = 0.01
SILENCE_SECONDS = 60.0
STRANGER_POLLS = 200
MOST_STARTS = 3

_private: set[int] = set()
"""Descriptors that stand for a lock: a forked child would keep it alive unknowingly."""


def _close_private() -> None:
    for descriptor in _private:
        os.close(descriptor)
    _private.clear()


os.register_at_fork(after_in_child=_close_private)


class Server:
    """A running Postgres that stays for as long as this is attached, or its process lives.

    `url` suits asyncpg and libpq; `socket_dir` is the folder of its socket; `started` tells
    whether this attaching started it. A context manager that detaches. After a fork the child
    has the `url` but keeps no server alive: let it attach on its own.
    """

    def __init__(self, folder: Folder, users: int, join: "_Join", socket_dir: Path) -> None:
        self._folder = folder
        self._users: int | None = users
        self._pid = os.getpid()
        self._join = join
        self.socket_dir = socket_dir
        self.started = join.started

    @property
    def url(self) -> str:
        """`postgresql://dropbox@/dropbox?host=<folder of the socket>`."""
        return f"postgresql://dropbox@/dropbox?host={quote(str(self.socket_dir))}"

    def ensure_running(self) -> None:
        """Start the server again if it was killed; takes milliseconds when it runs.

        Only for long-lived users whose connections broke. Raises EmbeddedError.
        """
        if self._users is None or self._pid != os.getpid():
            raise EmbeddedError("detached from the embedded Postgres")
        self.socket_dir = self._join.until_ready()

    def detach(self, *, wait: bool = False) -> None:
        """Let go of the server; the last one out has it stopped, a moment later.

        With `wait` it is stopped at once if nobody else uses it, and is gone when this returns.
        Detaching twice is fine.
        """
        users, self._users = self._users, None
        if users is None or self._pid != os.getpid():
            return
        if wait:
            os.pwrite(users, b"stop", 0)
        unlock(users)
        _close(users)
        if wait:
            _await_end(self._folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.detach()


def attach(
    data_dir: str | os.PathLike[str],
    *,
    postgres_bin: str | os.PathLike[str] | None = None,
    create: bool,
    linger: float = 1.0,
) -> Server:
    """Attach to the embedded Postgres below `data_dir`, starting it if it does not run. Blocks.

    `postgres_bin` is a folder of Postgres binaries (default: the wheel's, else the system's).
    With `create` a missing database is made; without it NoDatabase is raised, and nothing is
    touched. A server started here stays `linger` seconds after its last user. Every failure is an
    EmbeddedError with one clear line; an interrupt leaves nothing half done.
    """
    if platform.system() != "Linux":
        raise EmbeddedError(
            "the embedded Postgres runs on Linux only: set BCC_DROPBOX_DATABASE_URL"
        )
    if postgres_bin is not None:
        postgres_bin = binaries.check_setting(postgres_bin)
    folder = locate(data_dir)
    if create:
        create_root(folder)
    if not has_cluster(folder) and not create and not os.path.lexists(folder.supervisor):
        raise _no_database(folder)
    users = _open(folder, folder.users)
    try:
        _share(folder, users)
        join = _Join(folder, postgres_bin, create=create, linger=linger)
        return Server(folder, users, join, join.until_ready())
    except BaseException as error:
        _close(users)
        if isinstance(error, OSError):
            raise EmbeddedError(f"data folder {folder.root}: {error.strerror}") from error
        raise


class _Join:
    """Waits for the server of a folder whose `users` lock we hold, starting it where need be."""

    def __init__(
        self,
        folder: Folder,
        postgres_bin: str | os.PathLike[str] | None,
        *,
        create: bool,
        linger: float,
    ) -> None:
        self._folder = folder
        self._postgres_bin = postgres_bin
        self._create = create
        self._linger = linger
        self.started = False

    def until_ready(self) -> Path:
        """The folder of the socket of a server that answers. Raises EmbeddedError."""
        lock = _open(self._folder, self._folder.supervisor)
        starts = 0
        before = read_state(lock)
        silent_since = time.monotonic()
        try:
            while True:
                if try_lock(lock):
                    said = read_state(lock)
                    if said is not None and said.stage == "failed" and said != before:
                        raise EmbeddedError(said.error)
                    if starts == MOST_STARTS:
                        raise EmbeddedError(
                            f"the supervisor of Postgres was killed (log: {self._folder.log})"
                        )
                    starts += 1
                    self._start(lock)
                    _close(lock)
                    lock = _open(self._folder, self._folder.supervisor)
                    before, silent_since = None, time.monotonic()
                    continue
                said = read_state(lock)
                if said is not None:
                    silent_since = time.monotonic()
                    if said.stage == "ready" and answers(Path(said.socket)):
                        return Path(said.socket)
                elif time.monotonic() - silent_since > SILENCE_SECONDS:
                    raise _locked(self._folder)
                time.sleep(POLL_SECONDS)
        except Refused as error:
            raise EmbeddedError(f"the embedded Postgres refuses us: {error}") from error
        finally:
            _close(lock)

    def _start(self, lock: int) -> None:
        """Start a supervisor, which takes over the lock we hold."""
        folder = self._folder
        made = has_cluster(folder)
        if not made and not self._create:
            raise _no_database(folder)
        version = None
        if made:
            check_owner(folder)
            version = cluster.version(folder)
        programs = binaries.find(self._postgres_bin, version)
        write_state(lock, None)
        home = str(Path(__file__).resolve().parents[2])
        paths = [home, *filter(None, [os.environ.get("PYTHONPATH")])]
        log = open_log(folder)
        try:
            since = os.fstat(log).st_size
            supervisor = subprocess.Popen(  # noqa: S603 - ourselves
                [sys.executable, "-P", "-m", "storage.embedded", str(folder.root),
                 str(programs.folder), str(programs.major), str(lock), str(self._linger)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
                start_new_session=True,
                pass_fds=[lock],
            )  # fmt: skip
            if supervisor.wait() != 0:
                why = last_word(log, since) or f"it ended with {supervisor.returncode}"
                raise EmbeddedError(f"the supervisor of Postgres did not start: {why}")
        except OSError as error:
            raise EmbeddedError(
                f"the supervisor of Postgres did not start: {error.strerror}"
            ) from error
        finally:
            os.close(log)
        self.started = True


def _share(folder: Folder, users: int) -> None:
    """Become a user; waits while a supervisor is stopping the server."""
    unwatched = 0
    lock: int | None = None
    try:
        while not try_lock(users, shared=True):
            if lock is None:
                lock = _open(folder, folder.supervisor)
            if try_lock(lock):
                unlock(lock)
                unwatched += 1
                if unwatched > STRANGER_POLLS:
                    raise _locked(folder)
            else:
                unwatched = 0
            time.sleep(POLL_SECONDS)
    finally:
        if lock is not None:
            _close(lock)
    if os.fstat(users).st_size:
        os.ftruncate(users, 0)


def _await_end(folder: Folder) -> None:
    """Wait until the server has stopped, or is seen to be used by somebody else."""
    lock = _open(folder, folder.supervisor)
    users = _open(folder, folder.users)
    try:
        used = 0
        while used < 3:
            if try_lock(lock):
                return
            said = read_state(lock)
            if try_lock(users):
                unlock(users)
                used = 0
            elif said is None or said.stage != "stopping":
                used += 1
            time.sleep(POLL_SECONDS)
    finally:
        _close(users)
        _close(lock)


def _open(folder: Folder, path: Path) -> int:
    descriptor = open_ours(folder, path)
    _private.add(descriptor)
    return descriptor


def _close(descriptor: int) -> None:
    if descriptor in _private:
        _private.discard(descriptor)
        os.close(descriptor)


def _no_database(folder: Folder) -> NoDatabase:
    return NoDatabase(
        f"no database in {folder.root} yet: make one with `make run` or `bcc-dropbox migrate`, "
        "or set BCC_DROPBOX_DATA_DIR"
    )


def _locked(folder: Folder) -> EmbeddedError:
    return EmbeddedError(f"data folder {folder.root} is locked by another program")
