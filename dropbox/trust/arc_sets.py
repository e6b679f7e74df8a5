"""The ARC sets of a mail: who handled it in turn, and what each saw (RFC 8617 section 4)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dropbox.trust.canonical import Field, Header
from dropbox.trust.signature import MOST_INSTANCES, Kind, Signature, read_signature
from dropbox.trust.tags import End, Flaw
from dropbox.trust.verdict import Result

_RESULTS = b"arc-authentication-results"
_INSTANCE = re.compile(rb"i ?= ?([0-9]{1,2}) ?;")


@dataclass(frozen=True, slots=True)
class ArcSet:
    """One instance: three fields that one sealer has added."""

    results: Field
    """ARC-Authentication-Results."""
    message: Field
    """ARC-Message-Signature."""
    seal: Field
    """ARC-Seal."""
    sealed: Signature
    """The seal, read."""

    @property
    def seen(self) -> bytes:
        """What the sealer says it saw: its authserv-id and results, unfolded, without `i=`."""
        return self.results.relaxed.partition(b";")[2].strip()


@dataclass(frozen=True, slots=True)
class ArcSets:
    """The sets of a mail, the oldest first."""

    sets: tuple[ArcSet, ...] = ()
    message: Signature | None = None
    """The newest ARC-Message-Signature, read; older ones do not matter (section 5.2)."""
    flaw: End | None = None
    """Why there is no valid chain, whatever the keys."""

    @property
    def sealers(self) -> tuple[str, ...]:
        """The `d=` of all seals, the newest first; claims, until the chain has been validated."""
        return tuple(one.sealed.domain for one in reversed(self.sets))


def read_sets(header: Header) -> ArcSets:
    """Sort the ARC fields of `header` into sets; never raises."""
    kinds = (_RESULTS, Kind.ARC_MESSAGE.encode(), Kind.ARC_SEAL.encode())
    places = [header.places.get(kind, []) for kind in kinds]
    if not any(places):
        return ArcSets()
    try:
        return _read(header, *places)
    except Flaw as flaw:
        return ArcSets(flaw=flaw.end)


def _read(header: Header, results: list[int], messages: list[int], seals: list[int]) -> ArcSets:
    count = len(seals)
    if count > MOST_INSTANCES or len(results) != count or len(messages) != count:
        raise Flaw(Result.FAIL, "structure")
    signed = [read_signature(Kind.ARC_MESSAGE, at, header.fields[at]) for at in messages]
    sealed = [read_signature(Kind.ARC_SEAL, at, header.fields[at]) for at in seals]
    result_at = {_instance(header.fields[at]): at for at in results}
    signed_as = {one.instance: one for one in signed}
    sealed_as = {one.instance: one for one in sealed}
    whole = set(range(1, count + 1))
    if not set(result_at) == set(signed_as) == set(sealed_as) == whole:
        raise Flaw(Result.FAIL, "structure")
    sets = tuple(
        ArcSet(
            header.fields[result_at[instance]],
            header.fields[signed_as[instance].place],
            header.fields[sealed_as[instance].place],
            sealed_as[instance],
        )
        for instance in sorted(whole)
    )
    return ArcSets(sets, signed_as[count], _flaw(sets, signed_as[count]))


def _instance(results: Field) -> int:
    found = _INSTANCE.match(results.relaxed, results.relaxed.index(b":") + 1)
    return int(found[1]) if found else 0


def _flaw(sets: tuple[ArcSet, ...], message: Signature) -> End | None:
    """Return what is wrong with the sets that no key can mend (section 5.2, steps 2 and 3)."""
    if sets[-1].sealed.chain == b"fail":
        return Result.FAIL, "chain_failed"
    for number, one in enumerate(sets):
        if one.sealed.chain != (b"pass" if number else b"none"):
            return Result.FAIL, "structure"
    return next((each.flaw for each in (message, *(one.sealed for one in sets)) if each.flaw), None)
