"""The embedded Postgres as it lives and dies: real processes, real kills."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from storage.embedded import EmbeddedError, attach, binaries, cluster, identity

ROOT = Path(__file__).resolve().parents[2]


def remember(ask, url: str) -> None:
    ask(url, "create table kept as select 42 as answer")


def test_a_first_start_makes_a_private_durable_database(bare, ask):
    with attach(bare.path, create=True) as server:
        assert server.started
        settings = {
            "server_encoding": "UTF8",
            "listen_addresses": "",
            "fsync": "on",
            "synchronous_commit": "on",
            "unix_socket_permissions": "0700",
            "max_connections": "200",
            "shared_buffers": "128MB",
            "log_min_error_statement": "panic",
        }
        found = {name: ask(server.url, f"show {name}") for name in settings}
        collation = ask(
            server.url, "select datcollate from pg_database where datname = current_database()"
        )
        role = ask(
            server.url,
            "select session_user || ':' || rolsuper from pg_roles where rolname = session_user",
        )
        socket_mode = server.socket_dir.stat().st_mode & 0o777
    assert found == settings
    assert collation == "C"
    assert role == "dropbox:false"
    assert socket_mode == 0o700
    assert bare.path.stat().st_mode & 0o777 == 0o700


def test_a_second_start_keeps_the_data(embedded, ask):
    with attach(embedded.path, create=True) as server:
        remember(ask, server.url)
        server.detach(wait=True)
    assert embedded.is_quiet()
    with attach(embedded.path, create=False) as server:
        assert server.started
        assert ask(server.url, "select answer from kept") == 42


def test_who_finds_it_running_attaches_to_it(embedded, ask):
    with (
        attach(embedded.path, create=False) as first,
        attach(embedded.path, create=False) as second,
    ):
        assert (first.started, second.started) == (True, False)
        assert first.url == second.url
        assert ask(second.url, "select 1") == 1


def test_many_who_start_it_at_once_share_one_postmaster(bare, ask):
    attachers = [bare.attacher() for _ in range(12)]
    urls = {attacher.stdout.readline().strip() for attacher in attachers}
    assert len(urls) == 1
    assert ask(urls.pop(), "select 1") == 1
    assert len(bare.supervisors()) == 1
    assert len(bare.postmasters()) == 1
    assert bare.folder.log.read_text().count("starting PostgreSQL") == 1


def test_the_last_one_out_stops_it(embedded, ask, until):
    first = attach(embedded.path, create=False, linger=0)
    second = attach(embedded.path, create=False)
    first.detach(wait=True)
    assert ask(second.url, "select 1") == 1
    assert embedded.postmasters()
    second.detach()
    second.detach()
    until(embedded.is_quiet)
    assert "database system is shut down" in embedded.folder.log.read_text()


def test_waiting_for_the_end_leaves_no_process(embedded):
    code = "import sys\nfrom storage.embedded import attach\n"
    code += "attach(sys.argv[1], create=False, linger=3600).detach(wait=True)"
    subprocess.run([sys.executable, "-c", code, embedded.path], cwd=ROOT, check=True, timeout=60)
    assert not embedded.all_postgres()


def test_a_server_lingers_for_the_next_command(embedded):
    attach(embedded.path, create=False).detach(wait=True)
    attach(embedded.path, create=False, linger=3600).detach()
    time.sleep(0.5)  # Time enough to see that nobody is there.
    with attach(embedded.path, create=False) as server:
        assert not server.started
        server.detach(wait=True)


def test_coming_while_it_stops_is_no_harm(embedded):
    comer = """
import asyncio, random, sys, time
import asyncpg
from storage.embedded import attach
async def ask(url):
    connection = await asyncpg.connect(url)
    await connection.execute("select 1")
    await connection.close()
for turn in range(12):
    server = attach(sys.argv[1], create=False, linger=0)
    asyncio.run(ask(server.url))
    server.detach(wait=turn % 3 == 0)
    time.sleep(random.random() / 5)
"""
    comers = [
        subprocess.Popen([sys.executable, "-c", comer, embedded.path], cwd=ROOT) for _ in range(3)
    ]
    assert [each.wait() for each in comers] == [0, 0, 0]
    assert embedded.folder.log.read_text().count("starting PostgreSQL") > 1


def test_a_killed_user_is_no_user(embedded, ask, until):
    attacher = embedded.attacher()
    remember(ask, attacher.stdout.readline().strip())
    attacher.kill()
    until(embedded.is_quiet)
    with attach(embedded.path, create=False) as server:
        assert ask(server.url, "select answer from kept") == 42


def test_a_killed_supervisor_takes_postgres_along(embedded, ask, until):
    attacher = embedded.attacher()
    remember(ask, attacher.stdout.readline().strip())
    embedded.kill(embedded.supervisors())
    until(embedded.is_quiet)
    with attach(embedded.path, create=False) as server:
        assert server.started
        assert ask(server.url, "select answer from kept") == 42


def test_many_come_right_after_the_supervisor_was_killed(embedded, ask):
    attach(embedded.path, create=False, linger=3600).detach()
    embedded.kill(embedded.supervisors())
    attachers = [embedded.attacher() for _ in range(6)]
    urls = {attacher.stdout.readline().strip() for attacher in attachers}
    assert ask(urls.pop(), "select 1") == 1
    assert not urls
    assert len(embedded.supervisors()) == 1
    assert len(embedded.postmasters()) == 1


def test_a_killed_postmaster_is_started_again(embedded, ask, until):
    with attach(embedded.path, create=False) as server:
        remember(ask, server.url)
        killed = embedded.postmasters()
        embedded.kill(killed)
        until(lambda: embedded.postmasters() not in ([], killed))
        server.ensure_running()
        assert ask(server.url, "select answer from kept") == 42
        with attach(embedded.path, create=False) as second:
            assert not second.started


def test_a_long_lived_user_gets_a_killed_server_back(embedded, ask):
    with attach(embedded.path, create=False) as server:
        before = server.url
        remember(ask, before)
        embedded.kill(embedded.supervisors())
        server.ensure_running()
        assert server.url == before
        assert ask(before, "select answer from kept") == 42
    with pytest.raises(EmbeddedError, match="detached"):
        server.ensure_running()


def test_after_everything_was_killed_it_starts_again(embedded, ask):
    attacher = embedded.attacher()
    remember(ask, attacher.stdout.readline().strip())
    victims = embedded.supervisors() + [each.pid for each in embedded.all_postgres()]
    embedded.kill(victims)
    attacher.kill()
    with attach(embedded.path, create=False) as server:
        assert ask(server.url, "select answer from kept") == 42


def test_an_orphan_that_holds_the_shared_memory_is_seen_off(embedded, ask, until):
    with attach(embedded.path, create=False) as server:
        remember(ask, server.url)
        # Stopped, it neither notices that its postmaster is gone nor obeys a gentle signal.
        (orphan,) = [
            each.pid
            for each in embedded.all_postgres()
            if b"checkpointer" in Path(f"/proc/{each.pid}/cmdline").read_bytes()
        ]
        os.kill(orphan, signal.SIGSTOP)
        embedded.kill(embedded.supervisors() + embedded.postmasters())
        attacher = embedded.attacher()
        until(lambda: orphan not in [each.pid for each in embedded.all_postgres()])
        assert ask(attacher.stdout.readline().strip(), "select answer from kept") == 42


@pytest.mark.parametrize("kind", ["a stranger", "a zombie", "another postgres"])
def test_a_stale_pid_file_that_names(kind, embedded, ask, until, tmp_path):
    with attach(embedded.path, create=False, linger=3600) as server:
        remember(ask, server.url)
        stale = (embedded.folder.cluster / "postmaster.pid").read_text().splitlines()
        embedded.kill(embedded.supervisors() + embedded.postmasters())
    program, where = shutil.which("sleep"), embedded.folder.cluster
    if kind == "another postgres":
        program, where = shutil.copy(program, tmp_path / "postgres"), tmp_path
    named = subprocess.Popen([program, "0" if kind == "a zombie" else "600"], cwd=where)
    stale[0] = str(named.pid)
    try:
        until(lambda: not embedded.all_postgres())
        (embedded.folder.cluster / "postmaster.pid").write_text("\n".join([*stale, ""]))
        with attach(embedded.path, create=False) as server:
            assert ask(server.url, "select answer from kept") == 42
        if kind != "a zombie":
            assert named.poll() is None
    finally:
        named.kill()
        named.wait()


def test_a_postgres_that_somebody_started_by_hand_is_left_alone(embedded, until):
    programs = binaries.find(None, None)
    prefix = identity.choose(embedded.folder, programs).prefix
    by_hand = subprocess.Popen(
        [*prefix, programs.postgres, "-D", embedded.folder.cluster, "-k", embedded.path,
         "-c", "listen_addresses="],
        cwd="/",
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    try:
        until(lambda: cluster.says_ready(embedded.folder, by_hand.pid))
        with pytest.raises(EmbeddedError, match=rf"{by_hand.pid}\) runs on .*: stop it") as caught:
            attach(embedded.path, create=False)
        assert "\n" not in str(caught.value)
        assert by_hand.poll() is None
        assert (embedded.folder.cluster / "postmaster.pid").exists()
    finally:
        by_hand.send_signal(signal.SIGINT)
        by_hand.wait()


def test_a_kill_during_initdb_leaves_nothing_half_done(bare, ask, until):
    attacher = bare.attacher()
    until((bare.folder.incomplete / "base").exists)
    attacher.kill()
    bare.kill(bare.supervisors())
    assert not bare.folder.cluster.exists()
    with attach(bare.path, create=True) as server:
        assert ask(server.url, "select 1") == 1
    assert not bare.folder.incomplete.exists()


# A shell lets what runs in the background ignore SIGINT; what it starts must heed it all the same.
@pytest.mark.parametrize(
    ("number", "on_interrupt"),
    [(signal.SIGINT, "default_int_handler"), (signal.SIGKILL, "SIG_IGN")],
)
def test_who_is_ended_while_it_starts_ends_the_start(number, on_interrupt, bare, tmp_path, until):
    programs = tmp_path / "bin"
    programs.mkdir(mode=0o755)
    real = binaries.find(None, None)
    (programs / "postgres").symlink_to(real.postgres)
    (programs / "initdb").write_text("#!/bin/sh\nexec sleep 600\n")
    (programs / "initdb").chmod(0o755)
    code = f"""
import signal, sys
from storage.embedded import attach
signal.signal(signal.SIGINT, signal.{on_interrupt})
attach(sys.argv[1], create=True, linger=0, postgres_bin=sys.argv[2])
"""
    waiting = subprocess.Popen(
        [sys.executable, "-c", code, bare.path, programs], cwd=ROOT, stderr=subprocess.DEVNULL
    )
    until(bare.folder.incomplete.exists)
    waiting.send_signal(number)
    assert waiting.wait() == -number
    until(bare.is_quiet)
    assert not bare.folder.cluster.exists()
    assert not bare.folder.incomplete.exists()


def test_ctrl_c_at_the_starter_does_not_hurt_the_others(embedded, ask):
    starter = embedded.attacher(start_new_session=True)
    url = starter.stdout.readline().strip()
    with attach(embedded.path, create=False) as server:
        postmaster = embedded.postmasters()
        os.killpg(starter.pid, signal.SIGINT)
        assert starter.wait() != 0
        assert server.url == url
        assert ask(url, "select 1") == 1
        assert embedded.postmasters() == postmaster
        with attach(embedded.path, create=False) as another:
            assert not another.started


def test_a_forked_child_neither_keeps_nor_ends_the_server(embedded, until):
    forker = """
import os, signal, sys
from storage.embedded import attach
from storage.embedded.handshake import answers
server = attach(sys.argv[1], create=False, linger=0)
told, tell = os.pipe()
child = os.fork()
if not child:
    signal.alarm(100)
    os.close(1)
    server.detach(wait=True)
    os.write(tell, b".")
    signal.pause()
os.close(tell)
assert os.read(told, 1) == b"."
with attach(sys.argv[1], create=False) as second:
    assert not second.started
assert answers(server.socket_dir)
print(child, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    parent = subprocess.Popen(
        [sys.executable, "-c", forker, embedded.path], cwd=ROOT, stdout=subprocess.PIPE
    )
    with parent.stdout:
        child = int(parent.stdout.readline())
    try:
        assert parent.wait() == -signal.SIGKILL
        until(embedded.is_quiet)
        os.kill(child, 0)
    finally:
        os.kill(child, signal.SIGKILL)


def test_sigterm_lets_the_users_finish_first(embedded, ask, until):
    with attach(embedded.path, create=False, linger=3600) as server:
        (supervisor,) = embedded.supervisors()
        os.kill(supervisor, signal.SIGTERM)
        assert ask(server.url, "select 1") == 1
        assert embedded.supervisors() == [supervisor]
    until(embedded.is_quiet)


def test_a_server_whose_folder_was_removed_ends(embedded, until):
    with attach(embedded.path, create=False):
        # Postgres still writes, so that one pass may not be enough.
        until(
            lambda: shutil.rmtree(embedded.path, ignore_errors=True) or not embedded.path.exists()
        )
        until(lambda: not embedded.supervisors())
    running = Path("/proc").glob("[0-9]*/cmdline")
    assert not any(os.fsencode(embedded.path) in _command(path) for path in running)


def _command(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_a_log_that_has_grown_too_long_is_cut(embedded, until):
    embedded.folder.log.write_text("LOG:  much ado\n" * 500_000)
    with attach(embedded.path, create=False):
        until(lambda: embedded.folder.log.stat().st_size < 100_000)
        assert embedded.folder.old_log.stat().st_size == pytest.approx(4 << 20, abs=100_000)
