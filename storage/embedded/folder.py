"""Our files below the data folder, and nobody else's."""

import hashlib
import os
import re
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from storage.embedded.errors import EmbeddedError

SOCKET_NAME = ".s.PGSQL.5432"
LONGEST_SOCKET_PATH = 106
PLAIN_PATH = re.compile(r"[A-Za-z0-9._/+@~-]+")


@dataclass(frozen=True, slots=True)
class Folder:
    """A data folder, absolute and free of symbolic links.

    `cluster` is Postgres' own folder; `incomplete` one that initdb has not finished. `users` is
    locked by everybody who uses the server (shared), `supervisor` by the one who runs it.
    """

    root: Path

    @property
    def cluster(self) -> Path:
        return self.root / "postgres"

    @property
    def incomplete(self) -> Path:
        return self.root / "postgres.initdb"

    @property
    def users(self) -> Path:
        return self.root / "postgres.users"

    @property
    def supervisor(self) -> Path:
        return self.root / "postgres.supervisor"

    @property
    def log(self) -> Path:
        return self.root / "postgres.log"

    @property
    def old_log(self) -> Path:
        return self.root / "postgres.log.1"

    @property
    def socket(self) -> Path:
        return self.root / "postgres.socket"

    @property
    def socket_elsewhere(self) -> Path:
        """Remembers the short folder that stands in for `socket` when our own path is too long."""
        return self.root / "postgres.socket-folder"


def locate(data_dir: str | os.PathLike[str]) -> Folder:
    """The folder at a path that need not exist yet. Raises EmbeddedError."""
    try:
        return Folder(Path(data_dir).expanduser().resolve())
    except (OSError, RuntimeError, ValueError) as error:
        raise EmbeddedError(f"data folder {os.fspath(data_dir)!r}: {_reason(error)}") from error


def create_root(folder: Folder) -> None:
    """Make the data folder, mode 0700, unless it is there. Raises EmbeddedError."""
    try:
        folder.root.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise EmbeddedError(
            f"data folder {folder.root} cannot be made: {_reason(error)}"
        ) from error


def owner(folder: Folder) -> tuple[int, int]:
    """User and group id of the data folder. Raises EmbeddedError."""
    try:
        status = folder.root.stat()
    except OSError as error:
        raise EmbeddedError(f"data folder {folder.root}: {_reason(error)}") from error
    return status.st_uid, status.st_gid


def has_cluster(folder: Folder) -> bool:
    """Whether a finished cluster is there.

    Raises EmbeddedError when its place is taken by something else, or cannot be looked at.
    """
    try:
        names = os.listdir(folder.cluster)  # noqa: PTH208 - iterdir is late to raise
    except FileNotFoundError:
        return False
    except NotADirectoryError:
        taken = folder.cluster if folder.root.is_dir() else folder.root
        raise EmbeddedError(f"{taken} is not a folder: move it away") from None
    except OSError as error:
        raise EmbeddedError(f"{folder.cluster} cannot be read: {_reason(error)}") from error
    if "PG_VERSION" in names:
        return True
    if names:
        raise EmbeddedError(f"{folder.cluster} is not a database cluster: move it away")
    return False


def open_ours(folder: Folder, path: Path, *, extra: int = 0) -> int:
    """Open one of our files for reading and writing, made (0600) if missing; a descriptor.

    Raises EmbeddedError when it cannot be opened, or is not a plain file.
    """
    # O_NONBLOCK, or a pipe in its place would hold us up.
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | extra
    try:
        descriptor = os.open(path, flags, 0o600)
    except OSError as error:
        raise EmbeddedError(f"{path} cannot be opened: {_reason(error)}") from error
    status = os.fstat(descriptor)
    # As root in a folder of somebody else, a link laid out for us could be any file.
    if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
        os.close(descriptor)
        raise EmbeddedError(f"{path} is not a plain file of ours: move it away")
    user, group = owner(folder)
    if os.geteuid() == 0 and status.st_uid == 0 and user != 0:
        os.fchown(descriptor, user, group)
    return descriptor


def socket_folder(folder: Folder, user: int, group: int) -> Path:
    """Make the folder (0700, owned by `user`) of the server's socket. Raises EmbeddedError.

    Below the data folder where that path is short and plain enough; otherwise a private folder in
    a short place, the same one as last time if it is still ours.
    """
    try:
        own = folder.socket
        if PLAIN_PATH.fullmatch(str(own)) and _short(own):
            if not _is_private(own, user):
                own.mkdir(mode=0o700, exist_ok=True)
                _give(own, user, group)
            return own
        remembered = _remembered(folder)
        if remembered is not None and _is_private(remembered, user):
            return remembered
        for place in _short_places():
            made = Path(tempfile.mkdtemp(prefix=f"bcc-dropbox-{_mark(folder)}-", dir=place))
            if _short(made):
                _give(made, user, group)
                _remember(folder, made)
                return made
            made.rmdir()
    except OSError as error:
        raise EmbeddedError(f"no folder for the socket: {_reason(error)}") from error
    raise EmbeddedError(f"{folder.root} is too long for a socket, and so is the temporary folder")


def clear_socket(socket: Path) -> None:
    """Remove the files of a server that was killed. Raises EmbeddedError."""
    try:
        for name in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
            (socket / name).unlink(missing_ok=True)
    except OSError as error:
        raise EmbeddedError(f"{socket} cannot be cleared: {_reason(error)}") from error


def forget_socket_folder(folder: Folder) -> None:
    """Remove the private folder in a short place, if there was one; the server has stopped."""
    try:
        remembered = _remembered(folder)
        if remembered is not None:
            clear_socket(remembered)
            remembered.rmdir()
            folder.socket_elsewhere.unlink()
    except (OSError, EmbeddedError):
        pass


def _short_places() -> list[str]:
    return [*dict.fromkeys((tempfile.gettempdir(), "/tmp", "/var/tmp"))]  # noqa: S108 - mkdtemp


def _short(path: Path) -> bool:
    return len(os.fsencode(path / SOCKET_NAME)) <= LONGEST_SOCKET_PATH


def _mark(folder: Folder) -> str:
    return hashlib.sha256(os.fsencode(folder.root)).hexdigest()[:8]


def _is_private(path: Path, user: int) -> bool:
    try:
        status = path.lstat()
    except OSError:
        return False
    return (
        stat.S_ISDIR(status.st_mode)
        and stat.S_IMODE(status.st_mode) == 0o700
        and status.st_uid == user
    )


def _give(path: Path, user: int, group: int) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        status = os.fstat(descriptor)
        if status.st_uid != user and status.st_uid != os.geteuid():
            raise EmbeddedError(f"{path} belongs to another user: move it away")
        os.fchmod(descriptor, 0o700)
        if status.st_uid != user:
            os.fchown(descriptor, user, group)
    finally:
        os.close(descriptor)


def _remembered(folder: Folder) -> Path | None:
    try:
        text = folder.socket_elsewhere.read_text()
    except FileNotFoundError:
        return None
    path = Path(text)
    ours = path.name.startswith(f"bcc-dropbox-{_mark(folder)}-")
    return path if ours and _short(path) else None


def _remember(folder: Folder, path: Path) -> None:
    descriptor = open_ours(folder, folder.socket_elsewhere)
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, os.fsencode(path), 0)
    finally:
        os.close(descriptor)


def _reason(error: BaseException) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)
