"""As whom Postgres runs: it refuses to be root, and wants to own its folder."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass

from storage.embedded.binaries import Binaries
from storage.embedded.errors import EmbeddedError
from storage.embedded.folder import Folder, has_cluster, owner

NOBODY = 65534
# Folders such as /root are closed to others; Postgres asks access(2) too, hence the secure bit.
PASS_ANYWHERE = (
    "--inh-caps=+dac_override",
    "--ambient-caps=+dac_override",
    "--securebits=+no_setuid_fixup",
)


@dataclass(frozen=True, slots=True)
class Identity:
    """Owner of Postgres' files, as seen from outside, and the words before each of its commands."""

    user: int
    group: int
    prefix: tuple[str, ...] = ()


def check_owner(folder: Folder) -> None:
    """Raise EmbeddedError when the cluster is somebody else's, and we are not root."""
    user = folder.cluster.stat().st_uid
    if os.geteuid() not in (0, user):
        raise EmbeddedError(
            f"{folder.cluster} belongs to {_name(user)}, and this is {_name(os.geteuid())}: "
            "run as that user, or set BCC_DROPBOX_DATA_DIR to another folder"
        )


def choose(folder: Folder, binaries: Binaries) -> Identity:
    """As whom to run Postgres on this data folder. Raises EmbeddedError when nobody will do."""
    user, group = owner(folder)
    made = has_cluster(folder)
    if made:
        status = folder.cluster.stat()
        user, group = status.st_uid, status.st_gid
    if os.geteuid() != 0:
        return _as_ourselves(folder, binaries)
    if user != 0:
        return _as_another(folder, binaries, user, group)
    if prefix := _namespace(folder, binaries):
        return Identity(0, 0, prefix)
    if made:
        raise EmbeddedError(
            f"{folder.cluster} belongs to root, and user namespaces do not work for it: "
            f"stop what uses it, then chown -R nobody {folder.cluster}"
        )
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise EmbeddedError("Postgres cannot run as root here: run as another user") from None
    return _as_another(folder, binaries, nobody.pw_uid, nobody.pw_gid)


def _as_ourselves(folder: Folder, binaries: Binaries) -> Identity:
    me = Identity(os.geteuid(), os.getegid())
    try:
        pwd.getpwuid(me.user)
    except KeyError:
        # initdb wants its user to have a name; containers are often run with a bare number.
        return Identity(me.user, me.group, _namespace(folder, binaries))
    return me


def _namespace(folder: Folder, binaries: Binaries) -> tuple[str, ...]:
    """Words that make us look like nobody, to Postgres alone; none where that does not work."""
    unshare = shutil.which("unshare")
    if unshare is None:
        return ()
    prefix = (unshare, "-U", f"--map-user={NOBODY}", f"--map-group={NOBODY}")
    return prefix if _reaches(prefix, folder, binaries) else ()


def _as_another(folder: Folder, binaries: Binaries, user: int, group: int) -> Identity:
    setpriv = shutil.which("setpriv")
    if setpriv is not None:
        # Becoming another user clears the death signal that was set before.
        plain = (setpriv, f"--reuid={user}", f"--regid={group}", "--clear-groups")
        for more in ((), PASS_ANYWHERE):
            prefix = (*plain, *more, "--pdeathsig=INT")
            if _reaches(prefix, folder, binaries):
                return Identity(user, group, prefix)
    raise EmbeddedError(
        f"Postgres cannot run as root, and {_name(user)} cannot reach {binaries.folder} and "
        f"{folder.root}: run as another user"
    )


def _reaches(prefix: tuple[str, ...], folder: Folder, binaries: Binaries) -> bool:
    looks = (["test", "-d", f"{folder.root}/."], [binaries.postgres, "--version"])
    return all(_runs([*prefix, *look]) for look in looks)


def _runs(command: list[str]) -> bool:
    try:
        result = subprocess.run(  # noqa: S603 - of our own words
            command, stdin=subprocess.DEVNULL, capture_output=True, check=False, cwd="/"
        )
    except OSError:
        return False
    return result.returncode == 0


def _name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"user {user}"
