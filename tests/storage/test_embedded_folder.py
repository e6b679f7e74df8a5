"""The embedded Postgres where it may live, as whom, and what it says where it may not."""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from storage.embedded import EmbeddedError, NoDatabase, attach, binaries, server

ROOT = Path(__file__).resolve().parents[2]
NOBODY = 65534
ONE_QUESTION = """
import sys
from storage.embedded import EmbeddedError, attach
try:
    server = attach(sys.argv[1], create=True, linger=0, postgres_bin=sys.argv[2])
except EmbeddedError as error:
    sys.exit(f"error: {error}")
print(server.url)
server.detach(wait=True)
"""
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to be somebody else")


def refusal(path, **how) -> str:
    """The one line that attaching is refused with."""
    how.setdefault("create", True)
    with pytest.raises(EmbeddedError) as caught:
        attach(path, **how)
    line = str(caught.value)
    assert "\n" not in line
    assert line
    return line


def contents(path: Path) -> dict[str, bytes]:
    files = (each for each in path.rglob("*") if each.is_file() and not each.is_symlink())
    return {str(each.relative_to(path)): each.read_bytes() for each in files}


@pytest.mark.parametrize("exists", [False, True])
def test_without_leave_to_create_it_says_so_and_touches_nothing(exists, tmp_path):
    path = tmp_path / "data"
    if exists:
        path.mkdir()
    with pytest.raises(NoDatabase) as caught:
        attach(path, create=False)
    line = str(caught.value)
    assert str(path) in line
    assert "make run" in line
    assert "bcc-dropbox migrate" in line
    assert "\n" not in line
    assert path.exists() == exists
    assert not exists or not list(path.iterdir())


def test_a_database_that_was_moved_away_is_missed(embedded):
    attach(embedded.path, create=False, linger=0).detach(wait=True)
    shutil.rmtree(embedded.folder.cluster)
    with pytest.raises(NoDatabase):
        attach(embedded.path, create=False)


@pytest.mark.parametrize("name", ["x" * 120, "the data of 花子", "a,b%41?c&d=e#f'g"])
def test_any_path_will_do(name, bare, another_embedded, made_cluster, ask):
    bare.path.mkdir()
    there = another_embedded(bare.path / name)
    there.path.mkdir()
    shutil.copytree(made_cluster, there.folder.cluster)
    with attach(there.path, create=False) as first:
        status = first.socket_dir.stat()
        assert stat.S_IMODE(status.st_mode) == 0o700
        assert len(os.fsencode(first.socket_dir / ".s.PGSQL.5432")) < 107
        assert ask(first.url, "select 1") == 1
        with attach(there.path, create=False) as second:
            assert second.url == first.url
            there.kill(there.supervisors())
            second.ensure_running()
            assert second.url == first.url
            first.detach()
            second.detach(wait=True)
    assert not first.socket_dir.exists()


@needs_root
def test_a_short_folder_that_somebody_else_took_is_not_used(
    another_embedded, made_cluster, tmp_path, ask
):
    there = another_embedded(tmp_path / ("x" * 120))
    there.path.mkdir()
    shutil.copytree(made_cluster, there.folder.cluster)
    with attach(there.path, create=False, linger=3600) as before:
        there.kill(there.supervisors() + [each.pid for each in there.all_postgres()])
    shutil.rmtree(before.socket_dir)
    before.socket_dir.mkdir(mode=0o700)
    os.chown(before.socket_dir, NOBODY - 1, NOBODY - 1)
    try:
        with attach(there.path, create=False) as after:
            assert after.socket_dir != before.socket_dir
            assert ask(after.url, "select 1") == 1
            after.detach(wait=True)
        assert not list(before.socket_dir.iterdir())
    finally:
        before.socket_dir.rmdir()


def test_files_that_are_not_ours_are_left_alone(embedded):
    for name in ("notes.txt", "postgres.bak/base", "postgres.initdb.txt", ".hidden", "spill/a"):
        (embedded.path / name).parent.mkdir(exist_ok=True)
        (embedded.path / name).write_text(name)
    before = contents(embedded.path)
    attach(embedded.path, create=True, linger=0).detach(wait=True)
    after = contents(embedded.path)
    ours = ("postgres/", "postgres.log")
    kept = {name: text for name, text in before.items() if not name.startswith(ours)}
    assert len(kept) == 5
    assert kept.items() <= after.items()


def test_a_folder_of_our_name_that_is_no_cluster_is_left_alone(bare):
    bare.folder.cluster.mkdir(parents=True)
    (bare.folder.cluster / "thesis.tex").write_text("42")
    assert "is not a database cluster" in refusal(bare.path)
    assert contents(bare.path) == {"postgres/thesis.tex": b"42"}


def test_a_file_in_the_place_of_the_folder_is_left_alone(tmp_path):
    path = tmp_path / "data"
    path.write_text("42")
    assert str(path) in refusal(path)
    assert f"{path} is not a folder" in refusal(path, create=False)
    assert path.read_text() == "42"


@pytest.mark.parametrize("kind", ["folder", "link", "hard link", "pipe"])
@pytest.mark.parametrize("lock", ["users", "supervisor", "log"])
def test_something_else_in_the_place_of_a_lock_is_left_alone(kind, lock, bare):
    bare.path.mkdir()
    path = getattr(bare.folder, lock)
    precious = bare.path.parent / "precious"
    precious.write_text("42")
    if kind == "folder":
        path.mkdir()
    elif kind == "link":
        path.symlink_to(precious)
    elif kind == "hard link":
        path.hardlink_to(precious)
    else:
        os.mkfifo(path)
    assert str(path) in refusal(bare.path)
    assert precious.read_text() == "42"


@pytest.mark.parametrize("lock", ["users", "supervisor"])
def test_a_folder_that_another_program_has_locked(lock, bare, monkeypatch):
    bare.path.mkdir()
    monkeypatch.setattr(server, "STRANGER_POLLS", 5)
    monkeypatch.setattr(server, "SILENCE_SECONDS", 0.1)
    with getattr(bare.folder, lock).open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert "locked by another program" in refusal(bare.path)


def test_a_wrong_folder_of_binaries_is_named(embedded, tmp_path):
    assert f"BCC_DROPBOX_POSTGRES_BIN={tmp_path}" in refusal(embedded.path, postgres_bin=tmp_path)
    for name in ("postgres", "initdb"):
        (tmp_path / name).write_text("#!/bin/sh\necho no libc here >&2; exit 3\n")
        (tmp_path / name).chmod(0o755)
    line = refusal(embedded.path, postgres_bin=tmp_path)
    assert str(tmp_path / "postgres") in line
    assert "no libc here" in line
    (tmp_path / "postgres").write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 14.1'\n")
    shutil.rmtree(embedded.folder.cluster)
    assert "PostgreSQL 15 or later is needed" in refusal(embedded.path, postgres_bin=tmp_path)


def test_without_any_binaries_it_says_where_it_looked(bare, monkeypatch, tmp_path):
    monkeypatch.setattr(binaries, "WHEEL", "no_such_package")
    monkeypatch.setattr(binaries, "SYSTEM", tmp_path)
    line = refusal(bare.path)
    assert "no Postgres found" in line
    assert str(tmp_path) in line


def test_the_newest_of_the_system_is_taken_where_there_is_no_wheel(monkeypatch, tmp_path):
    for major in (9, 15, 16, "local"):
        programs = tmp_path / str(major) / "bin"
        programs.mkdir(parents=True)
        for name in ("postgres", "initdb"):
            (programs / name).write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {major}.1'\n")
            (programs / name).chmod(0o755)
    monkeypatch.setattr(binaries, "SYSTEM", tmp_path)
    monkeypatch.setattr(binaries, "WHEEL", "no_such_package")
    assert binaries.find(None, None) == binaries.Binaries(tmp_path / "16" / "bin", 16)
    assert binaries.find(None, 15) == binaries.Binaries(tmp_path / "15" / "bin", 15)


def test_a_cluster_of_another_version_is_named(embedded):
    (embedded.folder.cluster / "PG_VERSION").write_text("99\n")
    line = refusal(embedded.path)
    assert "was made by PostgreSQL 99" in line
    assert str(binaries.find(None, None).folder) in line


def test_a_cluster_of_an_older_version_gets_its_own_binaries(bare, ask):
    try:
        older = binaries.find(None, 16)
    except EmbeddedError as error:
        pytest.skip(str(error))
    attach(bare.path, create=True, postgres_bin=older.folder, linger=0).detach(wait=True)
    with attach(bare.path, create=False) as running:
        assert ask(running.url, "show server_version").startswith("16.")
    newer = binaries.find(None, None).folder
    running.detach()
    attach(bare.path, create=False, linger=0).detach(wait=True)
    assert "was made by PostgreSQL 16" in refusal(bare.path, postgres_bin=newer)


def test_a_server_that_does_not_start_says_why(embedded, ask):
    settings = embedded.folder.cluster / "postgresql.conf"
    good = settings.read_text()
    settings.write_text(good + "colour = 'blue'\n")
    line = refusal(embedded.path)
    assert 'unrecognized configuration parameter "colour"' in line
    assert str(embedded.folder.log) in line
    attachers = [embedded.attacher() for _ in range(3)]
    for attacher in attachers:
        said = attacher.communicate()[1]
        assert said.startswith("error: Postgres did not start")
        assert said.count("\n") == 1
    settings.write_text(good)
    with attach(embedded.path, create=False) as running:
        assert ask(running.url, "select 1") == 1


def test_a_failed_initdb_leaves_nothing_half_done(bare, tmp_path):
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "postgres").symlink_to(binaries.find(None, None).postgres)
    (programs / "initdb").write_text('#!/bin/sh\ntouch "$2/PG_VERSION"\necho disk full; exit 1\n')
    (programs / "initdb").chmod(0o755)
    assert "disk full" in refusal(bare.path, postgres_bin=programs)
    assert not bare.folder.cluster.exists()
    assert not bare.folder.incomplete.exists()


# As somebody else


@pytest.fixture
def ordinary(another_embedded, memory):
    """Runs Python as an ordinary user, with a folder of that user and the binaries to reach."""
    programs = binaries.find(None, None)
    prefix, python = [], sys.executable
    if os.geteuid() == 0:
        prefix = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        python = "/usr/bin/python3"

    def run(code: str, *arguments) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*prefix, python, "-c", code, *arguments],
            cwd="/",
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )

    look = "import subprocess, sys\nassert sys.version_info >= (3, 11)\nimport storage.embedded\n"
    seen = run(f"{look}subprocess.run([sys.argv[1], '--version'], check=True)", programs.postgres)
    if seen.returncode != 0:
        pytest.skip(f"an ordinary user cannot reach Python, us or Postgres: {seen.stderr[-200:]}")
    home = Path(tempfile.mkdtemp(prefix="bcc-dropbox-test-", dir=memory))
    if os.geteuid() == 0:
        os.chown(home, NOBODY, NOBODY)
    run.home = another_embedded(home)
    run.programs = str(programs.folder)
    yield run
    run.home.end()
    shutil.rmtree(home)


def test_an_ordinary_user_needs_nothing_more(ordinary):
    for _ in range(2):
        done = ordinary(ONE_QUESTION, ordinary.home.path / "data", ordinary.programs)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("postgresql://dropbox@/dropbox?host=")
    cluster = ordinary.home.path / "data" / "postgres"
    assert cluster.stat().st_uid == ordinary.home.path.stat().st_uid


def test_a_folder_that_cannot_be_written_is_named(ordinary):
    locked = ordinary.home.path / "locked"
    locked.mkdir(mode=0o555)
    for path in (locked, locked / "data"):
        done = ordinary(ONE_QUESTION, path, ordinary.programs)
        assert done.returncode == 1
        assert done.stderr.startswith("error: ")
        assert done.stderr.count("\n") == 1
        assert str(path) in done.stderr
        assert "Permission denied" in done.stderr


@needs_root
def test_a_folder_of_root_is_closed_to_others(ordinary, made_cluster):
    path = ordinary.home.path / "of-root"
    path.mkdir(mode=0o700)
    shutil.copytree(made_cluster, path / "postgres")
    done = ordinary(ONE_QUESTION, path, ordinary.programs)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert str(path) in done.stderr
    path.chmod(0o777)
    (path / "postgres").chmod(0o755)
    done = ordinary(ONE_QUESTION, path, ordinary.programs)
    assert "belongs to root" in done.stderr


@needs_root
def test_root_in_the_folder_of_an_ordinary_user_leaves_it_usable(ordinary, ask):
    path = ordinary.home.path
    with attach(path, create=True, linger=0) as running:
        assert ask(running.url, "select 1") == 1
        (postmaster,) = ordinary.home.postmasters()
        assert Path(f"/proc/{postmaster}").stat().st_uid == NOBODY
        assert {each.lstat().st_uid for each in path.rglob("*")} == {NOBODY}
        running.detach(wait=True)
    done = ordinary(ONE_QUESTION, path, ordinary.programs)
    assert done.returncode == 0, done.stderr
    with attach(path, create=False) as running:
        assert ask(running.url, "select 1") == 1
        running.detach(wait=True)


@needs_root
@pytest.mark.parametrize("binaries_are", ["for all", "for root only"])
def test_root_without_user_namespaces_becomes_nobody(
    binaries_are, bare, ask, until, monkeypatch, tmp_path
):
    tmp_path.chmod(0o700)
    path = tmp_path / "path"
    path.mkdir()
    for name in ("setpriv", "test", "sh"):
        (path / name).symlink_to(shutil.which(name))
    programs = binaries.find(None, None).folder
    if binaries_are == "for root only":
        package = programs.parents[1]
        for each in (programs.parent, package.with_name(f"{package.name}.libs")):
            if each.is_dir():
                shutil.copytree(each, tmp_path / each.relative_to(package.parent))
        programs = tmp_path / programs.relative_to(package.parent)
    monkeypatch.setenv("PATH", str(path))
    with attach(bare.path, create=True, postgres_bin=programs) as running:
        assert ask(running.url, "select 1") == 1
        assert bare.folder.cluster.stat().st_uid == NOBODY
        bare.kill(bare.supervisors())
        until(bare.is_quiet)
        running.ensure_running()
        assert ask(running.url, "select 1") == 1


@needs_root
def test_a_cluster_of_root_without_user_namespaces_is_named(embedded, monkeypatch, tmp_path):
    os.chown(embedded.folder.cluster, 0, 0)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert f"chown -R nobody {embedded.folder.cluster}" in refusal(embedded.path)
