"""A run: servers are started, loads sent to them, and what was acknowledged is counted."""

from __future__ import annotations

import os
import platform
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatch
from importlib.metadata import version
from pathlib import Path
from statistics import median

from bench import importing, memory
from bench.certificate import write_certificate
from bench.daemon import Installation, installed
from bench.grow import GROWN
from bench.loads import EIGHT, SINKS, WORKERS, Case, Subject
from bench.processes import ROOT
from bench.profiling import profile
from bench.results import Recorded, Results
from bench.rounds import Client, Length, client, paced, rounds, warm_up
from bench.servers import Server, has_postfix, resolver, sink, usual
from bench.signing import new_key, zone_of
from bench.sinks import HOSTNAME

LATENCY, MEMORY, IMPORT = "latency", "memory", "import"
FURTHER = (LATENCY, MEMORY, IMPORT)

_NEW = "new database"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is asked for."""

    command: str
    cases: Sequence[Case]
    loads: Sequence[str]
    """Patterns of the names of loads."""
    only: frozenset[str]
    """Names of subjects, and some of `FURTHER`."""
    length: Length
    import_mails: int
    profile_seconds: float
    folder: Path | None
    grown: Path | None
    """Where large databases are kept, or found."""

    def chosen(self) -> list[Case]:
        """Return the cases as far as they are asked for, and possible here."""
        possible = self.only - ({Subject.POSTFIX} if not has_postfix() else set())
        found = [
            Case(case.load, tuple(one for one in case.subjects if one in possible))
            for case in self.cases
            if any(fnmatch(case.load.name, pattern) for pattern in self.loads)
        ]
        return [case for case in found if case.subjects]


def carry_out(plan: Plan) -> Results:
    """Measure what `plan` asks for. Raises Died when a process ends that should not."""
    return _Run(plan).carry_out()


@dataclass(slots=True)
class _Run:
    plan: Plan
    cases: list[Case] = field(init=False)
    key: str = field(default_factory=new_key)
    name: str = field(default_factory=lambda: secrets.token_hex(4))
    results: Results = field(init=False)
    imported: int = 0

    def __post_init__(self) -> None:
        self.cases = self.plan.chosen()
        today = f"{datetime.now(UTC):%Y-%m-%d}"
        length = str(self.plan.length)
        self.results = Results(self.plan.command, today, _environment(), length)

    def carry_out(self) -> Results:
        with ExitStack() as stack:
            made = tempfile.TemporaryDirectory(prefix="bcc-bench-", dir=self.plan.folder)
            folder = Path(stack.enter_context(made))
            write_certificate(folder, HOSTNAME)
            installations = dict(self._installations(folder, stack))
            sending = stack.enter_context(client(folder, self.name, self.key))
            self.results.environment["PostgreSQL"] = installations[Subject.DAEMON].postgres
            with self._servers(folder, installations) as servers:
                self._measure_speed(sending, servers)
            new = installations[Subject.DAEMON]
            if MEMORY in self.plan.only:
                self._measure_memory(sending, new)
            if IMPORT in self.plan.only:
                self._measure_import(folder, new)
            self.results.recorded = list(self._recorded(sending, installations))
            self.results.refused = sending.refused
        return self.results

    def _wanted(self) -> set[Subject]:
        return {one for case in self.cases for one in case.subjects}

    def _installations(
        self, folder: Path, stack: ExitStack
    ) -> Iterator[tuple[Subject, Installation]]:
        new = installed(folder / "new", folder, None, _say)
        yield Subject.DAEMON, stack.enter_context(new)
        for subject, (name, history) in GROWN.items():
            if subject in self._wanted():
                place = (self.plan.grown or folder).resolve() / name
                grown = installed(place, folder, history, _say)
                yield subject, stack.enter_context(grown)

    @contextmanager
    def _servers(
        self, folder: Path, installations: Mapping[Subject, Installation]
    ) -> Iterator[dict[Subject, Server]]:
        """Run all servers that take a load; they cost nothing while others are measured."""
        new = installations[Subject.DAEMON]
        wanted = self._wanted() | ({Subject.DAEMON} if LATENCY in self.plan.only else set())
        with ExitStack() as stack:
            servers = {}
            for one in Subject:
                if one not in wanted:
                    continue
                if one in SINKS:
                    server = sink(one, folder)
                elif one is Subject.USUAL:
                    server = usual(folder, new.url, new.postgres_pids())
                elif one is Subject.TRUST:
                    place = stack.enter_context(resolver(folder, zone_of(self.key)))
                    server = new.serving(
                        one,
                        authentication="hold_forged",
                        nameservers=place,
                        # As if it stood at the sender's door, or SPF would not be asked.
                        trusted_networks="192.0.2.0/24",
                    )
                else:
                    server = installations.get(one, new).serving(one, WORKERS.get(one, 1))
                servers[one] = stack.enter_context(server)
            yield servers

    def _measure_speed(self, sending: Client, servers: Mapping[Subject, Server]) -> None:
        length = self.plan.length
        _say("warming up")
        warm_up(sending, servers)
        for one in rounds(sending, servers, self.cases, length):
            _say(f"{one.load} {one.subject}: {one.per_second:.0f} mails/s")
            self.results.rounds.append(one)
        daemon = servers.get(Subject.DAEMON)
        if daemon is None:
            return
        if LATENCY in self.plan.only:
            _say("latency")
            full = self._full_rate(sending, daemon)
            self.results.paced = list(paced(sending, daemon, full / 2, length))
        if self.plan.profile_seconds:
            for case in self.cases:
                # What is signed is there to see what trust costs.
                subject = Subject.TRUST if case.load.signed else Subject.DAEMON
                if subject in case.subjects and subject in servers:
                    _say(f"profile of {case.load.name}")
                    seconds = self.plan.profile_seconds
                    found = profile(sending, servers[subject], case.load, seconds)
                    self.results.profiles.append(found)

    def _full_rate(self, sending: Client, daemon: Server) -> float:
        servers, cases = {Subject.DAEMON: daemon}, [Case(EIGHT, (Subject.DAEMON,))]
        found = [
            one.per_second
            for one in self.results.rounds
            if (one.load, one.subject) == (EIGHT.name, Subject.DAEMON)
        ] or [one.per_second for one in rounds(sending, servers, cases, self.plan.length)]
        return median(found)

    def _measure_memory(self, sending: Client, new: Installation) -> None:
        for measure in (memory.fifty, memory.idle):
            with new.serving() as fresh:
                found = measure(sending, fresh)
            _say(found.name)
            self.results.memory.append(found)

    def _measure_import(self, folder: Path, new: Installation) -> None:
        _say(f"import of {self.plan.import_mails} mails")
        path = folder / "import.mbox"
        importing.write_mbox(path, self.name, self.plan.import_mails)
        done = importing.import_mbox(new, path)
        path.unlink()
        self.imported = done.mails
        self.results.imported.append(done)

    def _recorded(
        self, sending: Client, installations: Mapping[Subject, Installation]
    ) -> Iterator[Recorded]:
        acknowledged = {one: n for one, n in sending.acknowledged.items() if one.records}
        new = installations[Subject.DAEMON]
        for subject, installation in installations.items():
            if subject in GROWN:
                name, count = GROWN[subject][0] + " database", acknowledged.get(subject, 0)
            else:
                here = (n for one, n in acknowledged.items() if one not in GROWN)
                name, count = _NEW, sum(here) + self.imported
            signed = acknowledged.get(Subject.TRUST, 0) if installation is new else 0
            found = installation.counts().since(installation.before)
            yield Recorded(name, count, signed, found)


def _environment() -> dict[str, str]:
    """Return what has to stand beside figures that are quoted."""
    return {
        "commit": _commit(),
        "Python": platform.python_version(),
        "aiosmtpd": version("aiosmtpd"),
        "uvloop": version("uvloop"),
        "cores": str(os.cpu_count()),
        "processor": _processor(),
        "memory": f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 1e9:.0f} GB",
        "load before": f"{os.getloadavg()[0]:.1f}",
    }


def _commit() -> str:
    """Return the commit that is measured, with a plus where files differ from it."""
    asked = ["git", "describe", "--always", "--dirty=+", "--exclude=*"]
    try:
        said = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return said.stdout.strip()


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _say(what: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{what}", end="", file=sys.stderr, flush=True)
    else:
        print(what, file=sys.stderr, flush=True)
