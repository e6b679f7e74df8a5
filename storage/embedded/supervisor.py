"""The process that runs Postgres for as long as somebody uses it.

It outlives whoever started it, and never more than one runs on a data folder: it inherits the
`supervisor` lock from its starter. It has a single thread, which matters to the death signal and
to what happens between fork and exec.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path

from storage.embedded import cluster, processes
from storage.embedded.binaries import Binaries
from storage.embedded.errors import EmbeddedError
from storage.embedded.folder import (
    Folder,
    clear_socket,
    forget_socket_folder,
    has_cluster,
    open_ours,
    owner,
    socket_folder,
)
from storage.embedded.handshake import Refused, answers
from storage.embedded.identity import Identity, choose
from storage.embedded.locks import Stage, State, try_lock, unlock, write_state
from storage.embedded.log import last_word, open_log, trim

LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1
SIGNALS = {signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
POLL_SECONDS = 0.1
STARTING_POLL_SECONDS = 0.01
PATIENCE_ON_SIGTERM_SECONDS = 10.0
FAST_STOP_SECONDS = 60.0


class Leave(Exception):
    """Time to stop Postgres and go."""


class Supervisor:
    """Runs one Postgres. `lock` is the inherited lock; `linger` the seconds to stay unused."""

    def __init__(self, folder: Folder, binaries: Binaries, lock: int, linger: float) -> None:
        self._folder = folder
        self._binaries = binaries
        self._lock = lock
        self._linger = linger
        self._run = f"{os.getpid()}.{time.time_ns()}"
        self._users = open_ours(folder, folder.users)
        self._log = open_log(folder)
        self._child: subprocess.Popen[bytes] | None = None
        self._unused_since: float | None = None
        self._leave_at: float | None = None
        self._trimmed_at = 0.0

    def serve(self) -> None:
        """Run Postgres until nobody uses it any more. Raises EmbeddedError when it cannot."""
        try:
            self._say("starting")
            self._await_quiet()
            cluster.remove_incomplete(self._folder)
            identity = choose(self._folder, self._binaries)
            if not has_cluster(self._folder):
                cluster.make(self._folder, self._binaries, identity, self._run_to_end)
            socket = socket_folder(self._folder, identity.user, identity.group)
            while True:
                child = self._start(identity, socket)
                self._say("ready", socket=str(socket))
                self._watch(child)
                self._say("starting")
                self._await_quiet()
        except Leave:
            self._say("stopping")
        except (EmbeddedError, Refused) as error:
            self._stop()
            self._say("failed", error=str(error))
            raise
        finally:
            self._stop()
            forget_socket_folder(self._folder)
            with contextlib.suppress(EmbeddedError):
                cluster.remove_incomplete(self._folder)

    def _say(self, stage: Stage, *, socket: str = "", error: str = "") -> None:
        if stage in ("starting", "ready") and self._leave_at is not None:
            return
        write_state(self._lock, State(stage=stage, run=self._run, socket=socket, error=error))

    def _tick(self, timeout: float) -> None:
        """Wait for a signal or the time; raises Leave when the server is not wanted any more."""
        received = signal.sigtimedwait(SIGNALS, timeout)
        now = time.monotonic()
        if received is not None and received.si_signo in (signal.SIGTERM, signal.SIGINT):
            if self._leave_at is not None:
                raise Leave
            # When the whole machine stops, the daemon beside us is still draining.
            self._leave_at = now + PATIENCE_ON_SIGTERM_SECONDS
            self._say("stopping")
        if self._leave_at is not None and now >= self._leave_at:
            raise Leave
        if self._folder_is_gone():
            raise Leave
        if not try_lock(self._users):
            self._unused_since = None
        else:
            if self._unused_since is None:
                self._unused_since = now
            hurried = self._leave_at is not None or os.fstat(self._users).st_size > 0
            if hurried or now - self._unused_since >= self._linger:
                # Still locked: newcomers wait until we are gone.
                raise Leave
            unlock(self._users)
        if now - self._trimmed_at >= 1.0:
            self._trimmed_at = now
            trim(self._folder, self._log)

    def _folder_is_gone(self) -> bool:
        try:
            there = self._folder.supervisor.stat()
        except OSError:
            return True
        held = os.fstat(self._lock)
        return (there.st_dev, there.st_ino) != (held.st_dev, held.st_ino)

    def _spawn(self, command: list[str], stdin: int) -> subprocess.Popen[bytes]:
        parent = os.getpid()

        def before_exec() -> None:
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGINT)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
            if os.getppid() != parent:
                os._exit(1)

        kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH", "TZ") if name in os.environ}
        try:
            return subprocess.Popen(  # noqa: S603 - Postgres, with our own options
                command,
                stdin=stdin,
                stdout=self._log,
                stderr=self._log,
                cwd="/",
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", **kept},
                start_new_session=True,
                preexec_fn=before_exec,  # noqa: PLW1509 - a single thread, see above
            )
        except OSError as error:
            raise EmbeddedError(f"{command[0]} does not run: {error.strerror}") from error

    def _run_to_end(self, command: list[str], text: bytes) -> None:
        since = os.fstat(self._log).st_size
        reader, writer = os.pipe2(os.O_CLOEXEC)
        with os.fdopen(writer, "wb") as pipe:
            try:
                child = self._child = self._spawn(command, reader)
            finally:
                os.close(reader)
            with contextlib.suppress(BrokenPipeError):
                pipe.write(text)
                pipe.flush()
        while child.poll() is None:
            self._tick(STARTING_POLL_SECONDS)
        if child.returncode != 0:
            raise EmbeddedError(self._failure("making the database failed", child, since))
        self._child = None

    def _start(self, identity: Identity, socket: Path) -> subprocess.Popen[bytes]:
        """Start the server and wait until it is ready, however long it recovers from a crash."""
        # Its lock names a process number, which may by now belong to any other process.
        clear_socket(socket)
        since = os.fstat(self._log).st_size
        command = cluster.server_command(self._folder, self._binaries, identity, socket)
        child = self._child = self._spawn(command, subprocess.DEVNULL)
        while not (cluster.says_ready(self._folder, child.pid) and answers(socket)):
            if child.poll() is not None:
                if self._leave_at is not None:
                    raise Leave
                raise EmbeddedError(self._failure("Postgres did not start", child, since))
            self._tick(STARTING_POLL_SECONDS)
        return child

    def _watch(self, child: subprocess.Popen[bytes]) -> None:
        """Return when Postgres has died on its own."""
        began = time.monotonic()
        while child.poll() is None:
            self._tick(POLL_SECONDS)
        if self._leave_at is not None:
            raise Leave
        while time.monotonic() - began < 1.0:
            self._tick(POLL_SECONDS)

    def _await_quiet(self) -> None:
        """Wait for what a killed supervisor or postmaster left running on our folders.

        Raises EmbeddedError when a server that is not ours runs there.
        """
        began = time.monotonic()
        sent: set[tuple[int, signal.Signals]] = set()
        folders = (self._folder.cluster, self._folder.incomplete)
        while left := [(p, f) for f in folders for p in processes.working_on(f)]:
            waited = time.monotonic() - began
            for process, folder in left:
                if not process.ours and folder == self._folder.cluster:
                    raise EmbeddedError(
                        f"a Postgres that we did not start (process {process.pid}) runs on "
                        f"{folder}: stop it first"
                    )
                number = _pressure(process, waited)
                if number is not None and (process.pid, number) not in sent:
                    sent.add((process.pid, number))
                    processes.send(process, folder, number)
            self._tick(STARTING_POLL_SECONDS)
        try:
            # Its number may by now belong to any other process, which Postgres would believe.
            (self._folder.cluster / "postmaster.pid").unlink(missing_ok=True)
        except NotADirectoryError:
            pass
        except OSError as error:
            raise EmbeddedError(f"{self._folder.cluster}: {error.strerror}") from error

    def _stop(self) -> None:
        """End the child, gently at first: a server's last checkpoint may take its time."""
        if self._child is None or self._child.poll() is not None:
            return
        self._child.send_signal(signal.SIGINT)
        began = time.monotonic()
        quick = self._folder_is_gone()
        while self._child.poll() is None:
            if quick or time.monotonic() - began > FAST_STOP_SECONDS:
                self._child.send_signal(signal.SIGQUIT)
                quick, began = False, time.monotonic()
            signal.sigtimedwait(SIGNALS, STARTING_POLL_SECONDS)

    def _failure(self, what: str, child: subprocess.Popen[bytes], since: int) -> str:
        why = last_word(self._log, since) or f"it ended with {child.returncode}"
        return f"{what}: {why} (log: {self._folder.log})"


def _pressure(process: processes.PostgresProcess, waited: float) -> signal.Signals | None:
    """What to send to a leftover process after so many seconds of waiting for it."""
    if process.postmaster:
        if waited > 30:
            return signal.SIGKILL
        return signal.SIGQUIT if waited > 10 else signal.SIGINT
    # Without a postmaster only crash recovery is left to come: nothing is gained by patience.
    if waited > 2:
        return signal.SIGKILL
    return signal.SIGQUIT if waited > 0.5 else None


def main(arguments: list[str]) -> int:
    """`python -m storage.embedded DATA_DIR BINARIES MAJOR LOCK LINGER`, run by `attach` alone."""
    if len(arguments) != 5:
        sys.stderr.write("bcc-dropbox starts this by itself\n")
        return 2
    root, programs, major, descriptor, linger = arguments
    # Our starter waits for the process it knows, so that we are nobody's child and no zombie.
    if os.fork():
        os._exit(0)
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    for number in SIGNALS:
        # A starter in the background may ignore some, and Postgres would inherit that.
        signal.signal(number, signal.SIG_DFL)
    os.umask(0o077)
    folder, lock = Folder(Path(root)), int(descriptor)
    os.set_inheritable(lock, False)
    status = 1
    try:
        owner(folder)
        binaries = Binaries(Path(programs), int(major))
        Supervisor(folder, binaries, lock, float(linger)).serve()
        status = 0
    except (EmbeddedError, Refused) as error:
        sys.stderr.write(f"supervisor: error: {error}\n")
    except Exception as error:  # noqa: BLE001 - whoever waits must hear of it
        traceback.print_exc()
        line = f"the supervisor of Postgres failed: {error!r} (log: {folder.log})"
        write_state(lock, State(stage="failed", run=f"{os.getpid()}.{time.time_ns()}", error=line))
    sys.stderr.flush()
    # Both locks go with the process, not before it.
    os._exit(status)
