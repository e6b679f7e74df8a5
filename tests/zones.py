"""DNS from a table: what a test says of a name is what the checks hear."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dropbox.trust.resolver import DnsDown, NoMoreQuestions

DOWN = "DOWN"
"""In place of records, or of a whole name: no answer for the moment."""

Records = str | bytes | Iterable[str | bytes]


class Zone:
    """`Zone({"corp.example": {"TXT": "v=spf1 -all", "A": ["192.0.2.1"]}})`.

    PTR records stand under the address, MX hosts in the order of preference. A Resolver, and the
    Dns that hands it out.
    """

    def __init__(self, names: Mapping[str, str | Mapping[str, Records]]) -> None:
        self._names = {name.lower(): records for name, records in names.items()}
        self.asked: list[tuple[str, str]] = []

    def add(self, name: str, records: str | Mapping[str, Records]) -> None:
        """Say what a name has from now on."""
        self._names[name.lower()] = records

    async def txt(self, name: str) -> tuple[bytes, ...]:
        return tuple(
            text if isinstance(text, bytes) else text.encode() for text in self._look(name, "TXT")
        )

    async def addresses(self, name: str, family: int) -> tuple[str, ...]:
        return self._texts(name, "A" if family == 4 else "AAAA")

    async def mx(self, name: str) -> tuple[str, ...]:
        return self._texts(name, "MX")

    async def ptr(self, address: str) -> tuple[str, ...]:
        return self._texts(address, "PTR")

    def for_one_mail(self) -> OneMail:
        return OneMail(self, 20)

    def _texts(self, name: str, kind: str) -> tuple[str, ...]:
        return tuple(str(one) for one in self._look(name, kind))

    def _look(self, name: str, kind: str) -> tuple[str | bytes, ...]:
        self.asked.append((name, kind))
        records = self._names.get(name.lower().rstrip("."), {})
        found = records if isinstance(records, str) else records.get(kind, ())
        if found == DOWN:
            raise DnsDown
        return (found,) if isinstance(found, str | bytes) else tuple(found)


class OneMail:
    """An allowance that counts every question, as nothing is known before."""

    def __init__(self, zone: Zone, queries: int) -> None:
        self.zone = zone
        self.left = queries

    def share(self, queries: int) -> Share:
        return Share(self, queries)


class Share:
    def __init__(self, mail: OneMail, queries: int) -> None:
        self._mail = mail
        self._left = queries
        self.exhausted = False

    def _spend(self) -> Zone:
        if not self._left or not self._mail.left:
            self.exhausted = True
            raise NoMoreQuestions
        self._left -= 1
        self._mail.left -= 1
        return self._mail.zone

    async def txt(self, name: str) -> tuple[bytes, ...]:
        return await self._spend().txt(name)

    async def addresses(self, name: str, family: int) -> tuple[str, ...]:
        return await self._spend().addresses(name, family)

    async def mx(self, name: str) -> tuple[str, ...]:
        return await self._spend().mx(name)

    async def ptr(self, address: str) -> tuple[str, ...]:
        return await self._spend().ptr(address)
