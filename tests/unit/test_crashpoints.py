"""Every await of a mail's road has a point to be killed at, and nobody but the suite can use it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from dropbox.crashpoints import Point

ROOT = Path(__file__).resolve().parents[2]

ROAD: dict[str, dict[str, dict[str, Point | str]]] = {
    "dropbox/wire/session.py": {
        "_recipient": {"self.context.route(address)": Point.ROUTED},
        "_data": {"self._take_mail()": "_take_mail"},
    },
    "dropbox/wire/transfer.py": {
        "_take_mail": {
            "self._flush()": "nothing has come of the mail yet",
            "self._receive(reader)": Point.RECEIVED,
            "self._hand_over(content)": Point.ACCEPTED,
        },
        "_hand_over": {"asyncio.wait({task}, timeout=settings.accept_timeout)": "_accept"},
        "_accept": {"self.context.accept(envelope)": "accept"},
    },
    "dropbox/intake.py": {
        "accept": {
            "self._room_for(envelope)": "waits for other mails alone",
            "read_content(envelope, judge)": Point.READ,
            "judge.evidence(envelope, message, signed)": Point.JUDGED,
            "self._wait_for_dns(arrived)": Point.JUDGED,
            "self._record(arrived)": Point.RECORDED,
        },
        "_wait_for_dns": {"self._waited(waiting)": "accept"},
        "read_content": {"asyncio.to_thread(both)": "accept"},
    },
    "storage/ledger.py": {
        "record": {
            "asyncio.shield(asyncio.ensure_future(self._alone(mail)))": "_alone",
            "mail.done": "_write_all",
        },
        "_write_all": {
            "self._settle([self._waiting.popleft() for _ in range(count)])": "_settle",
        },
        "_alone": {"self._settle([mail])": "_settle", "mail.done": "_settle"},
        "_settle": {
            "self._write(mails)": "_write",
            "self._split(mails, error)": "_split",
            "self._halve(mails)": "_halve",
        },
        "_split": {"self._settle(mails)": "_settle", "self._halve(mails)": "_halve"},
        "_halve": {
            "self._settle(mails[:middle])": "_settle",
            "self._settle(mails[middle:])": "_settle",
        },
        "_write": {
            "self._pool.acquire()": Point.CONNECTED,
            "self._plan_anew(connection)": Point.CONNECTED,
            "connection.transaction()": Point.BEGUN,
            "self._write_once(connection, mails, framing)": Point.COMMITTED,
        },
        "_write_once": {
            "released.lock(connection, arrivals)": Point.LOCKED,
            "self._decide(connection, arrivals, culprits)": Point.KNOWN,
            "released.redecide(connection, decision, release, facts.key)": "insert",
            "framing": "compresses, and writes nothing",
            "insert(connection, batch, await framing if framing else {})": "insert",
            "settle_others(connection, one)": Point.SETTLED,
            "released.settle_raw(connection, decision, release)": Point.SETTLED,
        },
        "_decide": {"read_standing(connection, arrivals)": "_write_once"},
        "insert": {
            "connection.fetchrow(INSERT, *arguments(batch.rows))": Point.INSERTED,
            "raw.write_frames(connection, account_id, raw_id, kept.content)": "write_frames",
        },
    },
    "storage/raw.py": {
        "write_frames": {
            "asyncio.to_thread(next, pieces, None)": "reads, and writes nothing",
            "connection.execute('insert into raw_chunk (account_id, raw_id, position, data) values"
            " ($1, $2, $3, $4)', account_id, raw_id, position, data)": Point.CHUNK_WRITTEN,
        },
    },
}
"""What each function of the road waits for, and the point after it, or where else it is covered."""


def functions(path: str) -> dict[str, ast.AsyncFunctionDef]:
    tree = ast.parse((ROOT / path).read_text())
    return {one.name: one for one in ast.walk(tree) if isinstance(one, ast.AsyncFunctionDef)}


def awaited(function: ast.AsyncFunctionDef) -> set[str]:
    found = {ast.unparse(one.value) for one in ast.walk(function) if isinstance(one, ast.Await)}
    for one in ast.walk(function):
        if isinstance(one, ast.AsyncWith):
            found |= {ast.unparse(item.context_expr) for item in one.items}
        if isinstance(one, ast.AsyncFor):
            found.add(ast.unparse(one.iter))
    return found


def line_of(function: ast.AsyncFunctionDef, text: str) -> int:
    return max(
        one.lineno
        for one in ast.walk(function)
        if isinstance(one, ast.expr) and ast.unparse(one) == text
    )


@pytest.mark.parametrize(("path", "name"), [(path, name) for path in ROAD for name in ROAD[path]])
def test_every_await_of_the_road_is_followed_by_its_point(path, name):
    function, expected = functions(path)[name], ROAD[path][name]
    assert awaited(function) == set(expected)
    for what, point in expected.items():
        if isinstance(point, Point):
            reached = line_of(function, f"reached(Point.{point.name})")
            assert reached > line_of(function, what)


def test_every_point_stands_on_the_road():
    points = {
        point
        for of_functions in ROAD.values()
        for waits in of_functions.values()
        for point in waits.values()
        if isinstance(point, Point)
    }
    assert points == set(Point)


def test_nothing_in_the_product_listens_at_the_points_or_lets_anybody_else():
    ours = ROOT / "dropbox" / "crashpoints.py"
    for package in ("dropbox", "storage", "cli", "config"):
        for path in (ROOT / package).rglob("*.py"):
            text = path.read_text()
            assert "FAULTS_" not in text, path
            mentions = [line for line in text.splitlines() if "crashpoint" in line]
            allowed = "from dropbox.crashpoints import Point, reached"
            assert path == ours or set(mentions) <= {allowed}, path
