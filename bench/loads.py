"""What is sent, to whom, and which comparisons a run is made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from bench.client import Order
from bench.mails import People, Shape


class Subject(StrEnum):
    """A server that takes the load."""

    DAEMON = "daemon"
    TWO = "daemon-2"
    FOUR = "daemon-4"
    TRUST = "trust"
    MEDIUM = "medium"
    LARGE = "large"
    USUAL = "usual"
    STOCK = "stock"
    WIRE = "wire"
    POSTFIX = "postfix"

    @property
    def called(self) -> str:
        """As it is shown."""
        return _TITLES[self]

    @property
    def records(self) -> bool:
        """Whether it is the product, whose every 250 is counted in the database afterwards."""
        return self.called.startswith("bcc-dropbox")


_TITLES = {
    Subject.DAEMON: "bcc-dropbox",
    Subject.TWO: "bcc-dropbox, two workers",
    Subject.FOUR: "bcc-dropbox, four workers",
    Subject.TRUST: "bcc-dropbox, trust on",
    Subject.MEDIUM: "bcc-dropbox, 0.5 million messages",
    Subject.LARGE: "bcc-dropbox, 5 million messages",
    Subject.USUAL: "the usual design",
    Subject.STOCK: "stock aiosmtpd sink",
    Subject.WIRE: "our wire as a sink",
    Subject.POSTFIX: "Postfix smtp-sink",
}

SINKS = (Subject.STOCK, Subject.WIRE, Subject.POSTFIX)
WORKERS = {Subject.TWO: 2, Subject.FOUR: 4}


@dataclass(frozen=True, slots=True)
class Load:
    """What is sent in a round."""

    shape: Shape = Shape.NEWSLETTER
    connections: int = 32
    once: bool = False
    """A connection for every mail."""
    tls: bool = False
    people: People = People.HALF
    signed: bool = False

    @property
    def name(self) -> str:
        """Short, for the command line and for keys: `newsletter-32`, `text-8-once-tls`."""
        words = [str(self.shape), str(self.connections)]
        words += [word for word in ("once", "tls", "signed") if getattr(self, word)]
        return "-".join(words if self.people is People.HALF else [*words, str(self.people)])

    @property
    def title(self) -> str:
        many = "1 connection" if self.connections == 1 else f"{self.connections} connections"
        words = [_MAILS[self.shape], f"{many}, a mail each" if self.once else f"{many} kept open"]
        if self.tls:
            words.append("STARTTLS")
        if self.signed:
            words.append("signed")
        if self.people is not People.HALF:
            words.append(f"{self.people} of the people known")
        return ", ".join(words)

    def order(self, port: int, seconds: float | None, mails: int | None) -> Order:
        return Order(
            port,
            self.connections,
            self.shape,
            self.people,
            seconds,
            mails,
            once=self.once,
            tls=self.tls,
            signed=self.signed,
        )


_MAILS = {
    Shape.TEXT: "4 KB text",
    Shape.JAPANESE: "7 KB Japanese text",
    Shape.NEWSLETTER: "82 KB multipart/alternative",
    Shape.DOCUMENT: "150 KB file",
    Shape.MEGABYTE: "1 MB file",
    Shape.TWENTY: "20 MB file",
    Shape.LARGEST: "25 MB mail",
    Shape.MIX: "mix",
}

BASE = Load()
SIGNED = Load(signed=True)
EIGHT = Load(connections=8)
SMALL = Load(Shape.TEXT)
SMALL_ONCE = Load(Shape.TEXT, once=True)
MEGABYTE = Load(Shape.MEGABYTE, 8)


@dataclass(frozen=True, slots=True)
class Case:
    """A load, and who takes it in turns."""

    load: Load
    subjects: tuple[Subject, ...]


_ONE_WORKER = (Subject.DAEMON, Subject.USUAL, *SINKS)
_GROWN = (Subject.MEDIUM, Subject.LARGE)


def standard() -> list[Case]:
    """Return what `make bench` measures: every line of the table of aims."""
    everybody = (Subject.DAEMON, Subject.TWO, Subject.LARGE, Subject.USUAL, *SINKS)
    return [
        Case(BASE, everybody),
        Case(SIGNED, (Subject.DAEMON, Subject.TRUST)),
        Case(EIGHT, (Subject.DAEMON, Subject.USUAL, *SINKS)),
        Case(SMALL, (Subject.DAEMON, Subject.STOCK)),
        Case(SMALL_ONCE, (Subject.DAEMON, *SINKS)),
        Case(MEGABYTE, (Subject.DAEMON, *SINKS)),
        Case(Load(Shape.MIX), (Subject.DAEMON, Subject.STOCK)),
    ]


def everything() -> list[Case]:
    """Return the full matrix. Some hours, mostly of baselines."""
    cases = {case.load: case for case in [*standard(), *_matrix()]}
    return list(cases.values())


def _matrix() -> Iterator[Case]:
    for shape in (Shape.TEXT, Shape.JAPANESE, Shape.NEWSLETTER, Shape.MIX):
        for connections in (1, 8, 32, 200):
            yield Case(Load(shape, connections), _ONE_WORKER)
            for once, tls in ((True, False), (False, True), (True, True)):
                # smtp-sink has no TLS, and what the usual design does with it is the stock sink's.
                sinks = (Subject.STOCK, Subject.WIRE) if tls else SINKS
                load = Load(shape, connections, once=once, tls=tls)
                yield Case(load, (Subject.DAEMON, *sinks))
    for large, numbers in ((Shape.MEGABYTE, (1, 8, 32)), (Shape.TWENTY, (1, 8))):
        for number in numbers:
            yield Case(Load(large, number), _ONE_WORKER)
    for people in (People.ALL, People.NONE):
        yield Case(Load(people=people), (Subject.DAEMON, Subject.USUAL, *_GROWN))
    for load in (BASE, SMALL, Load(Shape.MIX)):
        workers = (Subject.DAEMON, Subject.TWO, Subject.FOUR)
        yield Case(load, (*workers, *_GROWN, Subject.USUAL, *SINKS))
    for shape in (Shape.TEXT, Shape.NEWSLETTER, Shape.MIX):
        for connections in (8, 32):
            load = Load(shape, connections, signed=True)
            yield Case(load, (Subject.DAEMON, Subject.TRUST))
