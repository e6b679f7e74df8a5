"""Everything that a run found out, added up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from score.agreement import Comparison, Difference
from score.attempts import Attempt

Arguments = dict[str, dict[str, str]]
"""By mail and field: why the expectation is wrong there."""


@dataclass(slots=True)
class Tally:
    """One reader on the mails of one source."""

    mails: int = 0
    raised: int = 0
    clean: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    slowest_mail: str = ""
    compared: Counter[str] = field(default_factory=Counter)
    """Expectations, by field."""
    agreed: Counter[str] = field(default_factory=Counter)
    argued: int = 0
    """Fields that disagree, where the expectation is argued to be wrong."""

    def add(self, name: str, done: Attempt[object], *, clean: bool) -> None:
        self.mails += 1
        self.raised += bool(done.problem)
        self.clean += clean
        self.seconds += done.seconds
        if done.seconds > self.slowest:
            self.slowest, self.slowest_mail = done.seconds, name

    def compare(self, comparison: Comparison, argued: Collection[str]) -> None:
        wrong = [name for name, (agrees, _, _) in comparison.items() if not agrees]
        self.argued += sum(name in argued for name in wrong)
        self.compared.update(comparison.keys())
        self.agreed.update(name for name, (agrees, _, _) in comparison.items() if agrees)


def total(tallies: Iterable[Tally]) -> Tally:
    """Add up the tallies of one reader."""
    whole = Tally()
    for one in tallies:
        whole.mails += one.mails
        whole.raised += one.raised
        whole.clean += one.clean
        whole.seconds += one.seconds
        whole.compared += one.compared
        whole.agreed += one.agreed
        whole.argued += one.argued
        if one.slowest >= whole.slowest:
            whole.slowest, whole.slowest_mail = one.slowest, one.slowest_mail
    return whole


@dataclass(slots=True)
class Rights:
    """One reader on the forwards or replies of one file of expectations."""

    cases: int = 0
    raised: int = 0
    right: int = 0
    """In every field."""
    argued: int = 0
    """Right but for fields in which the expectation is argued to be wrong."""
    compared: Counter[str] = field(default_factory=Counter)
    agreed: Counter[str] = field(default_factory=Counter)

    def add(self, comparison: Comparison, argued: Collection[str], *, raised: bool) -> None:
        wrong = {name for name, (agrees, _, _) in comparison.items() if not agrees}
        self.cases += 1
        self.raised += raised
        self.right += not wrong
        self.argued += bool(wrong) and wrong <= set(argued)
        self.compared.update(comparison.keys())
        self.agreed.update(name for name, (agrees, _, _) in comparison.items() if agrees)


def differences(name: str, comparison: Comparison, arguments: Arguments) -> Iterator[Difference]:
    argued = arguments.get(name, {})
    for one, (agrees, found, expected) in comparison.items():
        if not agrees:
            yield Difference(name, one, repr(found), repr(expected), argued.get(one, ""))
